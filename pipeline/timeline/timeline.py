"""A call on one time axis: who spoke when, in which turns. The input of every measure."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.timeline.joining import build_turns
from pipeline.timeline.roles import Role
from pipeline.timeline.spans import Span, SpanSet
from pipeline.timeline.turns import (
    Turn,
    TurnKind,
    TurnSettings,
    build_ipus,
    with_unheard,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.timeline.language import LanguagePack
    from pipeline.timeline.voice import VoiceFeatures
    from pipeline.timeline.words import Word


@dataclass(frozen=True)
class Clues:
    """What else was heard, and how far the hearing can be trusted. All of it may be missing.

    Parameters
    ----------
    voices : mapping of Role to sequence of VoiceFeatures or None
        One per span of that role's speech, in order: the voice at its end.
    doubts : mapping of Role to SpanSet
        Where it is disputed whether this party speaks: witnesses differ, or leaks are not quite removed.
        What has recognised words is taken for speech all the same.
    faint : mapping of Role to SpanSet
        Part of the doubts, words or not: so far below the party that it may be other people in the room.
    filled : SpanSet
        Where music or tones fill the line: a silence there is a hold.
    overlap_reliable : bool
        ``False`` where the parties share a channel, so that speech of both at once may be lost.
    delay_s : float
        Known one-way delay of the line, seconds: what is recorded here is heard there that much later.
    """

    voices: Mapping[Role, Sequence[VoiceFeatures | None]] = field(default_factory=dict)
    doubts: Mapping[Role, SpanSet] = field(default_factory=dict)
    faint: Mapping[Role, SpanSet] = field(default_factory=dict)
    filled: SpanSet = field(default_factory=SpanSet)
    overlap_reliable: bool = True
    delay_s: float = 0.0


@dataclass(frozen=True)
class Timeline:
    """One call: speech per role and the turns made of it.

    Parameters
    ----------
    duration_s : float
        Length of the recording in seconds, > 0.
    speech : mapping of Role to SpanSet
        All three roles are present; a silent one has an empty set. Pauses are kept as they are.
    turns : tuple of Turn
        Turns and runs of backchannels, sorted by start.
    settings : TurnSettings
        What the turns were built with.
    language : LanguagePack or None
        Of the words; ``None``: no pack for this language, or no words.
    clues : Clues
    """

    duration_s: float
    speech: Mapping[Role, SpanSet]
    turns: tuple[Turn, ...]
    settings: TurnSettings
    language: LanguagePack | None = None
    clues: Clues = field(default_factory=Clues)

    @property
    def extent(self) -> Span | None:
        """The whole recording; ``None`` if it has no length."""
        return Span(0.0, self.duration_s) if self.duration_s > 0 else None

    @cached_property
    def anybody(self) -> SpanSet:
        """Time in which at least one voice is heard."""
        return self.speech[Role.AGENT] | self.speech[Role.CUSTOMER] | self.speech[Role.OTHER]

    @cached_property
    def overlap(self) -> SpanSet:
        """Time in which agent and customer are both heard."""
        return self.speech[Role.AGENT] & self.speech[Role.CUSTOMER]

    @cached_property
    def reported(self) -> Mapping[Role, SpanSet]:
        """Speech as it is reported: pauses shorter than ``speech_join_s`` bridged."""
        return {role: own.bridged(self.settings.speech_join_s) for role, own in self.speech.items()}

    @cached_property
    def nobody(self) -> SpanSet:
        """Time in which no voice is heard, however short, edges of the call included."""
        return SpanSet() if self.extent is None else self.anybody.gaps(self.extent)

    @cached_property
    def silences(self) -> SpanSet:
        """Stretches of `nobody` of at least ``silence_min_s``."""
        return self.nobody.at_least(self.settings.silence_min_s)

    def turns_of(self, role: Role, kind: TurnKind = TurnKind.TURN) -> tuple[Turn, ...]:
        """Return one party's turns (or runs of backchannels), in order."""
        return self._turns_by.get((role, kind), ())

    @cached_property
    def _turns_by(self) -> dict[tuple[Role, TurnKind], tuple[Turn, ...]]:
        found: dict[tuple[Role, TurnKind], list[Turn]] = {}
        for turn in self.turns:
            found.setdefault((turn.role, turn.kind), []).append(turn)
        return {which: tuple(turns) for which, turns in found.items()}


def build_timeline(
    duration_s: float,
    speech: Mapping[Role, SpanSet],
    words: Mapping[Role, Sequence[Word]],
    language: LanguagePack | None,
    settings: TurnSettings,
    clues: Clues | None = None,
) -> Timeline:
    """Lay speech and words of both parties on one axis and find the turns.

    Parameters
    ----------
    duration_s : float
        Seconds.
    speech : mapping of Role to SpanSet
        From the audio, leaked speech left out. What lies beyond `duration_s` is cut off.
    words : mapping of Role to sequence of Word
        Sorted by start.
    language : LanguagePack or None
        ``None`` where there is none for this language, or no words were recognised.
    settings : TurnSettings
    clues : Clues, optional

    Raises
    ------
    ValueError
        If `clues` holds not as many voice features as there are spans.
    """
    clues = clues or Clues()
    extent = Span(0.0, duration_s) if duration_s > 0 else None
    full = {role: speech.get(role, SpanSet()).within(extent) if extent else SpanSet() for role in Role}
    units = {
        role: build_ipus(
            role, full[role], words.get(role, ()), settings, _voices_at_ends(role, speech, clues)
        )
        for role in Role
    }
    if not clues.overlap_reliable:
        units = with_unheard(units, settings.resume_s)
    turns = build_turns(units, language, settings)
    return Timeline(duration_s, full, turns, settings, language, clues)


def _voices_at_ends(
    role: Role, speech: Mapping[Role, SpanSet], clues: Clues
) -> dict[float, VoiceFeatures | None]:
    """Return the voice at each end of a party's speech: a unit ends with a speech span."""
    spans, voices = speech.get(role, ()), clues.voices.get(role)
    if voices is None:
        return {}
    if len(voices) != len(spans):
        raise ValueError(f"voice features are given for {len(voices)} spans, but there are {len(spans)}")
    return {span.end_s: voice for span, voice in zip(spans, voices, strict=True)}
