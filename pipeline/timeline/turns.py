"""From speech and words to inter-pausal units and turns (definitions: docs/measures.md, section 1)."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.timeline import wording
from pipeline.timeline.bounds import check_numbers
from pipeline.timeline.roles import Role
from pipeline.timeline.spans import Span, SpanSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.timeline.language import LanguagePack
    from pipeline.timeline.voice import VoiceFeatures
    from pipeline.timeline.words import Word

FEW_WORDS = 2  # without a language pack, that few words are taken for a sign of listening
UNHEARD_S = 1.5  # signs of listening are shorter, and speech of this length has words
_MOSTLY = 0.5
_TOUCH_S = 0.2  # an answer may begin in the question's last sound


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


def build_turns(
    units: Mapping[Role, Sequence[Ipu]], language: LanguagePack | None, settings: TurnSettings
) -> tuple[Turn, ...]:
    """Join two parties' units into turns and runs of backchannels, sorted by start.

    Parameters
    ----------
    units : mapping of Role to sequence of Ipu
        Agent and customer; a missing one never spoke. `Role.OTHER` is joined by pauses alone.
    language : LanguagePack or None
        What alone makes no turn; ``None``: any one or two words.
    settings : TurnSettings
    """
    runs: list[tuple[TurnKind, tuple[Ipu, ...]]] = []
    floor: dict[Role, Sequence[Ipu]] = dict(units)
    for role in (Role.AGENT, Role.CUSTOMER):
        mine, at = units.get(role, ()), 0
        left: list[Ipu] = []
        for first, behind in _backchannels(mine, units.get(role.opposite, ()), language, settings):
            runs.append((TurnKind.BACKCHANNEL, tuple(mine[first:behind])))
            left += mine[at:first]
            at = behind
        if at:
            floor[role] = [*left, *mine[at:]]
    for role, own in floor.items():
        if own:
            others = [floor[r] for r in floor if r is not role and r is not Role.OTHER]
            runs.extend((TurnKind.TURN, run) for run in _join(own, others, settings.turn_pause_s))
    runs.sort(key=_by_start)
    return tuple([Turn(i, run[0].role, _extent(run), run, kind) for i, (kind, run) in enumerate(runs)])


def _extent(run: Sequence[Ipu]) -> Span:
    first, last = run[0].span, run[-1].span
    return first if first is last else Span(first.start_s, last.end_s)


def _by_start(run: tuple[TurnKind, tuple[Ipu, ...]]) -> tuple[float, float, Role]:
    first = run[1][0]
    return first.span.start_s, first.span.end_s, first.role


def _join(own: Sequence[Ipu], others: Sequence[Sequence[Ipu]], pause_s: float) -> Iterable[tuple[Ipu, ...]]:
    """Runs of units with shorter pauses than `pause_s`, in which none of the others speaks."""
    edges = [([unit.span.start_s for unit in one], [unit.span.end_s for unit in one]) for one in others]
    first, last_s = 0, own[0].span.end_s
    for k, unit in enumerate(own):
        span = unit.span
        start_s = span.start_s
        if start_s > last_s:
            parted = start_s - last_s >= pause_s
            if not parted:
                for starts, ends in edges:
                    before = bisect_left(starts, start_s)
                    parted = parted or (before > 0 and ends[before - 1] > last_s)
            if parted:
                yield tuple(own[first:k])
                first = k
        last_s = span.end_s
    yield tuple(own[first:])


def _backchannels(
    mine: Sequence[Ipu], theirs: Sequence[Ipu], language: LanguagePack | None, settings: TurnSettings
) -> Iterable[tuple[int, int]]:
    """Runs of the listener's units that leave the floor where it is: the first one's place, and the end's."""
    starts, ends = [unit.span.start_s for unit in theirs], [unit.span.end_s for unit in theirs]
    for first, behind in _small_runs(mine, theirs, starts, language, settings):
        run = mine[first:behind]
        start_s, end_s = run[0].span.start_s, run[-1].span.end_s
        if sum(unit.span.duration_s for unit in run) > settings.backchannel_max_s:
            continue
        begun = bisect_right(starts, start_s)
        speaking = begun > 0 and start_s < ends[begun - 1]
        heard_s = ends[begun - 1] if begun else -math.inf
        if not speaking and start_s - heard_s >= settings.turn_pause_s:
            continue  # nobody was speaking whom this could answer
        if not speaking and first and mine[first - 1].span.end_s > heard_s:
            continue  # the listener spoke last
        following = bisect_left(starts, start_s)
        resumed = starts[following] if following < len(starts) else None
        begun = bisect_right(starts, end_s)
        goes_on = begun > 0 and end_s < ends[begun - 1]
        if not goes_on and (resumed is None or resumed - end_s > settings.resume_s):
            continue  # the speaker had finished: the short word is a turn of its own
        resumes_s = end_s if goes_on or resumed is None else resumed
        until_s = max(resumes_s, end_s + settings.speech_join_s)
        if behind < len(mine) and mine[behind].span.start_s < until_s:
            continue  # the listener speaks on, with words of substance
        yield first, behind


def _small_runs(
    mine: Sequence[Ipu],
    theirs: Sequence[Ipu],
    starts: Sequence[float],
    language: LanguagePack | None,
    settings: TurnSettings,
) -> Iterable[tuple[int, int]]:
    """Runs of units that say little, by the first one's place and the end's; `starts`: of `theirs`."""
    resume_s, most_s = settings.resume_s, settings.backchannel_max_s
    small = [
        k
        for k, unit in enumerate(mine)
        if unit.span.end_s - unit.span.start_s <= most_s and unit.says_little(language)
    ]
    first = behind = -1
    for k in small:
        span = mine[k].span
        if first >= 0 and (k > behind or span.start_s - mine[k - 1].span.end_s >= resume_s):
            yield first, behind
            first = -1
        if first < 0:
            before = bisect_left(starts, span.end_s) - 1
            if before >= 0 and _answers(mine[k], theirs[before], language, resume_s):
                continue
            first = k
        behind = k + 1
    if first >= 0:
        yield first, behind


def _answers(unit: Ipu, theirs: Ipu, language: LanguagePack | None, within_s: float) -> bool:
    """Tell whether a short word answers the question that the other has just ended: then it is a turn."""
    since_s = unit.span.start_s - theirs.span.end_s
    stopped = -_TOUCH_S <= since_s <= within_s and theirs.span.end_s <= unit.span.end_s
    return stopped and bool(unit.words) and theirs.ends_asking(language)
