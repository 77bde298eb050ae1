"""The door for every other room: ask for a model by name or folder, get a folder with checked files."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import MissingComponentError, UsageError
from pipeline.weights import own, registry
from pipeline.weights.local import Finding, LocalStore, State, StoredFile, compared, default_root
from pipeline.weights.progress import Notify, Progress, ProgressCallback
from pipeline.weights.pull import Pulled, PullOptions, pull
from pipeline.weights.spec import Kind, ModelSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Finding",
    "Kind",
    "LocalStore",
    "Progress",
    "PullOptions",
    "Pulled",
    "ResolvedModel",
    "State",
    "StoredFile",
    "default_root",
    "pull",
    "resolve",
]


@dataclass(frozen=True, slots=True)
class ResolvedModel:
    """A model whose files were checked and may be loaded.

    Parameters
    ----------
    name : str
        Name in the registry, or of the user's own folder.
    kind : Kind
        Which loader reads it.
    path : Path
        The folder with its files.
    id : str
        Published identity and revision; for a folder of the user's own its name and digest.
    files : tuple of StoredFile
        Its files, each with size and SHA-256.
    sha256 : str
        What stands for the model in reports: the digest of its weights, as published; for a pipeline of
        several models, `digest`.
    """

    name: str
    kind: Kind
    path: Path
    id: str
    files: tuple[StoredFile, ...]
    sha256: str

    @property
    def digest(self) -> str:
        """SHA-256 over all files (their names and digests), so that a changed tokenizer shows too."""
        return _digest(self.files)

    def file(self, name: str) -> Path:
        """Path of one of the checked files. Raises `KeyError` where there is none of that name."""
        for file in self.files:
            if file.name == name:
                return file.path
        raise KeyError(name)


def resolve(
    name_or_dir: str | os.PathLike[str],
    *,
    kind: Kind | None = None,
    offline: bool = False,
    folder: Path | None = None,
    progress: ProgressCallback | None = None,
    notify: Notify | None = None,
) -> ResolvedModel:
    """Get a checked model, fetching what is missing.

    Parameters
    ----------
    name_or_dir : str or path
        A name or alias of the registry, or a folder of the user's own.
    kind : Kind, optional
        What the caller can load; anything else is refused.
    offline : bool
        Never go to the network.
    folder : Path, optional
        A folder to take missing files from, before any other source.
    progress, notify : callable, optional
        Receive progress events, and lines for people (one line says what is fetched and where to).

    Returns
    -------
    ResolvedModel
        Its folder and files. A second call hashes only what changed since.

    Raises
    ------
    MissingComponentError
        It is missing and can't be had, or a file is not what its digest says; then nothing of it is used.
    UsageError
        No such name or folder, or a model of another kind.
    OutputError
        The store can't be written.
    """
    name = os.fspath(name_or_dir)
    spec = None if _is_path(name) else registry.find(name)
    store = LocalStore()
    if spec is None:
        return _resolve_own(name, kind, store)
    _expect_kind(spec.name, spec.kind, kind)
    right, findings = store.check(spec)
    if findings:
        _refuse_tampered(spec, findings)
        pull(spec, store, PullOptions(offline=offline, folder=folder, progress=progress, notify=notify))
        right, findings = store.check(spec)
        _refuse(spec, findings)
    return ResolvedModel(spec.name, spec.kind, store.folder(spec), spec.id, tuple(right), right[0].sha256)


def _resolve_own(name: str, kind: Kind | None, store: LocalStore) -> ResolvedModel:
    folder = Path(name).expanduser().absolute()
    if not folder.is_dir():
        if _is_path(name):
            raise UsageError(f"There is no model folder {name}.")
        registry.get(name)  # says which names are close
    found = own.kind_of(folder)
    _expect_kind(name, found, kind)
    files = tuple(own.files_of(folder, found, store))
    digest = _digest(files)
    sha256 = digest if found is Kind.DIARIZATION else files[0].sha256
    return ResolvedModel(folder.name, found, folder, f"folder:{folder.name}@{digest[:12]}", files, sha256)


def _is_path(name: str) -> bool:
    return name.startswith((".", "~")) or "/" in name or os.sep in name


def _expect_kind(name: str, found: Kind, wanted: Kind | None) -> None:
    if wanted is not None and found is not wanted:
        raise UsageError(
            f"{name} is a model of the kind {found}, but one of the kind {wanted} is needed here."
        )


def _refuse_tampered(spec: ModelSpec, findings: Sequence[Finding]) -> None:
    _refuse(spec, [finding for finding in findings if not finding.absent])


def _refuse(spec: ModelSpec, findings: Sequence[Finding]) -> None:
    if findings:
        first = findings[0]
        raise MissingComponentError(
            f"{first.expected.name} of model {spec.name} is not what it should be ({first.problem}): "
            f"{compared(first)}. Nothing of it was used.",
            f"Fetch it again with 'hearout models pull {spec.name}'.",
        )


def _digest(files: Sequence[StoredFile]) -> str:
    lines = sorted(f"{file.sha256}  {file.name}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
