"""Frame scores of spans against the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.timeline import SpanSet


def f1(found: SpanSet, truth: SpanSet) -> float:
    """Return F1 over time, pauses shorter than 0.3 s bridged."""
    found = found.bridged(0.3)
    both = found.duration_s + truth.duration_s
    return 2 * (found & truth).duration_s / both if both else 1.0


def recall(found: SpanSet, truth: SpanSet) -> float:
    return (found.bridged(0.3) & truth).duration_s / truth.duration_s


def moved_s(a: SpanSet, b: SpanSet) -> float:
    """Return the longest stretch in which one of the sets has speech and the other has not."""
    differing = [*(a - b), *(b - a)]
    return max((span.duration_s for span in differing), default=0.0)


def edges_moved(a: SpanSet, b: SpanSet, most_s: float = 0.031) -> list[float]:
    """Return the edges of either set, pauses shorter than 0.3 s bridged, that the other has not so near."""
    edges = [[t for span in spans.bridged(0.3) for t in (span.start_s, span.end_s)] for spans in (a, b)]
    pairs = (edges, edges[::-1])
    return [t for own, other in pairs for t in own if not any(abs(t - u) <= most_s for u in other)]
