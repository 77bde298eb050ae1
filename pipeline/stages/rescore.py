"""Score stored calls again with other thresholds: no audio, no model, the same result as a fresh analysis.

Kept from the stored result are the settings that made the artifacts (audio, speech, words, transcript), the
models and the times they took. What the pure rooms take (`Thresholds`) is given anew.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from pipeline.errors import InputError, UsageError
from pipeline.files import write_together
from pipeline.report.schema import SCHEMA_ID, ModelId, encode_parts, join_parts
from pipeline.settings import Settings
from pipeline.stages.artifacts import STAGES_FOLDER
from pipeline.stages.call import PAGE, RESULT, PageAudio, make_page, page_audio_of
from pipeline.stages.checklists import to_keep
from pipeline.stages.later import stored_later_calls
from pipeline.stages.run import PLAYBACK
from pipeline.stages.score import measure, score
from pipeline.stages.stored import StageData, StoredCall

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.checklist import LoadedChecklist
    from pipeline.measures import TalkTarget, VentSettings
    from pipeline.report.assemble import Findings
    from pipeline.report.page import Page
    from pipeline.report.schema import Analysis
    from pipeline.settings import AgentChannel, AgentSpeaker
    from pipeline.timeline import FloorSettings, TurnSettings

CALLS_AT_ONCE = 8  # stored calls of one task of several processes: a fifth of a second
_AGAIN = "Analyse the recording again."
_NAME_ONE = "Name the folder of results, or of one call."


@dataclass(frozen=True)
class Thresholds:
    """The settings that a rescore changes.

    Parameters
    ----------
    turns : TurnSettings
    floor : FloorSettings
    vent : VentSettings
    talk : TalkTarget
    checklists : tuple of str
        Empty: all shipped ones.
    agent_channel : {"auto", "left", "right"} or None
        ``None`` keeps the stored one: which channel is the agent's is a fact of the recording.
    agent_speaker : str or None
        Likewise for speakers on one channel.
    """

    turns: TurnSettings
    floor: FloorSettings
    vent: VentSettings
    talk: TalkTarget
    checklists: tuple[str, ...] = ()
    agent_channel: AgentChannel | None = None
    agent_speaker: AgentSpeaker | None = None

    @classmethod
    def of(cls, settings: Settings, agent_channel: AgentChannel | None = None) -> Thresholds:
        """Take them out of settings; an ``auto`` channel there says nothing, unless it is given."""
        if agent_channel is None and settings.agent_channel != "auto":
            agent_channel = settings.agent_channel
        speaker = settings.agent_speaker if settings.agent_speaker != "auto" else None
        return cls(
            settings.turns,
            settings.floor,
            settings.vent,
            settings.talk,
            settings.checklists,
            agent_channel,
            speaker,
        )

    def over(self, stored: Settings) -> Settings:
        """Return the stored settings with these in place of theirs."""
        return replace(
            stored,
            turns=self.turns,
            floor=self.floor,
            vent=self.vent,
            talk=self.talk,
            checklists=self.checklists,
            agent_channel=self.agent_channel or stored.agent_channel,
            agent_speaker=self.agent_speaker or stored.agent_speaker,
        )


class StoredEngine(msgspec.Struct):
    """What made a result."""

    settings: msgspec.Raw
    models: dict[str, ModelId]
    elapsed_s: dict[str, float]
    checklists: dict[str, str] = {}


class StoredSource(msgspec.Struct):
    """Of which recording a result is."""

    sha256: str


class StoredVerdict(msgspec.Struct):
    """A verdict on the call."""

    verdict: str


class StoredLine(msgspec.Struct):
    """A checklist's main line."""

    id: str
    verdict: str


class StoredChecklist(msgspec.Struct):
    """A checklist's verdict, and those of its main lines."""

    name: str
    verdict: str
    items: list[StoredLine] = []


class StoredAnalysis(msgspec.Struct):
    """What a rescore needs of a result file; the rest of it is not looked at."""

    engine: StoredEngine
    call: StoredSource
    schema: str = ""
    measures: dict[str, float | None] = {}
    events: list[dict[str, Any]] = []
    verdicts: dict[str, StoredVerdict] = {}
    checklists: list[StoredChecklist] = []


@dataclass(frozen=True)
class StoredResult:
    """A call's result file and what its stages stored.

    Parameters
    ----------
    result : StoredAnalysis
    settings : Settings
        What made it.
    call : StoredCall
    """

    result: StoredAnalysis
    settings: Settings
    call: StoredCall


@dataclass(frozen=True)
class Rescored:
    """One call, before and after.

    Parameters
    ----------
    folder : Path
    before : StoredAnalysis
        The stored result, as it was.
    after : Analysis
    files : mapping of Path to bytes or Page
        What is to be written; nothing for a dry run.
    """

    folder: Path
    before: StoredAnalysis
    after: Analysis
    files: Mapping[Path, bytes | Page] = field(default_factory=dict, repr=False)

    def write(self) -> None:
        """Write result and page; the page can be made again from the result's stages at any time.

        Raises
        ------
        OutputError
            If a file can't be written; both are as they were then.
        """
        write_together(self.files, passing=(self.folder / PAGE,))


