"""SHA-256 of files, and the memory of which file was already checked.

Hashing 3 GB at every start is slow, so a check is remembered together with the file's size, times, inode and
device. Any write changes at least its ctime, which no user can set, so a changed file is hashed again.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from pipeline.identity import file_digest

if TYPE_CHECKING:
    from pathlib import Path

# File times come in ticks (up to 2 s on some file systems): a file that changed this shortly before it was
# checked could change again within the same tick, unseen. Such a check is not relied upon.
RACY_NS = 2_000_000_000


def private_folder(folder: Path) -> Path:
    """Create a folder, and what is missing above it, for the owner only. Raises `OSError`."""
    for part in (*reversed(folder.parents), folder):
        if not part.exists():
            part.mkdir(mode=0o700, exist_ok=True)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    return folder


def private_file(path: Path) -> BinaryIO:
    """Open a new file for writing, for the owner only from the first moment. Raises `OSError`."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def write_json(path: Path, value: object) -> None:
    """Write JSON atomically, owner-only. Raises `OSError` where it can't be written."""
    private_folder(path.parent)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with private_file(part) as stream:
            stream.write(json.dumps(value, indent=1, sort_keys=True).encode())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What betrays that a file was changed or replaced; times in nanoseconds."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    device: int

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """The stamp of a file as it is now. Raises `OSError` where it is not there."""
        stat = path.stat()
        return cls(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino, stat.st_dev)


class CheckedFiles:
    """Which files of one folder were hashed, when, and what came out.

    Parameters
    ----------
    memory : Path
        JSON file that keeps it, owner-only. One that can't be read or written is no error: then the files are
        hashed each time.
    """

    def __init__(self, memory: Path) -> None:
        self._memory = memory
        self._entries: dict[str, dict[str, Any]] = {}
        with contextlib.suppress(OSError, ValueError):
            loaded = json.loads(memory.read_text(encoding="utf-8"))
            if isinstance(loaded, dict):
                self._entries = {key: value for key, value in loaded.items() if _is_entry(value)}
        self._changed = False

    def remembered(self, path: Path, *, for_use: bool = True) -> str | None:
        """The digest found when this very file was last hashed.

        Parameters
        ----------
        path : Path
            A file that exists.
        for_use : bool
            Also ask that the file had come to rest before it was hashed; without it, good for display only.

        Returns
        -------
        str or None
            None where the file changed since, or never was hashed.
        """
        entry = self._entries.get(str(path))
        stamp = Stamp.of(path)
        if entry is None or entry["stamp"] != asdict(stamp):
            return None
        if for_use and entry["checked_ns"] - stamp.ctime_ns < RACY_NS:
            return None
        return str(entry["sha256"])

    def digest(self, path: Path, *, rehash: bool = False) -> str:
        """SHA-256 of a file, from memory where it did not change. Raises `OSError` where it can't be read."""
        known = None if rehash else self.remembered(path)
        if known:
            return known
        before, checked_ns = Stamp.of(path), time.time_ns()
        found = file_digest(path)
        if Stamp.of(path) == before:
            self.remember(path, before, found, checked_ns)
        return found

    def remember(self, path: Path, stamp: Stamp, sha256: str, checked_ns: int) -> None:
        """Note a digest that was just computed from a file with that stamp."""
        self._entries[str(path)] = {"stamp": asdict(stamp), "sha256": sha256, "checked_ns": checked_ns}
        self._changed = True

    def save(self) -> None:
        """Keep it for the next time, where the folder can be written."""
        if self._changed:
            with contextlib.suppress(OSError):
                write_json(self._memory, self._entries)
                self._changed = False


def _is_entry(value: object) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("stamp"), dict)
        and isinstance(value.get("sha256"), str)
        and isinstance(value.get("checked_ns"), int)
    )
