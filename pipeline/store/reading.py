"""Reading results into rows, by several processes where there are many: most of a first sync's work."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pipeline.errors import InputError
from pipeline.processes import spread
from pipeline.store.rows import RESULT, Rows, Stamp, StoredResult, make_rows, parse_result, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_AT_ONCE = 25  # results of one task
_MANY = 500  # from here on it pays to start processes
_MOST = 3  # readers: more would wait for the one that writes


@dataclass(frozen=True, slots=True)
class Wanted:
    """A result to read.

    Parameters
    ----------
    name : str
        Of its folder.
    sha256 : str or None
        Of the result that is stored; one with the same bytes gets no rows.
    """

    name: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Read:
    """What came of it: rows, or why there are none; neither if it is what is stored already."""

    name: str
    stamp: Stamp | None = None
    rows: Rows | None = None
    error: InputError | None = None


def read_results(folder: Path, wanted: Sequence[Wanted], processes: int = 1) -> Iterator[Read]:
    """Yield the results in their order, a bounded number ahead.

    Parameters
    ----------
    folder : Path
        Folder of results.
    wanted : sequence of Wanted
    processes : int
        That may read at the same time; more than a few are of no use.
    """
    many = len(wanted) >= _MANY
    return spread(
        partial(_read, folder), wanted, at_once=_AT_ONCE, processes=min(processes, _MOST) if many else 1
    )


def _read(folder: Path, wanted: Wanted) -> Read:
    path = folder / wanted.name / RESULT
    try:
        content, stamp = read_bytes(path)
        if wanted.sha256 == stamp.sha256:
            return Read(wanted.name, stamp)
        rows = make_rows(StoredResult(wanted.name, parse_result(path, content), stamp), path)
        return Read(wanted.name, stamp, rows)
    except InputError as error:  # this result is no good; the others go on
        return Read(wanted.name, error=error)
