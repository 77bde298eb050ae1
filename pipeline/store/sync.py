"""Bringing the store up to date with the result files: they are the truth, it can always be made anew."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import InputError, UsageError
from pipeline.store.reading import Read, Wanted, read_results
from pipeline.store.rows import RESULT, Rows, Stamp, read_bytes, seen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pipeline.store.store import Store

    Progress = Callable[[str, float, float | None], None]
    Known = Mapping[str, tuple[str | None, str | None]]  # see Store.stamps

_BATCH = 200  # calls of one transaction
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


def sync_folder(
    store: Store, folder: Path, progress: Progress | None = None, *, processes: int = 1
) -> SyncReport:
    """Store new and changed results of a folder, take away those that are gone.

    A result whose file is as it was is not read. Afterwards the store holds the same as one made anew.

    Parameters
    ----------
    store : Store
    folder : Path
        Folder of results, with ``<call-id>/analysis.json`` in it.
    progress : callable, optional
        Called with (step, completed, total).
    processes : int
        That may read results at the same time, where there are hundreds to read. They import the program
        that calls this anew, as Python's ``spawn`` does.

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
    run = _Run(store, known)
    to_read = [name for name in sorted(found) if name not in known or known[name][1] != found[name]]
    wanted = [Wanted(name, known[name][0] if name in known else None) for name in to_read]
    for k, read in enumerate(read_results(folder, wanted, processes)):
        if progress is not None:
            progress("reading results", k, len(to_read))
        run.take(read)
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

    def __init__(self, store: Store, known: Known) -> None:
        self._store, self._known = store, known
        self._rows: list[Rows] = []
        self._stamps: dict[str, Stamp] = {}
        self.added = self.changed = self.touched = 0
        self.failed: list[tuple[str, InputError]] = []

    def take(self, read: Read) -> None:
        """Take one result; write when there are enough."""
        if read.error is not None:
            self.failed.append((read.name, read.error))
        elif read.rows is not None:
            self._rows.append(read.rows)
            if read.name in self._known:
                self.changed += 1
            else:
                self.added += 1
        elif read.stamp is not None:
            self._stamps[read.name] = read.stamp
            self.touched += 1
        if len(self._rows) == _BATCH:
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
