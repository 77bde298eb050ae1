"""What the stages of one call have stored: all that a score needs, without audio or model."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.speech import CrosstalkEstimate
from pipeline.stages.moves import stored_moves
from pipeline.timeline import Span, SpanSet, VoiceFeatures
from pipeline.timeline.notes import Note
from pipeline.words import Transcript

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipeline.checklist import OtherCall
    from pipeline.timeline import Move

SPEECH_WITHOUT_WORDS = "speech_without_words"  # code of the note: much of a speaker was not understood
VOICES_ALIKE = "voices_alike"  # code of the note: two speakers of a shared channel are hardly told apart


@dataclass(frozen=True)
class SourceFacts:
    """The recording's file and what the user knows of the call."""

    name: str
    sha256: str
    recorded_at: str | None = None
    agent: str | None = None
    customer: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AudioFacts:
    """What decoding found.

    Parameters
    ----------
    duration_s : float
    rate_hz, channels : int
        Of the file, not of the decoded samples.
    layout : str
        ``dual``, ``dual_mono`` or ``mono``.
    used : tuple of int
        Channels that are analysed: two for dual, one otherwise.
    quality : mapping of channel to its numbers
    notes : tuple of Note
    """

    duration_s: float
    rate_hz: int
    channels: int
    layout: str
    used: tuple[int, ...]
    quality: Mapping[int, dict[str, Any]]
    notes: tuple[Note, ...] = ()

    @property
    def is_dual(self) -> bool:
        """Whether the parties have a channel each."""
        return self.layout == "dual"


@dataclass(frozen=True)
class HeardChannel:
    """One party's speech after all witnesses were heard: of a channel, or of a speaker on a shared one.

    Parameters
    ----------
    spans : SpanSet
        The decision.
    agreement : float or None
        Frame agreement of the detectors, 0 to 1.
    compared_s : float
        Seconds over which they were compared.
    disputed : SpanSet
        Where they disagree.
    voices : tuple of VoiceFeatures
        How the voice behaves at the end of each of `spans`.
    crosstalk : mapping
        Estimate of the other party's leak, for the quality block; empty if there is none.
    label : str
        Name of the speaker, such as A; empty where the party has a channel.
    level_dbfs : float or None
        Level of a speaker's speech on a shared channel, where nobody else is heard.
    """

    spans: SpanSet
    agreement: float | None
    compared_s: float
    disputed: SpanSet
    voices: tuple[VoiceFeatures, ...]
    crosstalk: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
    level_dbfs: float | None = None


@dataclass(frozen=True)
class StoredCall:
    """One call as its stages left it.

    Parameters
    ----------
    heard : mapping of party to HeardChannel
        A party is a channel's number; on a shared channel a speaker's, or the channel's own where the
        speakers are not told apart.
    moves : mapping of party to tuple of Move
        By who is the agent.
    heard_notes : tuple of Note
        What a reader should know of how the parties were told apart.
    later_calls : tuple of OtherCall or None
        Of the same customer, see `pipeline.stages.later`; ``None``: not linked.
    """

    call_id: str
    source: SourceFacts
    audio: AudioFacts
    heard: Mapping[int, HeardChannel]
    transcript: Transcript | None
    moves: Mapping[int, tuple[Move, ...]]
    moves_notes: tuple[Note, ...]
    models: Mapping[str, tuple[str, str]]
    elapsed_s: Mapping[str, float]
    heard_notes: tuple[Note, ...] = ()
    later_calls: tuple[OtherCall, ...] | None = None

    @property
    def labels(self) -> dict[int, str]:
        """Names of the speakers by party; empty for the channels of a dual recording."""
        return {party: own.label for party, own in self.heard.items() if own.label}


@dataclass(frozen=True)
class StageData:
    """The stages' artifacts as they are stored, and what made them."""

    call_id: str
    source: Mapping[str, Any]
    audio: Mapping[str, Any]
    heard: Mapping[str, Any]
    moves: Mapping[str, Any]
    models: Mapping[str, Iterable[str]]
    elapsed_s: Mapping[str, float]

    def to_call(self) -> StoredCall:
        """Return the artifacts as typed values."""
        used = tuple(self.audio["used"])
        moves, moves_notes = stored_moves(self.moves)
        names = ("name", "sha256", "recorded_at", "agent", "customer", "metadata")
        return StoredCall(
            call_id=self.call_id,
            source=SourceFacts(**{name: self.source[name] for name in names}),
            audio=AudioFacts(
                duration_s=self.audio["duration_s"],
                rate_hz=self.audio["rate_hz"],
                channels=self.audio["channels"],
                layout=self.audio["layout"],
                used=used,
                quality={int(channel): numbers for channel, numbers in self.audio["quality"].items()},
                notes=_notes(self.audio["notes"]),
            ),
            heard=_heard(self.heard, parties_of(self.heard, self.audio)),
            transcript=Transcript.from_dict(self.heard["words"]) if self.heard["words"] else None,
            moves=moves,
            moves_notes=moves_notes,
            models={name: (found, digest) for name, (found, digest) in self.models.items()},
            elapsed_s=self.elapsed_s,
            heard_notes=_notes(self.heard.get("notes", ())),
        )


def parties_of(heard: Mapping[str, Any], audio: Mapping[str, Any]) -> tuple[int, ...]:
    """Return who is told apart in a stored stage ``heard``: speakers, or else the channels used."""
    return tuple(heard.get("parties", audio["used"]))


def _heard(data: Mapping[str, Any], parties: tuple[int, ...]) -> dict[int, HeardChannel]:
    speech, voices = data["speech"], data["voices"]
    leaks = {leak["target"]: CrosstalkEstimate.from_dict(leak).to_dict() for leak in speech["crosstalk"]}
    labels, levels = data.get("labels", ()), data.get("levels_dbfs", {})
    return {
        channel: HeardChannel(
            spans=SpanSet.from_pairs(own["spans"]),
            agreement=own["agreement"],
            compared_s=_covered_s(own["witnesses"].values()),
            disputed=SpanSet.from_pairs(one["span"] for one in own["disputed"]),
            voices=tuple(VoiceFeatures.from_dict(row) for row in voices[str(channel)]),
            crosstalk=leaks.get(channel, {}),
            label=labels[channel] if labels else "",
            level_dbfs=levels.get(str(channel)),
        )
        for channel, own in zip(parties, speech["channels"], strict=True)
    }


def _covered_s(tracks: Iterable[Iterable[list[float]]]) -> float:
    """Return how long any witness hears speech: no score looks at their many spans one by one."""
    lengths: list[float] = []
    from_s = until_s = -math.inf
    for start_s, end_s in sorted(pair for track in tracks for pair in track):
        if start_s > until_s:
            lengths.append(until_s - from_s)
            from_s, until_s = start_s, end_s
        else:
            until_s = max(until_s, end_s)
    lengths.append(until_s - from_s)
    return math.fsum(lengths[1:])


def _notes(rows: Iterable[Mapping[str, Any]]) -> tuple[Note, ...]:
    return tuple(
        Note(row["code"], row["message"], Span(*row["span"]) if row.get("span") else None) for row in rows
    )