def call_folders(folder: Path) -> list[Path]:
    """Return the call folders in a folder of results, by name; the folder itself if it is one.

    Raises
    ------
    UsageError
        If there is no such folder, or no result in it.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: is a file.", _NAME_ONE)
    if not folder.is_dir():
        near = _near(folder)
        remedy = f"Did you mean {' or '.join(near)}?" if near else _NAME_ONE
        raise UsageError(f"{folder}: no such folder.", remedy)
    if _is_call(folder):
        return [folder]
    found = sorted(path for path in folder.iterdir() if path.is_dir() and _is_call(path))
    if not found:
        raise UsageError(f"{folder}: no results in it.", "Make some with: hearout analyze AUDIO --out DIR")
    return found


def _near(folder: Path) -> list[str]:
    """Return the folders beside a missing one that are named almost like it, at most three."""
    try:
        beside = [path.name for path in folder.parent.iterdir() if path.is_dir()]
    except OSError:
        return []
    return [str(folder.parent / name) for name in get_close_matches(folder.name, beside)]


def _is_call(folder: Path) -> bool:
    return (folder / RESULT).is_file() or (folder / STAGES_FOLDER).is_dir()


def read_stored(folder: Path) -> StoredResult:
    """Read one call's result and stages.

    Raises
    ------
    InputError
        If one of them is missing, damaged, or of another recording or version.
    """
    path = folder / RESULT
    result = _decoded(path, _RESULT)
    if result.schema != SCHEMA_ID:
        is_of = f"is of schema {result.schema}" if result.schema else "names no schema"
        raise InputError(f"{path}: {is_of}, and this version of hearout reads {SCHEMA_ID}.", _AGAIN)
    try:
        settings = _settings(bytes(result.engine.settings))
    except InputError as error:
        raise InputError(f"{path}: {error.message}", error.remedy) from error
    stages = folder / STAGES_FOLDER
    data = StageData(*(_decoded(stages / f"{name}.json", stage).data for name, stage in _STAGES.items()))
    models = {name: (one.id, one.sha256) for name, one in result.engine.models.items()}
    try:
        call = data.to_call(folder.name, models, result.engine.elapsed_s)
        call = replace(call, later_calls=stored_later_calls(folder))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise damaged(stages) from error
    if call.source.sha256 != result.call.sha256 or (call.transcript is not None) != settings.transcript:
        raise InputError(f"{path}: its stages are of another run.", _AGAIN)
    return StoredResult(result, settings, call)


T = TypeVar("T")


class _Artifact(msgspec.Struct, Generic[T]):
    """A stage's file."""

    data: T


_RESULT = msgspec.json.Decoder(StoredAnalysis)
_STAGES: dict[str, msgspec.json.Decoder[Any]] = {
    stage.name: msgspec.json.Decoder(_Artifact[stage.type])  # type: ignore[name-defined]  # known when run
    for stage in msgspec.structs.fields(StageData)
}


def _decoded(path: Path, decoder: msgspec.json.Decoder[T]) -> T:
    try:
        return decoder.decode(path.read_bytes())
    except FileNotFoundError as error:
        raise InputError(f"{path}: is missing, so nothing can be worked out anew.", _AGAIN) from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).", _AGAIN) from error
    except ValueError as error:
        raise damaged(path) from error


@lru_cache(maxsize=32)
def _settings(stored: bytes) -> Settings:
    """Return the settings in a result: the same in most of a folder."""
    return Settings.from_dict(msgspec.json.decode(stored))


def damaged(path: Path) -> InputError:
    """Return the error of a call whose result or stages in `path` are not what they should be."""
    return InputError(f"{path}: is damaged, so nothing can be worked out anew.", _AGAIN)


def rescore_call(folder: Path, thresholds: Thresholds) -> Rescored:
    """Score one call again and write its result and page; see `score_again` and `Rescored.write`."""
    done = score_again(folder, thresholds)
    done.write()
    return done


def score_again(
    folder: Path,
    thresholds: Thresholds,
    *,
    checklists: Sequence[LoadedChecklist] | None = None,
    write: bool = True,
) -> Rescored:
    """Score one call again; nothing is written yet.

    The page has its audio where the one that it replaces has it; without one, inside.

    Parameters
    ----------
    folder : Path
        The call's folder, ``DIR/<call-id>``.
    thresholds : Thresholds
    checklists : sequence of LoadedChecklist, optional
        In place of those that the thresholds name; those that are kept with the call.
    write : bool
        ``False``: no files are made ready.

    Raises
    ------
    InputError
        If what is stored is not in order.
    """
    with no_collection():
        return _scored_again(folder, thresholds, checklists, write=write)


@contextmanager
def no_collection() -> Iterator[None]:
    """Keep Python's cycle collector still for one call.

    A call is ten thousands of small values, none of which refer to each other in a circle: looking for
    circles would find nothing and take a third of the time. What is done with is freed as ever. The
    collector looks through all that is left when it may go on: least where the call is done with by then.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _scored_again(
    folder: Path, thresholds: Thresholds, checklists: Sequence[LoadedChecklist] | None, *, write: bool
) -> Rescored:
    stored = read_stored(folder)
    settings = thresholds.over(stored.settings)
    try:
        analysis = score(stored.call, settings, checklists)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise damaged(folder / STAGES_FOLDER) from error
    if not write:
        return Rescored(folder, stored.result, analysis)
    page_audio, playback = page_audio_of(folder / PAGE), folder / STAGES_FOLDER / PLAYBACK
    if page_audio is not PageAudio.NONE and not playback.is_file():
        raise InputError(f"{playback}: is missing for the page.", _AGAIN)
    encoded = encode_parts(analysis)
    try:
        page = make_page(analysis, folder, stored.call.audio.waveform, settings.talk, page_audio, encoded)
    except (KeyError, TypeError, ValueError, IndexError) as error:  # of the stored waveform
        raise damaged(folder / STAGES_FOLDER) from error
    keep = to_keep(folder, settings) if checklists is None else {}
    files: dict[Path, bytes | Page] = {**keep, folder / RESULT: join_parts(encoded), folder / PAGE: page}
    return Rescored(folder, stored.result, analysis, files)


def stored_findings(stored: StoredResult) -> Findings:
    """Return what a stored call's score was made of, under its own settings, without checklists."""
    return measure(stored.call, stored.settings, ())
