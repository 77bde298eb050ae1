"""A recognised word and its place in time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import repeat
from operator import lt
from typing import TYPE_CHECKING

from pipeline.timeline.spans import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTESTED = 0.6
"""Factor on the confidence of a word that two parties on one channel may have said."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word as the recogniser wrote it, punctuation attached.

    Parameters
    ----------
    text : str
        The word, without surrounding blanks; never empty.
    span : Span
        When it is heard, in seconds from the start of the recording.
    confidence : float
        The recogniser's probability, 0 to 1.
    """

    text: str
    start_s: float
    end_s: float
    confidence: float

    def __init__(self, text: str, span: Span, confidence: float) -> None:  # by hand, as of a span
        if not text.strip():
            raise ValueError("a word has a text")
        if not 0.0 <= confidence <= 1.0:
            raise ValueError(f"a confidence lies between 0 and 1, not {confidence}")
        _set_text(self, text)
        _set_start(self, span.start_s)
        _set_end(self, span.end_s)
        _set_confidence(self, confidence)

    @property
    def span(self) -> Span:
        """When it is heard, in seconds; made anew each time, so that `start_s` and `end_s` are quicker."""
        return Span(self.start_s, self.end_s)


_set_text, _set_start, _set_end, _set_confidence = (
    Word.__dict__[name].__set__
    for name in ("text", "start_s", "end_s", "confidence")  # the slots
)


def words_of(
    texts: Sequence[str], starts_s: Sequence[float], ends_s: Sequence[float], confidences: Sequence[float]
) -> tuple[Word, ...]:
    """Make words of columns, in seconds: checked and filled column by column, as a call has thousands.

    Raises
    ------
    ValueError
        If one of the words could not be made alone, or the columns differ in length.
    """
    if not _are_in_order(texts, starts_s, ends_s, confidences):
        rows = zip(texts, starts_s, ends_s, confidences, strict=True)
        return tuple([Word(text, Span(start_s, end_s), sure) for text, start_s, end_s, sure in rows])
    return filled_words(texts, starts_s, ends_s, confidences)


def filled_words(
    texts: Sequence[str], starts_s: Sequence[float], ends_s: Sequence[float], confidences: Sequence[float]
) -> tuple[Word, ...]:
    """Make words of columns that are known to be in order; see `words_of`."""
    words = tuple(map(object.__new__, repeat(Word, len(texts))))
    any(map(_set_text, words, texts))  # a slot's filling returns nothing, so that all are filled
    any(map(_set_start, words, starts_s))
    any(map(_set_end, words, ends_s))
    any(map(_set_confidence, words, confidences))
    return words


def _are_in_order(
    texts: Sequence[str], starts_s: Sequence[float], ends_s: Sequence[float], confidences: Sequence[float]
) -> bool:
    return (
        len(texts) == len(starts_s) == len(ends_s) == len(confidences)
        and all(map(str.strip, texts))
        and all(map(lt, starts_s, ends_s))  # a NaN is no less than anything
        and min(starts_s, default=0) >= 0
        and max(ends_s, default=0) < math.inf
        and min(confidences, default=0) >= 0
        and max(confidences, default=0) <= 1
        and not math.isnan(sum(confidences))  # which hides from the two
    )
