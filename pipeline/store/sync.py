"""Bringing the store up to date with the result files: they are the truth, it can always be made anew."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import InputError, UsageError
from pipeline.store.rows import (
    RESULT,
    Rows,
    Stamp,
    StoredResult,
    make_rows,
    parse_result,
    read_bytes,
    seen,
)
from pipeline.store.store import BATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pipeline.store.store import Store

    Progress = Callable[[str, float, float | None], None]
    Known = Mapping[str, tuple[str | None, str | None]]  # see Store.stamps

_LOOKED_AT = 20
_FOLDER = "results_folder"


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did.

    Parameters
    ----------
    added, changed, removed, unchanged : int
        Calls.
    failed : tuple of (str, InputError)
        Folders whose result can't be used; they are not in the store.
    """

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    failed: tuple[tuple[str, InputError], ...] = ()


def sync_folder(store: Store, folder: Path, progress: Progress | None = None) -> SyncReport:
    """Store new and changed results of a folder, take away those that are gone.

    A result whose file is as it was is not read. Afterwards the store holds the same as one made anew.

    Parameters
    ----------
    store : Store
    folder : Path
        Folder of results, with ``<call-id>/analysis.json`` in it.
    progress : callable, optional
        Called with (step, completed, total).

    Raises
    ------
    UsageError
        If there is no such folder, or the store holds another folder's results.
    OutputError
        If the database can't be written.
    """
    found = result_files(folder)
    known = store.stamps()
    _check_folder(store, folder, known, found)
    run = _Run(store, folder, known)
    to_read = [name for name in sorted(found) if name not in known or known[name][1] != found[name]]
    for k, name in enumerate(to_read):
        if progress is not None:
            progress("reading results", k, len(to_read))
        run.take(name)
    run.write()
    failed = {name for name, _ in run.failed}
    gone = known.keys() - found.keys()
    if gone or failed & known.keys():
        store.delete(*gone, *(failed & known.keys()))
    return SyncReport(
        added=run.added,
        changed=run.changed,
        removed=len(gone),
        unchanged=len(found) - len(to_read) + run.touched,
        failed=tuple(run.failed),
    )


def result_files(folder: Path) -> dict[str, str]:
    """Return the folders with a result in `folder`, each with the state of its file, see `seen`.

    Raises
    ------
    UsageError
        If there is no such folder.
    """
    found = {}
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        raise UsageError(
            f"{folder}: no such folder of results.", "Name the folder that analyze wrote."
        ) from error
    for name in names:
        try:
            found[name] = seen((folder / name / RESULT).stat())
        except OSError:  # no folder, or one without a result
            continue
    return found


class _Run:
    """Results that are read and wait to be written."""

    def __init__(self, store: Store, folder: Path, known: Known) -> None:
        self._store, self._folder, self._known = store, folder, known
        self._rows: list[Rows] = []
        self._stamps: dict[str, Stamp] = {}
        self.added = self.changed = self.touched = 0
        self.failed: list[tuple[str, InputError]] = []

    def take(self, name: str) -> None:
        """Read one result; write when there are enough."""
        path = self._folder / name / RESULT
        try:
            content, stamp = read_bytes(path)
            if name in self._known and self._known[name][0] == stamp.sha256:
                self._stamps[name] = stamp
                self.touched += 1
            else:
                result = StoredResult(name, parse_result(path, content), stamp)
                self._rows.append(make_rows(result, path))
                if name in self._known:
                    self.changed += 1
                else:
                    self.added += 1
        except InputError as error:  # this result is no good; the others go on
            self.failed.append((name, error))
        if len(self._rows) == BATCH:
            self.write()

    def write(self) -> None:
        """Write what waits."""
        self._store.write_rows(self._rows)
        self._store.restamp(self._stamps)
        self._rows, self._stamps = [], {}


def _check_folder(store: Store, folder: Path, known: Known, found: Mapping[str, str]) -> None:
    """Refuse to replace another folder's results; a folder that was moved brings its own with it."""
    place, noted = folder.resolve(), store.noted(_FOLDER)
    if noted == str(place):
        return
    file = store.target.file
    beside = file is not None and file.resolve().parent == place
    if noted is not None and known and not beside and not _any_same(folder, known, found):
        raise UsageError(
            f"{store.target.name} holds the results of {noted}, not of {folder}.",
            "Name another with --db.",
        )
    store.note(_FOLDER, str(place))


def _any_same(folder: Path, known: Known, found: Mapping[str, str]) -> bool:
    for name in sorted(known.keys() & found.keys())[:_LOOKED_AT]:
        try:
            if read_bytes(folder / name / RESULT)[1].sha256 == known[name][0]:
                return True
        except InputError:
            continue
    return False
