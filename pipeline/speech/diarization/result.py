"""What diarization gives: who spoke when on a shared channel, and where that is in doubt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pipeline.timeline import SpanSet

DIGITS = 3  # times are stored to the millisecond
LABELS = "ABCDEFGH"


@dataclass(frozen=True)
class Speaker:
    """One voice.

    Parameters
    ----------
    spans : SpanSet
        When it is heard, seconds; may overlap other speakers'.
    doubts : SpanSet
        Where it is in doubt that it is this voice: too short or too much like another one to be told.
    confidence : float
        How clearly it is told from the others, 0 to 1, over all of its speech.
    """

    spans: SpanSet
    doubts: SpanSet = field(default_factory=SpanSet)
    confidence: float = 1.0

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; times rounded to 1 ms."""
        return {
            "spans": self.spans.pairs(DIGITS),
            "doubts": self.doubts.pairs(DIGITS),
            "confidence": round(self.confidence, 3),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Speaker:
        """Read what `to_dict` wrote."""
        return cls(SpanSet.from_pairs(data["spans"]), SpanSet.from_pairs(data["doubts"]), data["confidence"])


@dataclass(frozen=True)
class Diarization:
    """All voices of a recording, in the order in which they are first heard.

    Parameters
    ----------
    speakers : tuple of Speaker
        Empty where nobody speaks.
    overlap : SpanSet
        Where more than one is heard.
    alike : float
        Largest cosine between two voices' means, -1 to 1: above about 0.83 hardly told apart; -1 with fewer
        than two voices, or where it is not known.
    """

    speakers: tuple[Speaker, ...]
    overlap: SpanSet = field(default_factory=SpanSet)
    alike: float = -1.0

    @property
    def labels(self) -> tuple[str, ...]:
        """The speakers' names: A, B, …"""
        return tuple(LABELS[: len(self.speakers)])

    @property
    def speech(self) -> SpanSet:
        """When anybody is heard."""
        return SpanSet(span for speaker in self.speakers for span in speaker.spans)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "speakers": [speaker.to_dict() for speaker in self.speakers],
            "overlap": self.overlap.pairs(DIGITS),
            "alike": round(self.alike, 3),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Diarization:
        """Read what `to_dict` wrote."""
        return cls(
            tuple(Speaker.from_dict(row) for row in data["speakers"]),
            SpanSet.from_pairs(data["overlap"]),
            data["alike"],
        )
