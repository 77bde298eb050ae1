"""Errands: short tasks that workers do beside calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.batch.plan import Job
from pipeline.batch.supervisor import Outcome, Report

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.batch.messages import Given
    from pipeline.batch.stop import Stop
    from pipeline.batch.supervisor import Pool


def run_errands(
    pool: Pool,
    stop: Stop,
    errands: Sequence[Given],
    take: Callable[[Outcome], None],
    others: Callable[[Outcome | Report], None],
) -> None:
    """Let the workers do errands; ends early when the run is asked to end.

    Parameters
    ----------
    pool : Pool
    stop : Stop
    errands : sequence of Given
        None of them tagged with a `Job`.
    take : callable
        Takes what became of each.
    others : callable
        Takes what workers say meanwhile of calls.
    """
    waiting, left = list(reversed(errands)), len(errands)
    while left and not stop.asked:
        while waiting and pool.free:
            pool.give(waiting.pop())
        for heard in pool.wait(1.0, [stop.reader]):
            if isinstance(heard.tag, Job):
                others(heard)
            elif isinstance(heard, Outcome):
                left -= 1
                take(heard)
