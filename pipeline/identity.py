"""Which folder a recording's results go to: its call id."""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

_LONGEST = 120
_RESERVED = re.compile(
    r"con|prn|aux|nul|com\d|lpt\d"  # of Windows
    r"|failures\.csv|duplicates\.csv|hearout\.sqlite(-wal|-shm|-journal)?"  # files beside the calls' folders
    r"|team\.html|coaching-.*\.(html|pdf)",
    re.IGNORECASE,
)
RECORDINGS = (
    "3gp", "aac", "aif", "aiff", "amr", "au", "caf", "flac", "g722", "g729", "gsm", "m4a", "m4b", "mka",
    "mkv", "mov", "mp2", "mp3", "mp4", "oga", "ogg", "opus", "rf64", "snd", "spx", "wav", "wave",
    "webm", "wma", "wv",
)  # fmt: skip
"""Endings of files that are recordings by their name, without the dot."""
SOURCE_FILE = "stages/source.json"
_BYTES_THAT_ARE_NO_TEXT = re.compile("[\ud800-\udfff]")  # as Python keeps them in a file's name


def printable_name(name: str) -> str:
    """Return a file's name so that it can be written as UTF-8; the file itself is opened by the real one."""
    return _BYTES_THAT_ARE_NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", name)


def safe_id(name: str) -> str:
    """Return `name` so that every file system takes it as a folder's name; never empty.

    Letters of any script, digits and ``. _ - +`` stay; everything else becomes ``_``. Names of the
    files that hearout itself writes beside the calls' folders get one at their end.
    """
    plain = unicodedata.normalize("NFC", name)
    plain = re.sub(r"[^\w.+-]+", "_", plain).strip("._ ")
    while len(plain.encode()) > _LONGEST:
        plain = plain[:-1]
    if _RESERVED.fullmatch(plain):
        plain = f"{plain}_"
    return plain or "call"


def call_id_for(path: Path, out: Path, taken: Container[str] = (), given: str | None = None) -> str:
    """Choose the call id of a recording: its given id or file name, ``-2``… on collision.

    A folder that holds results of the same file (by place) or of the same content is used again; one
    that holds another recording's is not touched.

    Parameters
    ----------
    path : Path
        The recording.
    out : Path
        The folder of all results.
    taken : container of str
        Ids that this run has given to other recordings.
    given : str, optional
        The manifest's id.
    """
    base = safe_id(given or path.stem or path.name)
    candidate, n = base, 1
    while candidate in taken or not is_free(out / candidate, path):
        n += 1
        candidate = f"{base}-{n}"
    return candidate


def place_digest(path: Path) -> str:
    """Return a digest of the file's place: tells places apart without storing folder names."""
    return hashlib.sha256(os.path.realpath(path).encode("utf-8", "surrogateescape")).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of the file's bytes, in hex.

    Raises
    ------
    OSError
        If it can't be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_free(folder: Path, path: Path) -> bool:
    """Tell whether a recording may have this folder: there is none, or none with another one's results."""
    if not folder.exists():
        return True
    try:
        source = json.loads((folder / SOURCE_FILE).read_text())["data"]
        same: bool = place_digest(path) == source["place_sha256"] or file_digest(path) == source["sha256"]
        return same
    except (OSError, ValueError, KeyError, TypeError):
        return not (folder / "analysis.json").exists()
