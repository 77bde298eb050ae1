"""A recognised word and its place in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.timeline.spans import Span


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

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("a word has a text")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"a confidence lies between 0 and 1, not {self.confidence}")
