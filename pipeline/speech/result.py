"""What the speech stage gives: who was heard when, by which witness, and how well they agree."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from pipeline.speech.crosstalk import CrosstalkEstimate
from pipeline.timeline import Span, SpanSet

DIGITS = 3  # times are stored to the millisecond


@dataclass(frozen=True)
class Disputed:
    """A stretch that some witnesses hear as speech and others do not.

    Parameters
    ----------
    span : Span
        Where, in seconds.
    heard_by : tuple of str
        Names of the witnesses that hear speech in most of it; may be empty where they take turns.
    """

    span: Span
    heard_by: tuple[str, ...]


@dataclass(frozen=True)
class ChannelSpeech:
    """The speech of one channel.

    Parameters
    ----------
    spans : SpanSet
        The decision: edges within about 20 ms, true pauses kept. Empty where nobody speaks.
    candidates : SpanSet
        Everything that any witness hears, generously: what is worth transcribing, so that the words can be
        a witness too.
    witnesses : dict of str to SpanSet
        What each detector heard by itself, by its name.
    agreement : float or None
        Share of the frames in which the independent detectors say the same, over the frames in which any of
        them hears speech, 0 to 1; ``None`` where none hears any.
    disputed : tuple of Disputed
        Where they differ for more than a moment.
    background : SpanSet
        What was taken for other people in the room, far below the party; no part of `spans`.
    faint : SpanSet
        What may be theirs; part of `spans`.
    """

    spans: SpanSet
    candidates: SpanSet = field(default_factory=SpanSet)
    witnesses: dict[str, SpanSet] = field(default_factory=dict)
    agreement: float | None = None
    disputed: tuple[Disputed, ...] = ()
    background: SpanSet = field(default_factory=SpanSet)
    faint: SpanSet = field(default_factory=SpanSet)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; times rounded to 1 ms."""
        witnesses = {name: heard.pairs(DIGITS) for name, heard in self.witnesses.items()}
        return {
            "spans": self.spans.pairs(DIGITS),
            "candidates": self.candidates.pairs(DIGITS),
            "witnesses": witnesses,
            "compared_s": SpanSet.from_pairs(chain.from_iterable(witnesses.values())).duration_s,
            "agreement": None if self.agreement is None else round(self.agreement, 4),
            "disputed": [
                {"span": pair, "heard_by": list(d.heard_by)}
                for d in self.disputed
                for pair in SpanSet((d.span,)).pairs(DIGITS)
            ],
            "background": self.background.pairs(DIGITS),
            "faint": self.faint.pairs(DIGITS),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ChannelSpeech:
        """Read what `to_dict` wrote."""
        return cls(
            spans=SpanSet.from_pairs(data["spans"]),
            candidates=SpanSet.from_pairs(data["candidates"]),
            witnesses={name: SpanSet.from_pairs(pairs) for name, pairs in data["witnesses"].items()},
            agreement=data["agreement"],
            disputed=tuple(Disputed(Span(*d["span"]), tuple(d["heard_by"])) for d in data["disputed"]),
            background=SpanSet.from_pairs(data["background"]),
            faint=SpanSet.from_pairs(data["faint"]),
        )


@dataclass(frozen=True)
class SpeechResult:
    """The speech of all channels asked for, in their order, and the cross-talk between them."""

    channels: tuple[ChannelSpeech, ...]
    crosstalk: tuple[CrosstalkEstimate, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "channels": [channel.to_dict() for channel in self.channels],
            "crosstalk": [estimate.to_dict() for estimate in self.crosstalk],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SpeechResult:
        """Read what `to_dict` wrote."""
        return cls(
            channels=tuple(ChannelSpeech.from_dict(channel) for channel in data["channels"]),
            crosstalk=tuple(CrosstalkEstimate.from_dict(estimate) for estimate in data["crosstalk"]),
        )
