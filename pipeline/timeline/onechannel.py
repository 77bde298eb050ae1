"""What a recording of both parties on one channel leaves uncertain about a start of speech."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.timeline.words import CONTESTED, Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.timeline.events import FloorSettings
    from pipeline.timeline.spans import SpanSet
    from pipeline.timeline.stretches import Stretch

_EDGE_S = 0.1  # how exact an edge is


def started_over_speech(mine: Stretch, theirs: Stretch, shared: SpanSet, limits: FloorSettings) -> bool:
    """Tell whether X, heard to start in a pause, may have started over Y: who speaks behind it is mistaken.

    Y goes on at once, or both speak for long and Y had hardly paused.
    """
    start_s = mine.span.start_s
    if theirs.speech.meets(start_s, start_s + _EDGE_S):
        return True
    paused_s = theirs.speech.last_end(start_s)
    contested = shared.duration_s >= limits.contest_s
    return contested and paused_s is not None and start_s - paused_s < limits.mid_pause_s


def without_pause(mine: Stretch, theirs: Stretch) -> bool:
    """Tell whether X takes over without a pause: a short overlap there may be lost."""
    start_s = mine.span.start_s
    return theirs.speech.meets(max(0.0, start_s - _EDGE_S), start_s + _EDGE_S)


def as_recognised(words: Sequence[Word], others: SpanSet) -> tuple[Word, ...]:
    """Return the words with the recogniser's own confidence in those that the other may have said."""
    return tuple(
        [
            Word(word.text, word.span, word.confidence / CONTESTED)
            if word.confidence <= CONTESTED and others.overlap_s(word.span) > 0
            else word
            for word in words
        ]
    )
