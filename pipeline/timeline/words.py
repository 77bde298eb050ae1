"""A recognised word and its place in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.timeline.spans import Span

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
    span: Span
    confidence: float

    def __init__(self, text: str, span: Span, confidence: float) -> None:  # by hand, as of a span
        if not text.strip():
            raise ValueError("a word has a text")
        if not 0.0 <= confidence <= 1.0:
            raise ValueError(f"a confidence lies between 0 and 1, not {confidence}")
        _set_text(self, text)
        _set_span(self, span)
        _set_confidence(self, confidence)


_set_text, _set_span, _set_confidence = (
    Word.__dict__[name].__set__
    for name in ("text", "span", "confidence")  # the slots
)
