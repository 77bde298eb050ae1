"""Stretches of time: one (`Span`) and sets of them (`SpanSet`).

One boundary rule everywhere: a span is half-open, ``[start_s, end_s)``, so spans that touch do not
overlap. Times are float seconds from the start of the recording; nothing is rounded here.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """A stretch of time ``[start_s, end_s)``, in seconds; never empty.

    "Nothing" is ``None`` or an empty `SpanSet`, not a span of zero length.

    Raises
    ------
    ValueError
        If a bound is negative or not finite, or the end is not after the start.
    """

    start_s: float
    end_s: float

    def __init__(self, start_s: float, end_s: float) -> None:  # by hand: a call makes ten thousands of them
        if not 0 <= start_s < end_s < math.inf:
            raise ValueError(_what_is_wrong(start_s, end_s))
        _set_start(self, start_s)
        _set_end(self, end_s)

    @property
    def duration_s(self) -> float:
        """Length in seconds, always > 0."""
        return self.end_s - self.start_s

    @property
    def middle_s(self) -> float:
        """The point half-way, in seconds."""
        return (self.start_s + self.end_s) / 2

    def contains(self, time_s: float) -> bool:
        """Tell whether `time_s` lies inside; the start does, the end does not."""
        return self.start_s <= time_s < self.end_s

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two share time; touching is not overlapping."""
        return self.start_s < other.end_s and other.start_s < self.end_s

    def overlap_s(self, other: Span) -> float:
        """Shared time in seconds; 0.0 when they do not overlap."""
        return max(0.0, min(self.end_s, other.end_s) - max(self.start_s, other.start_s))

    def intersection(self, other: Span) -> Span | None:
        """Return the shared stretch, or ``None``."""
        start_s, end_s = max(self.start_s, other.start_s), min(self.end_s, other.end_s)
        return Span(start_s, end_s) if end_s > start_s else None

    def shifted(self, by_s: float) -> Span:
        """Return this span moved by `by_s` seconds."""
        return Span(self.start_s + by_s, self.end_s + by_s)


_set_start, _set_end = (Span.__dict__[name].__set__ for name in ("start_s", "end_s"))  # the slots


def _what_is_wrong(start_s: float, end_s: float) -> str:
    if not (math.isfinite(start_s) and math.isfinite(end_s)):
        return f"a span needs finite bounds, not [{start_s}, {end_s})"
    if start_s < 0:
        return f"a span starts at 0 s or later, not at {start_s}"
    return f"a span ends after it starts, not [{start_s}, {end_s})"


