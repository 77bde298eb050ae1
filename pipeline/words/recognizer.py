"""The port to a speech recogniser: windows of audio in, raw words out.

The raw words carry all that is needed to judge them afterwards (see `pipeline.words.cleaning`), so
a recogniser is tested, and replaced, without anything else of this room.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Samples: TypeAlias = NDArray[np.float32]
    """One window: 16 kHz, one channel, −1…1, shape (samples,)."""


@dataclass(frozen=True, slots=True)
class RawWord:
    """One word as the recogniser gave it.

    Parameters
    ----------
    text : str
        Without surrounding blanks, punctuation attached.
    start_s, end_s : float
        Seconds from the start of the window; a recogniser may give both the same.
    probability : float
        0 to 1.
    """

    text: str
    start_s: float
    end_s: float
    probability: float

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("a word has a text")
        if not (math.isfinite(self.start_s) and math.isfinite(self.end_s) and self.end_s >= self.start_s):
            raise ValueError(f"a word ends after it starts, not [{self.start_s}, {self.end_s})")
        if not 0.0 <= self.probability <= 1.0:
            raise ValueError(f"a probability lies between 0 and 1, not {self.probability}")


@dataclass(frozen=True, slots=True)
class RawWindow:
    """What the recogniser heard in one window.

    Parameters
    ----------
    words : tuple of RawWord
        In the order in which they were said; may be empty.
    avg_logprob : float
        Mean natural log probability per token; 0 for an empty window.
    no_speech_prob : float
        The recogniser's own doubt that anybody speaks, 0 to 1, for the whole window.
    compression_ratio : float
        Length of the text over its length when compressed; loops are above 2.4.
    """

    words: tuple[RawWord, ...]
    avg_logprob: float = 0.0
    no_speech_prob: float = 0.0
    compression_ratio: float = 0.0


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of the recogniser.

    Parameters
    ----------
    language : str
        Language code, such as "en".
    beam_size : int
        Hypotheses followed at a time.
    hotwords : tuple of str
        Names and terms that the speakers are likely to use.
    careful : bool
        A second try at a window that came out badly: slower, and without repetitions.
    """

    language: str
    beam_size: int = 5
    hotwords: tuple[str, ...] = ()
    careful: bool = False


class Recognizer(Protocol):
    """A speech recogniser; deterministic, and without memory from one call to the next."""

    @property
    def id(self) -> str:
        """Which model this is, for the result file."""
        ...

    @property
    def languages(self) -> frozenset[str]:
        """Codes of the languages it knows; at least one."""
        ...

    def detect(self, windows: Sequence[Samples]) -> list[Mapping[str, float]]:
        """Return for each window the probability of each language."""
        ...

    def recognize(self, windows: Sequence[Samples], request: Request) -> list[RawWindow]:
        """Return what is said in each window, each on its own; at most 30 s a window."""
        ...
