"""What a figure of `hearout evaluate` is: named parts, a formula over them, and totals from the parts.

A kind of figure (speech, words, later events or vents) is a `Family`: a tuple of `Metric` and one function
that scores a result against a label. The same formula serves one call and the sum of all calls, so that
totals are computed from the summed parts and never averaged from ratios; mean and worst stand beside them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.evaluate.labels import Label
    from pipeline.report.schema import Analysis

Aim = Literal["high", "low", "zero"]


@dataclass(frozen=True, slots=True)
class Tally:
    """What can be added up over calls.

    Parameters
    ----------
    parts : mapping of str to float
        Counts, or seconds.
    samples : tuple of float
        Single observations, for medians and percentiles.
    """

    parts: Mapping[str, float] = field(default_factory=dict)
    samples: tuple[float, ...] = ()

    def __add__(self, other: Tally) -> Tally:
        names = [*self.parts, *(name for name in other.parts if name not in self.parts)]
        parts = {name: self.parts.get(name, 0.0) + other.parts.get(name, 0.0) for name in names}
        return Tally(parts, self.samples + other.samples)

    def ratio(self, numerator: str, denominator: str) -> float | None:
        """Return one part over another; ``None`` where either is absent or the denominator is 0."""
        below = self.parts.get(denominator, 0.0)
        return self.parts[numerator] / below if below > 0 and numerator in self.parts else None


_ARROW = " > "


def confusion_part(label: str, found: str) -> str:
    """Return the name of the part that counts how often `label` became `found`."""
    return f"{label}{_ARROW}{found}"


def confusion(tally: Tally) -> dict[tuple[str, str], float]:
    """Return how often each labelled kind became each found one: ``(label, found)`` → count."""
    cells = {}
    for name, count in tally.parts.items():
        label, arrow, found = name.partition(_ARROW)
        if arrow:
            cells[label, found] = count
    return cells


@dataclass(frozen=True, slots=True)
class Score:
    """One figure of one call.

    Parameters
    ----------
    value : float or None
        ``None`` when undefined or not labelled; never a stand-in such as 0 or 1.
    tally : Tally
        What it adds to the total; may hold parts even where the value is undefined (speech found where
        the label has none still counts as false speech in the total).
    reason : str
        Why there is no value; empty when there is one.
    """

    value: float | None
    tally: Tally = field(default_factory=Tally)
    reason: str = ""

    def __post_init__(self) -> None:
        if (self.value is None) != bool(self.reason):
            raise ValueError("a score has either a value or a reason why not")

    @classmethod
    def none(cls, reason: str) -> Score:
        """Return a figure that was not scored, and why."""
        return cls(None, Tally(), reason)


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure: how it is called, computed, read and shown.

    Parameters
    ----------
    name : str
        Key in the machine output; public.
    title : str
        Heading of its column, lines parted by a line feed.
    definition : str
        One or two sentences for people.
    unit : str
        ``"1"`` for shares and ratios, ``"s"`` for seconds.
    aim : {"high", "low", "zero"}
        Where better lies; with ``"zero"`` the value is signed, and mean and worst are of absolute values.
    formula : callable
        From a tally, of one call or of the sum of all, to the value or ``None``.
    undefined : str
        The reason given when the formula yields ``None``.
    shown : str
        Format of a value in the table.
    column : bool
        Whether it has a column in the table; all metrics stand in the machine output.
    spread_over : tuple of str
        Metrics (such as one per channel) over whose values mean and worst are taken instead of its own.
    """

    name: str
    title: str
    definition: str
    unit: Literal["1", "s"]
    aim: Aim
    formula: Callable[[Tally], float | None]
    undefined: str
    shown: str = ".3f"
    column: bool = False
    spread_over: tuple[str, ...] = ()

    def score(self, tally: Tally) -> Score:
        """Apply the formula to one call's tally."""
        value = self.formula(tally)
        return Score(value, tally, self.undefined if value is None else "")

    def badness(self, value: float) -> float:
        """Return a number that is larger the worse `value` is."""
        return {"high": -value, "low": value, "zero": abs(value)}[self.aim]

    def magnitude(self, value: float) -> float:
        """Return `value` as it enters a mean: absolute where it is signed."""
        return abs(value) if self.aim == "zero" else value


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of figures that are scored together.

    Parameters
    ----------
    metrics : tuple of Metric
        In the order in which they are shown.
    score : callable
        From label and result to one `Score` for every metric of the family, by name.
    """

    metrics: tuple[Metric, ...]
    score: Callable[[Label, Analysis], Mapping[str, Score]]


@dataclass(frozen=True, slots=True)
class Row:
    """All figures of one result.

    Parameters
    ----------
    id : str
        The result's id; the label's `call_id`, or one that starts with it and a dot.
    call_id : str
        The label's.
    layout : str
        ``"dual"``, ``"dual_mono"`` or ``"mono"``.
    scores : mapping of str to Score
        By metric name.
    """

    id: str
    call_id: str
    layout: str
    scores: Mapping[str, Score]


@dataclass(frozen=True, slots=True)
class Total:
    """One metric over all calls.

    Parameters
    ----------
    scored : int
        Values that mean and worst were taken over; 0 leaves them ``None``.
    mean : float or None
        Mean of the values (of their absolute values where they are signed).
    worst : float or None
        The value furthest from the aim, with its sign.
    worst_call, worst_metric : str or None
        Which result it is of, and which metric (they differ only with `Metric.spread_over`).
    pooled : float or None
        The formula over the summed parts of all calls.
    tally : Tally
        Those sums.
    """

    scored: int
    mean: float | None
    worst: float | None
    worst_call: str | None
    worst_metric: str | None
    pooled: float | None
    tally: Tally


def values_of(metric: Metric, row: Row) -> list[tuple[float, str]]:
    """Return ``(value, metric name)`` of what is defined of `metric` in one row, `spread_over` heeded."""
    names = metric.spread_over or (metric.name,)
    found = ((row.scores[name].value, name) for name in names if name in row.scores)
    return [(value, name) for value, name in found if value is not None]


def row_badness(metric: Metric, row: Row) -> float:
    """Return how bad a row is by `metric`; minus infinity where it has no value."""
    return max((metric.badness(value) for value, _ in values_of(metric, row)), default=-math.inf)


def _summed(tallies: Sequence[Tally]) -> Tally:
    """Add tallies up, exactly the same in any order."""
    names = dict.fromkeys(name for one in tallies for name in one.parts)
    parts = {name: math.fsum(one.parts.get(name, 0.0) for one in tallies) for name in names}
    return Tally(parts, tuple(sorted(sample for one in tallies for sample in one.samples)))


def total(metric: Metric, rows: Sequence[Row]) -> Total:
    """Sum up one metric over `rows`; their order does not matter."""
    found = [(value, name, row.id) for row in rows for value, name in values_of(metric, row)]
    tally = _summed([row.scores[metric.name].tally for row in rows])
    pooled = metric.formula(tally)
    if not found:
        return Total(0, None, None, None, None, pooled, tally)
    worst, name, call = min(found, key=lambda item: (-metric.badness(item[0]), item[2], item[1]))
    mean = fmean(sorted(metric.magnitude(value) for value, _, _ in found))
    return Total(len(found), mean, worst, call, name, pooled, tally)
