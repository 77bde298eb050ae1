"""Inter-pausal units, from speech and words, and the turns they make up (docs/measures.md, section 1)."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.timeline import wording
from pipeline.timeline.bounds import check_numbers
from pipeline.timeline.spans import Span, SpanSet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.timeline.language import LanguagePack
    from pipeline.timeline.roles import Role
    from pipeline.timeline.voice import VoiceFeatures
    from pipeline.timeline.words import Word

FEW_WORDS = 2  # without a language pack, that few words are taken for a sign of listening
UNHEARD_S = 1.5  # signs of listening are shorter, and speech of this length has words
_MOSTLY = 0.5


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """Thresholds of speech, floor and turns, in seconds.

    Parameters
    ----------
    speech_join_s : float
        Pauses shorter than this are bridged in reported speech.
    ipu_gap_s : float
        An inter-pausal unit has no inner silence this long.
    backchannel_max_s : float
        A run of backchannels is at most this long together.
    resume_s : float
        The speaker resumes within this after a backchannel.
    turn_pause_s : float
        A party's units are one turn while its pauses are shorter than this.
    silence_min_s : float
        Nobody speaking this long is a silence.
    hold_min_s : float
        A silence this long is a hold even if nobody announced it.
    """

    speech_join_s: float = 0.3
    ipu_gap_s: float = 0.2
    backchannel_max_s: float = 2.0
    resume_s: float = 1.0
    turn_pause_s: float = 3.0
    silence_min_s: float = 3.0
    hold_min_s: float = 15.0

    def __post_init__(self) -> None:
        check_numbers(self)


class TurnKind(StrEnum):
    """What a stretch of speech is for the floor."""

    TURN = "turn"
    BACKCHANNEL = "backchannel"

    __hash__ = str.__hash__  # as of a role


@dataclass(frozen=True, slots=True)
class Ipu:
    """Inter-pausal unit: one party's speech without an inner silence of `ipu_gap_s` or more.

    Parameters
    ----------
    role : Role
    span : Span
        Seconds.
    words : tuple of Word
        Words whose middle lies in (or nearest to) the unit; may be empty.
    voice : VoiceFeatures or None
        At the unit's end.
    unheard : bool
        It has no words because the other spoke as well, on one channel: that proves nothing.
    """

    role: Role
    span: Span
    words: tuple[Word, ...] = ()
    voice: VoiceFeatures | None = None
    unheard: bool = False
    _judged: dict[str, tuple[LanguagePack | None, bool]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )  # the words are judged once: a unit that is moved (`pipeline.timeline.shift`) still says the same

    def __init__(
        self,
        role: Role,
        span: Span,
        words: tuple[Word, ...] = (),
        voice: VoiceFeatures | None = None,
        unheard: bool = False,
    ) -> None:  # by hand, as of a span
        set_role(self, role)
        set_span(self, span)
        set_words(self, words)
        set_voice(self, voice)
        set_unheard(self, unheard)
        set_judged(self, {})

    @property
    def heard_at_s(self) -> float:
        """Where it starts in the call as it was heard, seconds: what tells it from others, moved or not."""
        return self.span.start_s

    @property
    def said(self) -> tuple[Word, ...]:
        """The words, for what they say: where they are in time may be outdated."""
        return self.words

    def says_little(self, language: LanguagePack | None) -> bool:
        """Tell whether the words alone make no turn; without a pack: one or two of them."""
        if self.unheard:
            return False
        if language is None:
            return len(self.said) <= FEW_WORDS
        known = self._judged.get("says_little")
        if known is None or known[0] is not language:
            known = self._judged["says_little"] = (language, wording.only_listening(self.said, language))
        return known[1]

    def ends_asking(self, language: LanguagePack | None) -> bool:
        """Tell whether the words end with a question."""
        known = self._judged.get("ends_asking")
        if known is None or known[0] is not language:
            known = self._judged["ends_asking"] = (language, wording.ends_asking(self.said, language))
        return known[1]


set_role, set_span, set_words, set_voice, set_unheard, set_judged = (
    Ipu.__dict__[name].__set__
    for name in ("role", "span", "words", "voice", "unheard", "_judged")  # the slots
)


@dataclass(frozen=True)
class Turn:
    """One party's units, joined while the other says nothing but backchannels; or one run of those.

    Parameters
    ----------
    i : int
        Number in the call, by start.
    role : Role
    span : Span
        From the first unit's start to the last unit's end, seconds; pauses inside belong to it.
    ipus : tuple of Ipu
        At least one.
    kind : TurnKind
    """

    i: int
    role: Role
    span: Span
    ipus: tuple[Ipu, ...]
    kind: TurnKind

    def __init__(
        self, i: int, role: Role, span: Span, ipus: tuple[Ipu, ...], kind: TurnKind
    ) -> None:  # by hand, as of a span
        self.__dict__.update(i=i, role=role, span=span, ipus=ipus, kind=kind)

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """All words in order; may be empty."""
        if len(self.ipus) == 1:
            return self.ipus[0].words
        return tuple([word for ipu in self.ipus for word in ipu.words])

    @cached_property
    def text(self) -> str:
        """The words as written, single blanks between; empty when nothing was recognised."""
        return " ".join([word.text for word in self.words])

    @cached_property
    def speech(self) -> SpanSet:
        """The units' spans."""
        return SpanSet([ipu.span for ipu in self.ipus])


