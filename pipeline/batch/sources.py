"""What there is: a folder, a pattern, a manifest, one file, or any of these behind a URL."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.batch.items import Facts, Found, Listing, left_out
from pipeline.batch.manifest import Row, is_manifest, read_manifest
from pipeline.batch.names import NamePatterns, name_facts
from pipeline.errors import UsageError
from pipeline.identity import SOURCE_FILE, printable_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.batch.settings import BatchSettings

_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", "~")
_MAGIC = frozenset("*?[")


def is_url(source: str) -> bool:
    """Tell whether a source is a URL such as ``s3://bucket/calls``."""
    return "://" in source


def list_source(
    source: str, settings: BatchSettings, out: Path | None = None, *, may_be_empty: bool = False
) -> Listing:
    """Find the recordings of a source; none of them is opened.

    Parameters
    ----------
    source : str
        A folder (walked with its subfolders), a pattern such as ``calls/*.wav``, a manifest (.csv, .tsv,
        .jsonl, .ndjson), a single recording, or a URL of one of these.
    settings : BatchSettings
    out : Path, optional
        Folder of the results; what lies in it is no recording.
    may_be_empty : bool
        Whether a source without recordings is taken.

    Returns
    -------
    Listing
        Folders and patterns in the order of their names, manifests in their own.

    Raises
    ------
    UsageError
        If there is no such source, nothing in it, or its manifest is wrong.
    MissingComponentError
        If a URL needs a package that isn't installed.
    """
    if source.startswith("file://"):
        source = source.removeprefix("file://")
    if is_url(source):
        from pipeline.batch.remote import list_remote

        listing = list_remote(source, settings)
    else:
        listing = _list_local(source, settings, out)
    if not listing.found and not may_be_empty:
        left_out = f" {listing.notes[0]}" if listing.notes else ""
        raise UsageError(
            f"{source}: no recordings in it.{left_out}", "Name a folder, a pattern or a manifest."
        )
    named, notes = name_facts(listing.found, NamePatterns(settings.name_patterns))
    return Listing(tuple(named), (*listing.notes, *notes))


def _list_local(source: str, settings: BatchSettings, out: Path | None) -> Listing:
    path = Path(source).expanduser()
    if path.is_dir():
        return _folder(path, settings, out)
    if path.is_file() and is_manifest(path.name):
        return _manifest(path)
    if path.exists():
        return Listing((local(path, path.name),))
    if _MAGIC & set(source):
        paths = sorted(Path(name) for name in glob.glob(str(path), recursive=True))  # noqa: PTH207 - one pattern, not under a root
        files = [one for one in paths if one.is_file() and not _is_ours(one, out)]
        root = Path(os.path.commonpath([one.parent for one in files])) if files else path
        return Listing(tuple(local(one, str(one.relative_to(root))) for one in files))
    if path.is_symlink():
        raise UsageError(f"{source}: is a link that leads nowhere.", "Mend the link, or name a folder.")
    raise UsageError(f"{source}: no such folder, file or pattern.", "Name a folder, a pattern or a manifest.")


def local(path: Path, name: str, facts: Facts | None = None) -> Found:
    """Return a file of this machine as it is now; a missing one, too: it will fail by itself."""
    place = os.path.abspath(path)  # noqa: PTH100 - resolving links would cost ten calls to the system each
    try:
        status = os.stat(place)  # noqa: PTH116
        size, revision = status.st_size, f"{status.st_size}-{status.st_mtime_ns}"
    except (OSError, ValueError):
        size, revision = None, "missing"
    return Found(place, printable_name(name), size, revision, facts or Facts())


def _folder(folder: Path, settings: BatchSettings, out: Path | None) -> Listing:
    suffixes = {f".{suffix.lower().removeprefix('.')}" for suffix in settings.suffixes}
    found, other = [], []
    closed: list[str] = []
    for path in _walk(folder, out, closed):
        if path.suffix.lower() in suffixes:
            found.append(local(path, str(path.relative_to(folder))))
        else:
            other.append(path)
    notes = left_out((path.suffix for path in other), len(other))
    notes += [f"{name}: this folder can't be read; recordings in it are left out." for name in closed]
    return Listing(tuple(found), tuple(notes))


def _walk(folder: Path, out: Path | None, closed: list[str]) -> Iterator[Path]:
    """Yield the files below a folder, by name; not hidden ones, unfinished ones, nor our own results."""
    ours = out.resolve() if out is not None else None
    for root, folders, files in os.walk(folder, onerror=lambda error: closed.append(str(error.filename))):
        here = Path(root)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and not (here / name / SOURCE_FILE).is_file()
            and (ours is None or (here / name).resolve() != ours)
        )
        for name in sorted(files):
            if not name.startswith(".") and not name.lower().endswith(_UNFINISHED):
                yield here / name


def _is_ours(path: Path, out: Path | None) -> bool:
    return out is not None and path.resolve().is_relative_to(out.resolve())


def _manifest(path: Path) -> Listing:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror or error}).") from error
    rows, notes = read_manifest(content, path.name)
    return Listing(tuple(from_row(row, path.parent) for row in rows), tuple(notes))


def from_row(row: Row, folder: Path) -> Found:
    """Return the recording that a manifest's row names; its path is relative to the manifest's folder."""
    if is_url(row.path) and not row.path.startswith("file://"):
        from pipeline.batch.remote import look_at

        return look_at(row.path, row.path, row.facts)
    path = Path(row.path.removeprefix("file://")).expanduser()
    return local(path if path.is_absolute() else folder / path, row.path, row.facts)
