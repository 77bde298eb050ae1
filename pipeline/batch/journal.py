"""The journal of a folder of results: one JSON line for each thing that happened, only ever appended to.

A line that tells of a finished call is on the disk before the next call is begun (fsync). A last line that
was torn by a crash is cut off when the journal is opened again: what it told is done again.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self

from pipeline.files import output_error, private_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

SCHEMA = "hearout.batch/1"
BOOKS = ".batch"
"""Folder inside the results for journal, lock and fetched recordings; call ids never begin with a dot."""

JOURNAL = "journal.jsonl"
State = Literal["started", "done", "failed", "duplicate"]


@dataclass(frozen=True)
class Figures:
    """What a summary needs of a finished call, so that its result need not be read for it."""

    duration_s: float = 0.0
    talk_ratio_agent: float | None = None
    interruptions_by_agent: float | None = None
    vent_before_solving: str | None = None


@dataclass(frozen=True)
class Entry:
    """What the journal knows of one recording; the last word counts.

    Parameters
    ----------
    place : str
        Digest of where the recording is, see `place_key`.
    state : {"started", "done", "failed", "duplicate"}
    call_id, name : str
        Its folder's name (a duplicate's: that of the call that it is), and the recording's for people.
    revision : str
        Of the file, see `Found.revision`.
    key : str
        Digest of all else that shaped the result: settings, models, version, facts.
    size : int or None
    sha256 : str
        Of the content; empty where it was not read.
    figures : Figures
    busy_s : float
        How long its worker had it.
    customer, recorded_at : str
        Who called (a digest, see `customer_key`) and when; empty where that is not known.
    linked : str
        Of a finished call: digest of the customer's later calls that its result knows, see `pending_links`.
    what, remedy, kind, at : str
        Of a failure: the sentence, what to do, what kind of failure, and when.
    """

    place: str
    state: State
    call_id: str
    name: str = ""
    revision: str = ""
    key: str = ""
    size: int | None = None
    sha256: str = ""
    figures: Figures = field(default_factory=Figures)
    busy_s: float = 0.0
    customer: str = ""
    recorded_at: str = ""
    linked: str = ""
    what: str = ""
    remedy: str = ""
    kind: str = ""
    at: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return what is written: only what is not empty."""
        plain = {name: value for name, value in self.__dict__.items() if value not in ("", None)}
        plain["figures"] = {name: value for name, value in self.figures.__dict__.items() if value is not None}
        if self.state != "done":
            del plain["figures"], plain["busy_s"]
        return plain


def place_key(place: str) -> str:
    """Return a digest of a path or URL: tells places apart without storing folder names."""
    return hashlib.sha256(place.encode("utf-8", "surrogateescape")).hexdigest()[:32]


class Journal:
    """The journal, open for appending; a context manager.

    Parameters
    ----------
    folder : Path
        Folder of the results.

    Raises
    ------
    OutputError
        If it can't be opened or repaired.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / BOOKS / JOURNAL
        private_folder(self.path.parent)
        try:
            content = self.path.read_bytes() if self.path.exists() else b""
            self.entries, self.unreadable = _replay(content.split(b"\n"))
            self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            if content and not content.endswith(b"\n"):  # torn by a crash
                os.ftruncate(self._file, content.rfind(b"\n") + 1)
        except OSError as error:
            raise output_error(self.path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def run_started(self, facts: Mapping[str, Any]) -> None:
        """Note that a run begins, by whom and with what."""
        self._append({"t": "run", "schema": SCHEMA, **facts})

    def put(self, entry: Entry) -> None:
        """Note what happened to a recording; for good, before this returns, unless it only begins.

        Raises
        ------
        OutputError
            If it can't be written; the journal is as it was then.
        """
        self._append({"t": "call", **entry.to_dict()}, safe=entry.state != "started")
        self.entries[entry.place] = entry

    def _append(self, record: Mapping[str, Any], *, safe: bool = True) -> None:
        line = json.dumps(record, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
        try:
            length = os.fstat(self._file).st_size
            try:
                if os.write(self._file, line) != len(line):
                    raise OSError(28, os.strerror(28))  # a short write to a file: there is no space
                if safe:
                    os.fsync(self._file)
            except OSError:
                if length:
                    os.ftruncate(self._file, length)
                raise
        except OSError as error:
            raise output_error(self.path, error) from error


def read_journal(folder: Path) -> dict[str, Entry]:
    """Return what a folder's journal knows, by place; nothing is written, a missing one is empty.

    Raises
    ------
    OutputError
        If it is there and can't be read.
    """
    path = folder / BOOKS / JOURNAL
    try:
        return _replay(path.read_bytes().split(b"\n"))[0] if path.exists() else {}
    except OSError as error:
        raise output_error(path, error) from error


def _replay(lines: Iterable[bytes]) -> tuple[dict[str, Entry], int]:
    """Return the last word on each recording, and how many lines could not be read."""
    entries: dict[str, Entry] = {}
    unreadable = 0
    for line in lines:
        if not line:
            continue
        try:
            record = json.loads(line)
            if record.pop("t") != "call":
                continue
            figures = Figures(**record.pop("figures", {}))
            entry = Entry(**record, figures=figures)
        except (ValueError, TypeError, KeyError, AttributeError):  # torn, or of another version
            unreadable += 1
            continue
        entries[entry.place] = entry
    return entries, unreadable