class SpanSet:
    """An immutable, sorted set of disjoint spans; spans that overlap or touch are one.

    Examples
    --------
    >>> SpanSet.of((0, 1), (1, 2), (5, 6))
    SpanSet.of((0, 2), (5, 6))
    >>> SpanSet.of((0, 2)) - SpanSet.of((0.5, 1))
    SpanSet.of((0, 0.5), (1, 2))
    """

    __slots__ = ("_duration_s", "_spans", "_starts")
    _duration_s: float | None

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        given = tuple(spans)
        if not _is_disjoint(given):
            given = _merged(given)
        self._spans = given
        self._starts = [span.start_s for span in given]
        self._duration_s = None

    @classmethod
    def _disjoint(cls, spans: Iterable[Span]) -> SpanSet:
        """Build from spans that are known to be in order, and not to touch."""
        made = cls.__new__(cls)
        made._spans = tuple(spans)
        made._starts = [span.start_s for span in made._spans]
        made._duration_s = None
        return made

    @classmethod
    def of(cls, *pairs: tuple[float, float]) -> SpanSet:
        """Build from ``(start_s, end_s)`` pairs."""
        return cls(Span(start_s, end_s) for start_s, end_s in pairs)

    @classmethod
    def from_pairs(cls, pairs: Iterable[Iterable[float]]) -> SpanSet:
        """Build from an iterable of ``[start_s, end_s]``, as the result file holds them."""
        return cls([Span(*pair) for pair in pairs])

    def pairs(self, digits: int | None = None) -> list[list[float]]:
        """Return ``[[start_s, end_s], …]``, rounded to `digits` decimals if given (for writing only)."""
        if digits is None:
            return [[span.start_s, span.end_s] for span in self._spans]
        rounded = ((round(s.start_s, digits), round(s.end_s, digits)) for s in self._spans)
        return [[start_s, end_s] for start_s, end_s in rounded if end_s > start_s]

    def __iter__(self) -> Iterator[Span]:
        return iter(self._spans)

    def __len__(self) -> int:
        return len(self._spans)

    def __getitem__(self, index: int) -> Span:
        return self._spans[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SpanSet) and self._spans == other._spans

    def __hash__(self) -> int:
        return hash(self._spans)

    def __repr__(self) -> str:
        inner = ", ".join(f"({s.start_s:g}, {s.end_s:g})" for s in self._spans)
        return f"SpanSet.of({inner})"

    @property
    def duration_s(self) -> float:
        """Total length in seconds; 0.0 for the empty set."""
        if self._duration_s is None:
            self._duration_s = math.fsum([span.end_s - span.start_s for span in self._spans])
        return self._duration_s

    @property
    def extent(self) -> Span | None:
        """From the first start to the last end, or ``None`` if empty."""
        return Span(self._spans[0].start_s, self._spans[-1].end_s) if self._spans else None

    def __or__(self, other: SpanSet) -> SpanSet:
        """Time in either."""
        if not self._spans or not other._spans:
            return self if self._spans else other
        return SpanSet((*self._spans, *other._spans))

    def __and__(self, other: SpanSet) -> SpanSet:
        """Time in both."""
        if not self._spans or not other._spans:
            return _NOTHING
        mine, theirs = self._spans, other._spans
        i = max(0, bisect_right(self._starts, theirs[0].start_s) - 1)  # what ends before the other begins
        j = max(0, bisect_right(other._starts, mine[0].start_s) - 1)
        shared: list[Span] = []
        while i < len(mine) and j < len(theirs):
            a, b = mine[i], theirs[j]
            start_s = a.start_s if a.start_s > b.start_s else b.start_s
            a_first = a.end_s < b.end_s
            end_s = a.end_s if a_first else b.end_s
            if end_s > start_s:
                shared.append(Span(start_s, end_s))
            if a_first:
                i += 1
            else:
                j += 1
        return SpanSet._disjoint(shared)

    def __sub__(self, other: SpanSet) -> SpanSet:
        """Time in this set and not in the other."""
        if not self._spans or not other._spans:
            return self
        left: list[Span] = []
        for span in self._spans:
            start_s = span.start_s
            for hole in other.overlapping(span):
                if hole.start_s > start_s:
                    left.append(Span(start_s, hole.start_s))
                start_s = max(start_s, hole.end_s)
            if start_s < span.end_s:
                left.append(Span(start_s, span.end_s) if start_s > span.start_s else span)
        return SpanSet._disjoint(left)

    def overlapping(self, span: Span) -> tuple[Span, ...]:
        """Return the spans of this set that share time with `span`, whole, in order."""
        first = bisect_right(self._starts, span.start_s) - 1
        if first < 0 or self._spans[first].end_s <= span.start_s:
            first += 1
        last = first
        while last < len(self._spans) and self._spans[last].start_s < span.end_s:
            last += 1
        return self._spans[first:last]

    def within(self, span: Span) -> SpanSet:
        """Return the part of this set inside `span`."""
        inside = self.overlapping(span)
        if not inside:
            return _NOTHING
        start_s, end_s = span.start_s, span.end_s
        if inside[0].start_s >= start_s and inside[-1].end_s <= end_s:  # nothing is cut
            return self if len(inside) == len(self._spans) else SpanSet._disjoint(inside)
        cut = [*inside]
        cut[0] = Span(max(cut[0].start_s, start_s), min(cut[0].end_s, end_s))
        cut[-1] = Span(max(cut[-1].start_s, start_s), min(cut[-1].end_s, end_s))
        return SpanSet._disjoint(cut)

    def overlap_s(self, span: Span) -> float:
        """Seconds of `span` that this set covers."""
        start_s, end_s = span.start_s, span.end_s
        return math.fsum(
            [min(own.end_s, end_s) - max(own.start_s, start_s) for own in self.overlapping(span)]
        )

    def meets(self, start_s: float, end_s: float) -> bool:
        """Tell whether any of ``[start_s, end_s)``, which may be empty, is covered."""
        index = bisect_left(self._starts, end_s) - 1
        return index >= 0 and start_s < end_s and self._spans[index].end_s > start_s

    def at(self, time_s: float) -> Span | None:
        """Return the span that holds the point `time_s`, or ``None``."""
        index = bisect_right(self._starts, time_s) - 1
        return self._spans[index] if index >= 0 and self._spans[index].contains(time_s) else None

    def last_end(self, time_s: float) -> float | None:
        """Return the latest end at or before `time_s`, or ``None``."""
        index = bisect_right(self._starts, time_s) - 1
        if index >= 0 and self._spans[index].end_s > time_s:
            index -= 1
        return self._spans[index].end_s if index >= 0 else None

    def next_start(self, time_s: float) -> float | None:
        """Return the earliest start at or after `time_s`, or ``None``."""
        index = bisect_left(self._starts, time_s)
        return self._starts[index] if index < len(self._starts) else None

    def away_s(self, span: Span) -> float:
        """Return how far a span beside this set is from the nearest of it, seconds; infinite without any."""
        before_s, after_s = self.last_end(span.start_s), self.next_start(span.end_s)
        gaps = [
            *(() if before_s is None else (span.start_s - before_s,)),
            *(() if after_s is None else (after_s - span.end_s,)),
        ]
        return min(gaps, default=math.inf)

    def gaps(self, within: Span | None = None) -> SpanSet:
        """Return the time between the spans; with `within`, also before the first and after the last."""
        if within is not None:
            return SpanSet((within,)) - self
        pairs = zip(self._spans, self._spans[1:], strict=False)
        return SpanSet._disjoint([Span(a.end_s, b.start_s) for a, b in pairs])

    def bridged(self, gap_s: float) -> SpanSet:
        """Return this set with every inner gap shorter than `gap_s` seconds filled."""
        filled: list[Span] = []
        first = last = None  # of the spans that become one
        for span in self._spans:
            if first is None or last is None:
                first = span
            elif span.start_s - last.end_s >= gap_s:
                filled.append(first if first is last else Span(first.start_s, last.end_s))
                first = span
            last = span
        if first is not None and last is not None:
            filled.append(first if first is last else Span(first.start_s, last.end_s))
        return SpanSet._disjoint(filled)

    def at_least(self, min_s: float) -> SpanSet:
        """Return only the spans of `min_s` seconds or more."""
        return SpanSet._disjoint([span for span in self._spans if span.end_s - span.start_s >= min_s])

    def padded(self, before_s: float, after_s: float | None = None, end_s: float = math.inf) -> SpanSet:
        """Return every span widened (negative: narrowed), kept inside ``[0, end_s)``; vanished ones drop."""
        after_s = before_s if after_s is None else after_s
        widened = ((max(0.0, s.start_s - before_s), min(end_s, s.end_s + after_s)) for s in self._spans)
        return SpanSet(Span(start, end) for start, end in widened if end > start)

    def shifted(self, by_s: float) -> SpanSet:
        """Return all spans moved by `by_s` seconds."""
        return SpanSet(span.shifted(by_s) for span in self._spans)


_START = attrgetter("start_s")


def _is_disjoint(spans: tuple[Span, ...]) -> bool:
    """Tell whether they are in order and neither overlap nor touch: then there is nothing to merge."""
    end_s = -1.0
    for span in spans:
        if span.start_s <= end_s:
            return False
        end_s = span.end_s
    return True


def _merged(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    merged: list[Span] = []
    last: Span | None = None
    for span in sorted(spans, key=_START):
        if last is None or span.start_s > last.end_s:
            merged.append(span)
            last = span
        elif span.end_s > last.end_s:
            merged[-1] = last = Span(last.start_s, span.end_s)
    return tuple(merged)


_NOTHING = SpanSet()
