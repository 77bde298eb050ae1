"""Words of one party that were heard on the other party's channel.

Speech detection keeps most of a leaking voice away from here, but it may let a faint rest pass, and the
recogniser adapts to any level. The rest gives itself away: the same words, at the same time, much louder
on the other channel. Two people saying the same at once are about equally loud, and stay.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from pipeline.words.repetition import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.timeline.spans import Span, SpanSet
    from pipeline.timeline.words import Word

_APART_S = 0.5  # times of the same word on two channels differ by the delay of the leak and the recogniser
_SHARED = 0.5  # of a stretch's words that the other channel holds, too


def leaked_words(
    words: Sequence[Word],
    speech: SpanSet,
    others: Sequence[Word],
    level_between: Callable[[Span], float],
    least_db: float,
) -> set[int]:
    """Find the words of a channel that leaked from the other.

    Parameters
    ----------
    words : sequence of Word
        The channel's, in order.
    speech : SpanSet
        The channel's speech; judged stretch by stretch.
    others : sequence of Word
        The other channel's, in order.
    level_between : callable
        Given a span, by how many dB the other channel is louder there. Asked only where words agree.
    least_db : float
        A leak is at least this much quieter than its source.

    Returns
    -------
    set of int
        Indices into `words`.
    """
    starts = [other.span.start_s for other in others]
    leaked: set[int] = set()
    stretches: dict[Span, list[int]] = {}
    for index, word in enumerate(words):
        stretch = speech.at(word.span.start_s)
        stretches.setdefault(stretch or word.span, []).append(index)
    for stretch, indices in stretches.items():
        shared = sum(_said_at(words[index], others, starts) for index in indices)
        if shared >= _SHARED * len(indices) and level_between(stretch) >= least_db:
            leaked.update(indices)
    return leaked


def _said_at(word: Word, others: Sequence[Word], starts: Sequence[float]) -> bool:
    first = bisect_left(starts, word.span.start_s - _APART_S)
    last = bisect_left(starts, word.span.start_s + _APART_S)
    return plain(word.text) in {plain(other.text) for other in others[first:last]}
