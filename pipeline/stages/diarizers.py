"""Which models tell speakers on one channel apart: from the store, a published pipeline, or a folder."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

from pipeline.errors import MissingComponentError
from pipeline.weights.store import Kind, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.stages.speakers import Diarizer
    from pipeline.weights.progress import Notify, ProgressCallback
    from pipeline.weights.store import ResolvedModel

CAMPPLUS = "campplus"
COMMUNITY = "community-1"
_COMMUNITY_REPO = "pyannote/speaker-diarization-community-1"
_SEGMENTATION = "segmentation-3.0"
_PIPELINE = "diarization"
_TOKEN = "HF_TOKEN"  # noqa: S105 - the name of the variable, where the hub's own tools look for it


@dataclass(frozen=True)
class Fetching:
    """How missing models are fetched."""

    offline: bool
    progress: ProgressCallback
    say: Notify


def find_diarizer(name: str, fetching: Fetching) -> dict[str, ResolvedModel]:
    """Return the checked models of a diarizer by their part, fetched if need be.

    Parameters
    ----------
    name : str
        ``campplus``, ``community-1``, or a folder with a pyannote pipeline.
    fetching : Fetching

    Raises
    ------
    MissingComponentError
        If the extra ``mono`` is not installed, or a model can't be had.
    UsageError
        If there is no such folder, or it holds something else.
    """
    if find_spec("pyannote") is None or find_spec("torch") is None:
        raise MissingComponentError(
            "Telling them apart needs the extra 'mono' (pyannote.audio, torch).",
            "Install it with: pip install 'hearout[mono]'",
        )
    if name == CAMPPLUS:
        return _all_of({_SEGMENTATION: Kind.SEGMENTATION, CAMPPLUS: Kind.EMBEDDING}, fetching)
    if name != COMMUNITY:
        return {_PIPELINE: resolve(name, kind=Kind.DIARIZATION, offline=fetching.offline)}
    folder, revision = _published(fetching)
    found = resolve(folder, kind=Kind.DIARIZATION, offline=True)
    return {_PIPELINE: replace(found, id=f"{_COMMUNITY_REPO}@{revision}")}


def _all_of(kinds: Mapping[str, Kind], fetching: Fetching) -> dict[str, ResolvedModel]:
    """Return these models; all that can't be had are named at once."""
    found: dict[str, ResolvedModel] = {}
    missing: dict[str, MissingComponentError] = {}
    for model, kind in kinds.items():
        try:
            found[model] = resolve(
                model, kind=kind, offline=fetching.offline, progress=fetching.progress, notify=fetching.say
            )
        except MissingComponentError as error:
            missing[model] = error
    if missing:
        first, reason = next(iter(missing.items()))
        reasons = " ".join(one.message for one in missing.values())
        raise MissingComponentError(reasons, reason.remedy.replace(first, " ".join(missing)))
    return found


def check_diarizer(name: str) -> None:
    """Refuse a diarizer that there is not, before anything runs; whether its models are here is no matter.

    Raises
    ------
    UsageError
        If there is no such diarizer or folder.
    MissingComponentError
        If the folder holds no pipeline.
    """
    if name not in (CAMPPLUS, COMMUNITY):
        resolve(name, kind=Kind.DIARIZATION, offline=True)


def _published(fetching: Fetching) -> tuple[str, str]:
    """Return folder and revision of the published pipeline in the hub's own cache."""
    from huggingface_hub import snapshot_download

    fetching.say(f"Getting {_COMMUNITY_REPO} from the model hub.")
    try:
        folder = snapshot_download(
            _COMMUNITY_REPO, token=os.environ.get(_TOKEN), local_files_only=fetching.offline
        )
    except Exception as error:  # the hub raises many kinds: no network, no token, terms not accepted
        raise MissingComponentError(
            f"The published pipeline {_COMMUNITY_REPO} can't be had.",
            f"Accept its terms on the hub and set {_TOKEN}, or use --diarizer {CAMPPLUS}.",
        ) from error
    return folder, os.path.basename(folder)  # noqa: PTH119 - the hub gives text


def load_diarizer(found: dict[str, ResolvedModel], device: str) -> Diarizer:
    """Load what `find_diarizer` found.

    Raises
    ------
    MissingComponentError
        If a file does not load.
    """
    if _PIPELINE in found:
        from pipeline.speech.diarization.foreign import load_pipeline

        return load_pipeline(str(found[_PIPELINE].path), device)
    from pipeline.speech.diarization import VoiceDiarizer, load_models

    return VoiceDiarizer(load_models(found[_SEGMENTATION].path, found[CAMPPLUS].path, device))
