"""Where words lie: in the channel's speech, one after the other.

A recogniser's times are good to a few hundredths of a second, and worse next to pauses. The speech is
measured better, so it decides: each word gets a place inside exactly one stretch of it.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.timeline.spans import Span
from pipeline.timeline.words import Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.timeline.spans import SpanSet

_TRAILING = ("...", "…", "-", "–", "—")
_LEAST_S = 0.04  # of a word that has lost its place to its neighbours, where there is room


@dataclass(frozen=True, slots=True)
class Heard:
    """A word with the recogniser's times, in seconds of the recording; they may be equal."""

    text: str
    start_s: float
    end_s: float
    probability: float


def assign(words: Sequence[Heard], speech: SpanSet, tolerance_s: float) -> tuple[dict[int, list[Heard]], int]:
    """Give each word to the stretch of speech that it is in, or nearly in.

    Parameters
    ----------
    words : sequence of Heard
        In the order in which they were said.
    speech : SpanSet
        The stretches.
    tolerance_s : float
        How far outside a word may lie, in seconds.

    Returns
    -------
    dict of int to list of Heard, and int
        Words by index of their stretch, in order, and how many lie outside all speech. A word over
        several stretches was said in the last of them: the recogniser lets a word begin where the one
        before it ended, so the first word after a pause swallows the pause. With an ellipsis it is the one
        that trails off before it. Never in a stretch before its predecessor's.
    """
    ends = [span.end_s for span in speech]
    given: dict[int, list[Heard]] = {}
    outside = 0
    reached, earliest_s = 0, 0.0
    for word in words:
        start_s = max(word.start_s, earliest_s)
        end_s = max(word.end_s, start_s)
        index = _stretch_of(
            start_s, end_s, speech, ends, tolerance_s, trails_off=word.text.endswith(_TRAILING)
        )
        if index is None or index < reached:
            outside += 1
            continue
        reached, earliest_s = index, start_s
        given.setdefault(index, []).append(Heard(word.text, start_s, end_s, word.probability))
    return given, outside


def _stretch_of(
    start_s: float,
    end_s: float,
    speech: SpanSet,
    ends: Sequence[float],
    tolerance_s: float,
    *,
    trails_off: bool,
) -> int | None:
    best: int | None = None
    near, least_s = None, tolerance_s
    for index in range(bisect_left(ends, start_s - tolerance_s), len(ends)):
        span = speech[index]
        if span.start_s > end_s + tolerance_s:
            break
        inside_s = min(end_s, span.end_s) - max(start_s, span.start_s)
        if inside_s > 0:
            best = index if best is None or not trails_off else best
        elif best is None and -inside_s <= least_s:
            near, least_s = index, max(0.0, -inside_s)
    return near if best is None else best


def place(words: Sequence[Heard], stretch: Span, reach_s: float = 0.0) -> list[Span]:
    """Return for each word a span inside the stretch; disjoint, in order, each of positive length.

    The recogniser ends words early before a pause, and the speech is measured better: a first or last
    word that comes near to the end of the stretch reaches it.

    Parameters
    ----------
    words : sequence of Heard
        Those of this stretch, in order.
    stretch : Span
        Where they have to fit.
    reach_s : float
        How near, in seconds.
    """
    if not words:
        return []
    least_s = min(_LEAST_S, stretch.duration_s / len(words))
    starts: list[float] = []
    ends: list[float] = []
    free_s = stretch.start_s
    for word in words:
        starts.append(min(max(word.start_s, free_s), stretch.end_s))
        ends.append(min(max(word.end_s, starts[-1] + least_s), stretch.end_s))
        free_s = ends[-1]
    limit_s = stretch.end_s
    for index in range(len(words) - 1, -1, -1):
        room_s = stretch.start_s + index * least_s  # what the words before need at least
        ends[index] = min(ends[index], limit_s)
        starts[index] = max(room_s, min(starts[index], ends[index] - least_s))
        limit_s = starts[index]
    if starts[0] - stretch.start_s <= reach_s:
        starts[0] = stretch.start_s
    if stretch.end_s - ends[-1] <= reach_s:
        ends[-1] = stretch.end_s
    return [Span(start_s, end_s) for start_s, end_s in zip(starts, ends, strict=True)]


def refit(words: Sequence[Word], speech: SpanSet, tolerance_s: float = 0.25) -> tuple[Word, ...]:
    """Fit words to a better measure of the speech than the one that they were recognised in.

    Parameters
    ----------
    words : sequence of Word
        One channel's, sorted and disjoint.
    speech : SpanSet
        The channel's speech as finally decided; short pauses bridged.
    tolerance_s : float
        How far outside a word may lie, and how near to the edge of a stretch its first and last word
        must come to reach it, in seconds.

    Returns
    -------
    tuple of Word
        All the words, in order, sorted and disjoint. Those away from any speech are as they were.
    """
    given, _ = assign(
        [Heard(str(index), w.span.start_s, w.span.end_s, w.confidence) for index, w in enumerate(words)],
        speech,
        tolerance_s,
    )
    fitted = {}
    for stretch, own in given.items():
        for word, span in zip(own, place(own, speech[stretch], tolerance_s), strict=True):
            fitted[int(word.text)] = span
    return tuple(
        Word(word.text, fitted.get(index, word.span), word.confidence) for index, word in enumerate(words)
    )
