"""Many stored calls scored again: each by itself, on as many cores as there are."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from pipeline.errors import InputError
from pipeline.processes import spread
from pipeline.stages.changes import Changes, find_changes
from pipeline.stages.rescore import CALLS_AT_ONCE, Thresholds, no_collection, score_again

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_NONE = Changes({}, (), ())


@dataclass(frozen=True)
class ScoredAgain:
    """What a call came to: what it changed, not the whole result.

    Parameters
    ----------
    folder : Path
    changes : Changes
        None where it failed.
    shown : mapping of str to (before, after)
        Of the measures asked for, changed or not.
    error : InputError or None
        Why it can't be scored; it is as it was then.
    """

    folder: Path
    changes: Changes = _NONE
    shown: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    error: InputError | None = None


def rescore_calls(
    folders: Sequence[Path],
    thresholds: Thresholds,
    *,
    shown: Sequence[str] = (),
    write: bool = True,
    processes: int = 1,
) -> Iterator[ScoredAgain]:
    """Score calls again and write their results and pages; yield what changed, in the calls' order.

    Parameters
    ----------
    folders : sequence of Path
        The calls' folders, ``DIR/<call-id>``.
    thresholds : Thresholds
    shown : sequence of str
        Measures to tell of, changed or not.
    write : bool
        ``False``: nothing is written.
    processes : int

    Raises
    ------
    OutputError
        If a file can't be written; calls before it, and some behind it, are scored.
    """
    work = partial(_scored_again, thresholds=thresholds, shown=tuple(shown), write=write)
    return spread(work, folders, at_once=CALLS_AT_ONCE, processes=processes)


def _scored_again(folder: Path, thresholds: Thresholds, shown: Sequence[str], *, write: bool) -> ScoredAgain:
    with no_collection():
        try:
            done = score_again(folder, thresholds, write=write)
        except InputError as error:  # this call is no good; the others go on
            return ScoredAgain(folder, error=error)
        done.write()
        before, after = done.before.measures, done.after.measures
        return ScoredAgain(
            folder, find_changes(done), {name: (before.get(name), after.get(name)) for name in shown}
        )
