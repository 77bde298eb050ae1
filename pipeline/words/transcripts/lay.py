"""Words without times, laid over the speech that is measured in their captions.

A caption's times are for reading: rough at both ends, and with pauses in it. The speech of the channel is
measured, so words are laid over that, as long as they are written.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate, groupby, pairwise
from operator import attrgetter
from typing import TYPE_CHECKING

from pipeline.timeline.spans import Span, SpanSet
from pipeline.timeline.words import Word
from pipeline.words.fitting import BRIDGE_S
from pipeline.words.placing import Heard, place
from pipeline.words.transcripts.caption import words_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.words.transcripts.caption import Caption

_ROUGH_S = 0.5  # how far speech may reach over the edge of its caption
_PAUSES = (((".", "?", "!", "…"), 0.6), ((",", ";", ":", "-", "–", "—"), 0.5))  # seconds a mark is nearer by
_NEAR_S = 1.0  # how far a pause is looked for
_LEAST_S = 0.02  # what is shorter is a sliver, no room for words
_SIGNS = 1  # that a word is longer than it is written


def lay_words(
    captions: Sequence[Caption], heard: tuple[SpanSet, SpanSet], duration_s: float
) -> tuple[Word, ...]:
    """Return the words of one channel's captions, each with a place.

    Parameters
    ----------
    captions : sequence of Caption
        In any order; may overlap.
    heard : pair of SpanSet
        The channel's speech as decided, and all that any detector hears: where a caption has none of the
        first its words are laid over the second, and without that over the caption.
    duration_s : float
        Of the recording, in seconds.

    Returns
    -------
    tuple of Word
        All words, sorted and disjoint.
    """
    speech = tuple(spans.bridged(BRIDGE_S) for spans in heard)
    words = [word for one in captions for word in one.words]
    untimed = [one for one in captions if not one.words and words_in(one.text)]
    untimed.sort(key=attrgetter("span"))
    texts = [words_in(one.text) for one in untimed]
    spans = _side_by_side([one.span for one in untimed], [len(own) for own in texts])
    taken = SpanSet(spans)
    for own, span, room in zip(texts, spans, _rooms(spans), strict=True):
        words += _laid(own, _spoken(room, _widened(room, span, taken), speech))
    return _in_order(words, duration_s)


def _side_by_side(spans: Sequence[Span], counts: Sequence[int]) -> list[Span]:
    """Let captions that begin together follow one another, each with time for its words."""
    found: list[Span] = []
    by_start = groupby(zip(spans, counts, strict=True), key=lambda one: one[0].start_s)
    for _, together in by_start:
        own = [*together]
        found += _shared_out(own[-1][0], [count for _, count in own])  # the last one is the longest
    return found


def _rooms(spans: Sequence[Span]) -> list[SpanSet]:
    """Return each caption's own time: where captions overlap, the one that began last has it."""
    rooms = []
    for k, span in enumerate(spans):
        over = []
        for later in spans[k + 1 :]:
            if later.start_s >= span.end_s:
                break
            over.append(later)
            if later.end_s >= span.end_s:
                break
        rooms.append((SpanSet((span,)) - SpanSet(over)).at_least(_LEAST_S) or SpanSet((span,)))
    return rooms


def _spoken(room: SpanSet, wide: SpanSet, speech: Sequence[SpanSet]) -> SpanSet:
    """Return the speech that a caption's words are laid over, or else its room.

    Speech that is cut by the caption's edge belongs to it as far as the edge may be wrong; speech beside a
    caption only where there is none in it.
    """
    for spans in speech:
        inside = (spans & room).at_least(_LEAST_S)
        near = (spans & (room | wide)).at_least(_LEAST_S)
        if inside:
            return SpanSet(one for one in near if inside.overlapping(one))
        if near:
            return near
    return room


def _widened(room: SpanSet, span: Span, taken: SpanSet) -> SpanSet:
    """Return the time around a caption that is no other's, as far as its edges may be wrong."""
    whole, own = room.extent, taken.at(span.start_s)
    start_s, end_s = span.start_s, span.end_s
    if whole is None or own is None:
        return room
    if own.start_s == start_s == whole.start_s:
        before_s = taken.last_end(start_s)
        start_s -= min(_ROUGH_S, start_s if before_s is None else (start_s - before_s) / 2)
    if own.end_s == end_s == whole.end_s:
        after_s = taken.next_start(end_s)
        end_s += _ROUGH_S if after_s is None else min(_ROUGH_S, (after_s - end_s) / 2)
    return SpanSet((Span(start_s, end_s),)) - (SpanSet((span,)) - room)


def _laid(texts: Sequence[str], room: SpanSet) -> list[Heard]:
    """Lay words over stretches: each in one of them, and those of a stretch fill it.

    People pause at the ends of sentences and clauses: a pause comes behind such a word, if one is near.
    """
    lengths = [len(text) + _SIGNS for text in texts]
    said_s = [length / sum(lengths) * room.duration_s for length in accumulate(lengths)]
    found: list[Heard] = []
    first, heard_s = 0, 0.0
    for number, stretch in enumerate(room, 1):
        heard_s += stretch.duration_s
        last = len(texts) if number == len(room) else _break(texts, said_s, first, heard_s)
        spans = _shared_out(stretch, lengths[first:last])
        found += [
            Heard(text, one.start_s, one.end_s, 1.0)
            for text, one in zip(texts[first:last], spans, strict=True)
        ]
        first = last
    return found


def _break(texts: Sequence[str], said_s: Sequence[float], first: int, heard_s: float) -> int:
    """Return how many words are said before a pause: as many as take the time, by whole clauses if near."""

    def off_s(count: int) -> float:
        before_s = said_s[count - 1] if count else 0.0
        nearer_s = next((gain_s for marks, gain_s in _PAUSES if texts[count - 1].endswith(marks)), 0.0)
        return abs(before_s - heard_s) - (nearer_s if count > first else 0.0)

    least = bisect_left(said_s, heard_s - _NEAR_S)
    most = bisect_right(said_s, heard_s + _NEAR_S) + 1
    return min(range(max(first, least), min(len(texts), most) + 1), key=off_s, default=first)


def _shared_out(span: Span, lengths: Sequence[int]) -> list[Span]:
    """Part a span, each part in proportion to its length."""
    total = max(1, sum(lengths))
    edges = [span.start_s + span.duration_s * done / total for done in accumulate(lengths, initial=0)]
    return [Span(start_s, end_s) for start_s, end_s in pairwise(edges)]


def _in_order(words: Sequence[Heard], duration_s: float) -> tuple[Word, ...]:
    """Return the words sorted and disjoint: one that runs into the next ends there."""
    if not words:
        return ()
    ordered = sorted(words, key=attrgetter("start_s"))
    nexts_s = [*(one.start_s for one in ordered[1:]), duration_s]
    cut = [
        Heard(one.text, one.start_s, min(one.end_s, next_s), one.probability)
        for one, next_s in zip(ordered, nexts_s, strict=True)
    ]
    spans = place(cut, Span(0.0, duration_s))
    return tuple(Word(one.text, span, one.probability) for one, span in zip(cut, spans, strict=True))
