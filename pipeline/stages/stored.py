"""What the stages of one call have stored: all that a score needs, without audio or model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from pipeline.speech import CrosstalkEstimate
from pipeline.stages.moves import MoveData, StoredMoves
from pipeline.timeline import RoleDecision, Span, SpanSet, VoiceFeatures
from pipeline.timeline.notes import Note
from pipeline.words import Transcript

if TYPE_CHECKING:
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
class Waveform:
    """What a page draws of the sound: peaks 0-255 by channel, as base64, `points_per_s` of them a second."""

    points_per_s: int = 1
    peaks: Mapping[int, str] = field(default_factory=dict)


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
    waveform : Waveform
    """

    duration_s: float
    rate_hz: int
    channels: int
    layout: str
    used: tuple[int, ...]
    quality: Mapping[int, dict[str, Any]]
    notes: tuple[Note, ...] = ()
    waveform: Waveform = field(default_factory=Waveform)

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
    faint : SpanSet
        Speech that may be other people's in the room.
    """

    spans: SpanSet
    agreement: float | None
    compared_s: float
    disputed: SpanSet
    voices: tuple[VoiceFeatures, ...]
    crosstalk: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
    level_dbfs: float | None = None
    faint: SpanSet = field(default_factory=SpanSet)


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
    roles : RoleDecision or None
        Who is the agent by what is said and by whom first; ``None``: not told, as without words.
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
    roles: RoleDecision | None = None
    later_calls: tuple[OtherCall, ...] | None = None

    @property
    def labels(self) -> dict[int, str]:
        """Names of the speakers by party; empty for the channels of a dual recording."""
        return {party: own.label for party, own in self.heard.items() if own.label}


# What the stages' files hold, as far as a score needs it: the rest of them is skipped in reading.

Pair = tuple[float, float]


class NoteData(msgspec.Struct):
    """A note of a stage."""

    code: str
    message: str
    span: Pair | None = None

    def to_note(self) -> Note:
        """Return it as a value."""
        return Note(self.code, self.message, Span(*self.span) if self.span else None)


class AudioData(msgspec.Struct):
    """The stage ``audio``; see `AudioFacts`."""

    duration_s: float
    rate_hz: int
    channels: int
    layout: str
    used: tuple[int, ...]
    quality: dict[int, dict[str, Any]]
    notes: list[NoteData]
    waveform: Waveform

    def to_facts(self) -> AudioFacts:
        """Return it as a value."""
        return AudioFacts(
            self.duration_s,
            self.rate_hz,
            self.channels,
            self.layout,
            self.used,
            self.quality,
            tuple(note.to_note() for note in self.notes),
            self.waveform,
        )


class DisputedData(msgspec.Struct):
    """A stretch about which the witnesses of a channel disagree."""

    span: Pair


class ChannelData(msgspec.Struct):
    """The speech of one party."""

    spans: list[Pair]
    agreement: float | None
    disputed: list[DisputedData]
    compared_s: float
    faint: list[Pair] = []


class SpeechData(msgspec.Struct):
    """The speech of all parties."""

    channels: list[ChannelData]
    crosstalk: list[CrosstalkEstimate]


class HeardData(msgspec.Struct):
    """The stage ``heard``; `parties` and what follows are of speakers on a shared channel."""

    speech: SpeechData
    voices: dict[int, tuple[VoiceFeatures, ...]]
    words: dict[str, Any] | None
    parties: tuple[int, ...] | None = None
    labels: tuple[str, ...] = ()
    levels_dbfs: dict[int, float | None] = {}
    notes: tuple[NoteData, ...] = ()

    def by_party(self, used: tuple[int, ...]) -> dict[int, HeardChannel]:
        """Return what was heard of each speaker, or else of each channel in `used`."""
        leaks = {leak.target: leak.to_dict() for leak in self.speech.crosstalk}
        parties = used if self.parties is None else self.parties
        return {
            party: HeardChannel(
                spans=SpanSet.from_pairs(own.spans),
                agreement=own.agreement,
                compared_s=own.compared_s,
                disputed=SpanSet.from_pairs(one.span for one in own.disputed),
                voices=self.voices[party],
                crosstalk=leaks.get(party, {}),
                label=self.labels[party] if self.labels else "",
                level_dbfs=self.levels_dbfs.get(party),
                faint=SpanSet.from_pairs(own.faint),
            )
            for party, own in zip(parties, self.speech.channels, strict=True)
        }


class MovesData(msgspec.Struct):
    """The stage ``moves``."""

    by_agent: dict[int, list[MoveData]]
    notes: list[NoteData]
    roles: RoleDecision | None = None


class StageData(msgspec.Struct):
    """The stages' artifacts of one call as they are stored."""

    source: SourceFacts
    audio: AudioData
    heard: HeardData
    moves: MovesData

    @classmethod
    def of(cls, **stages: Mapping[str, Any]) -> StageData:
        """Take them from what stages gave, by their names, before it is stored."""
        return msgspec.convert(stages, cls, str_keys=True)

    def to_call(
        self, call_id: str, models: Mapping[str, tuple[str, str]], elapsed_s: Mapping[str, float]
    ) -> StoredCall:
        """Return the artifacts as typed values, with what made them."""
        words = self.heard.words
        return StoredCall(
            call_id=call_id,
            source=self.source,
            audio=self.audio.to_facts(),
            heard=self.heard.by_party(self.audio.used),
            transcript=Transcript.from_dict(words) if words else None,
            moves=StoredMoves(self.moves.by_agent),
            moves_notes=tuple(note.to_note() for note in self.moves.notes),
            models=models,
            elapsed_s=elapsed_s,
            heard_notes=tuple(note.to_note() for note in self.heard.notes),
            roles=self.moves.roles,
        )


def parties_of(heard: Mapping[str, Any], audio: Mapping[str, Any]) -> tuple[int, ...]:
    """Return who is told apart in a stored stage ``heard``: speakers, or else the channels used."""
    return tuple(heard.get("parties", audio["used"]))