def build_ipus(
    role: Role,
    speech: SpanSet,
    words: Sequence[Word],
    settings: TurnSettings,
    voices: Mapping[float, VoiceFeatures | None] | None = None,
) -> tuple[Ipu, ...]:
    """Cut one party's speech into inter-pausal units and hand each its words.

    A word belongs to the unit it shares most time with, else to the nearest one.

    Parameters
    ----------
    role : Role
    speech : SpanSet
        That party's speech.
    words : sequence of Word
        Sorted by start.
    settings : TurnSettings
    voices : mapping of float to VoiceFeatures or None, optional
        The voice at each end of speech, by its time in seconds.

    Returns
    -------
    tuple of Ipu
        Empty when there is no speech; then the words are left out, as nothing places them.
    """
    spans = tuple(speech.bridged(settings.ipu_gap_s))
    if not spans:
        return ()
    held: list[list[Word]] = [[] for _ in spans]
    starts = [span.start_s for span in spans]
    voices = voices or {}
    hold, start_s, end_s, next_s = held[0].append, math.inf, -math.inf, -math.inf
    for word in words:
        if not (start_s <= word.start_s < end_s and word.end_s <= next_s):  # as long as it lies in the same
            near = bisect_left(starts, word.end_s)
            k = near - 1
            if not (near and spans[k].start_s <= word.start_s < spans[k].end_s):
                k = _nearest(spans, word.span, near)
            start_s, end_s = spans[k].start_s, spans[k].end_s
            next_s = starts[k + 1] if k + 1 < len(starts) else math.inf
            hold = held[k].append
        hold(word)
    return tuple(
        [Ipu(role, span, tuple(own), voices.get(span.end_s)) for span, own in zip(spans, held, strict=True)]
    )


def _nearest(spans: Sequence[Span], word: Span, near: int) -> int:
    """Return which span shares most time with a word, else lies nearest; `near`: the first one behind it."""
    candidates = range(max(0, near - 2), min(len(spans), near + 1))
    return max(candidates, key=lambda k: (spans[k].overlap_s(word), -_distance_s(spans[k], word)))


def with_unheard(units: Mapping[Role, Sequence[Ipu]], resume_s: float) -> dict[Role, tuple[Ipu, ...]]:
    """Mark what one channel leaves without words: the recogniser writes down one of two who speak at once.

    Only in what is longer than signs of listening are: `UNHEARD_S` of speech, its pauses shorter than
    `resume_s`, most of it in the other's speech.
    """
    marked = {}
    for role, own in units.items():
        others = SpanSet([unit.span for r, theirs in units.items() if r is not role for unit in theirs])
        speech = SpanSet([unit.span for unit in own])
        long = SpanSet(
            [
                span
                for span in speech.bridged(resume_s)
                if speech.overlap_s(span) >= UNHEARD_S
                and (speech.within(span) & others).duration_s >= _MOSTLY * speech.overlap_s(span)
            ]
        )
        marked[role] = tuple(
            [replace(u, unheard=True) if not u.words and long.overlap_s(u.span) > 0 else u for u in own]
        )
    return marked


def _distance_s(a: Span, b: Span) -> float:
    return max(0.0, a.start_s - b.end_s, b.start_s - a.end_s)
