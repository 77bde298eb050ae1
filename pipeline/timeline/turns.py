"""From speech and words to inter-pausal units and turns (definitions: docs/measures.md, section 1)."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.timeline import wording
from pipeline.timeline.roles import Role
from pipeline.timeline.spans import Span, SpanSet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

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


class TurnKind(StrEnum):
    """What a stretch of speech is for the floor."""

    TURN = "turn"
    BACKCHANNEL = "backchannel"


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
    )

    def says_little(self, language: LanguagePack | None) -> bool:
        """Tell whether the words alone make no turn; without a pack: one or two of them."""
        if self.unheard:
            return False
        if language is None:
            return len(self.words) <= FEW_WORDS
        return self._known("says_little", wording.only_listening, language)

    def ends_asking(self, language: LanguagePack | None) -> bool:
        """Tell whether the words end with a question."""
        return self._known("ends_asking", wording.ends_asking, language)

    def _known(
        self,
        name: str,
        judge: Callable[[Sequence[Word], LanguagePack | None], bool],
        language: LanguagePack | None,
    ) -> bool:
        """Judge the words once: a unit that is moved (`pipeline.timeline.shift`) still says the same."""
        known = self._judged.get(name)
        if known is None or known[0] is not language:
            known = self._judged[name] = (language, judge(self.words, language))
        return known[1]


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

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """All words in order; may be empty."""
        return tuple(word for ipu in self.ipus for word in ipu.words)

    @cached_property
    def text(self) -> str:
        """The words as written, single blanks between; empty when nothing was recognised."""
        return " ".join(word.text for word in self.words)

    @cached_property
    def speech(self) -> SpanSet:
        """The units' spans."""
        return SpanSet(ipu.span for ipu in self.ipus)


def build_ipus(role: Role, speech: SpanSet, words: Sequence[Word], settings: TurnSettings) -> tuple[Ipu, ...]:
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

    Returns
    -------
    tuple of Ipu
        Empty when there is no speech; then the words are left out, as nothing places them.
    """
    spans = tuple(speech.bridged(settings.ipu_gap_s))
    if not spans:
        return ()
    starts = [span.start_s for span in spans]
    ends = [span.end_s for span in spans]
    held: list[list[Word]] = [[] for _ in spans]
    for word in words:
        span = word.span
        near = bisect_left(starts, span.end_s)
        if near and starts[near - 1] <= span.start_s < ends[near - 1]:  # in it, and reaches no later one
            held[near - 1].append(word)
        else:
            held[_nearest(spans, span, near)].append(word)
    return tuple([Ipu(role, span, tuple(own)) for span, own in zip(spans, held, strict=True)])


def _nearest(spans: Sequence[Span], word: Span, near: int) -> int:
    """Return which span shares most time with a word, else lies nearest; `near`: the first one behind it."""
    candidates = range(max(0, near - 2), min(len(spans), near + 1))
    return max(candidates, key=lambda k: (spans[k].overlap_s(word), -_distance_s(spans[k], word)))


def with_voices(
    units: Iterable[Ipu], speech: SpanSet, voices: Sequence[VoiceFeatures | None]
) -> tuple[Ipu, ...]:
    """Hand each unit the voice at its end: that of the last speech span in it.

    Parameters
    ----------
    units : iterable of Ipu
        Made of `speech`.
    speech : SpanSet
    voices : sequence of VoiceFeatures or None
        One per span of `speech`, in order.

    Raises
    ------
    ValueError
        If there are not as many as spans.
    """
    if len(voices) != len(speech):
        raise ValueError(f"voice features are given for {len(voices)} spans, but there are {len(speech)}")
    last = {}
    for span, voice in zip(speech, voices, strict=True):
        last[span.end_s] = voice
    return tuple([Ipu(unit.role, unit.span, unit.words, last.get(unit.span.end_s)) for unit in units])


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
    floor: dict[Role, list[Ipu]] = {role: list(own) for role, own in units.items()}
    for role in (Role.AGENT, Role.CUSTOMER):
        theirs = units.get(role.opposite, ())
        small: set[Span] = set()
        for run in _backchannels(units.get(role, ()), theirs, language, settings):
            runs.append((TurnKind.BACKCHANNEL, run))
            small.update(unit.span for unit in run)
        if role in floor:
            floor[role] = [unit for unit in floor[role] if unit.span not in small]
    for role, own in floor.items():
        if own:
            others = SpanSet(
                [u.span for r, us in floor.items() if r is not role and r is not Role.OTHER for u in us]
            )
            runs.extend((TurnKind.TURN, run) for run in _join(own, others, settings.turn_pause_s))
    runs.sort(key=_by_start)
    return tuple(
        Turn(i, run[0].role, Span(run[0].span.start_s, run[-1].span.end_s), run, kind)
        for i, (kind, run) in enumerate(runs)
    )


def _by_start(run: tuple[TurnKind, tuple[Ipu, ...]]) -> tuple[float, float, Role]:
    first = run[1][0]
    return first.span.start_s, first.span.end_s, first.role


def _join(own: Sequence[Ipu], others: SpanSet, pause_s: float) -> Iterable[tuple[Ipu, ...]]:
    run: list[Ipu] = []
    for unit in own:
        if run:
            gap_start, gap_end = run[-1].span.end_s, unit.span.start_s
            if gap_end - gap_start >= pause_s or others.meets(gap_start, gap_end):
                yield tuple(run)
                run = []
        run.append(unit)
    if run:
        yield tuple(run)


def _backchannels(
    mine: Sequence[Ipu], theirs: Sequence[Ipu], language: LanguagePack | None, settings: TurnSettings
) -> Iterable[tuple[Ipu, ...]]:
    """Runs of the listener's units that leave the floor where it is."""
    their_speech = SpanSet([unit.span for unit in theirs])
    for run in _small_runs(mine, theirs, language, settings):
        span = Span(run[0].span.start_s, run[-1].span.end_s)
        spoken_s = sum(unit.span.duration_s for unit in run)
        if spoken_s > settings.backchannel_max_s:
            continue
        before = their_speech.last_end(span.start_s)
        speaking = their_speech.at(span.start_s) is not None
        resumed = their_speech.next_start(span.start_s)
        goes_on = their_speech.at(span.end_s) is not None
        if not speaking and (before is None or span.start_s - before >= settings.turn_pause_s):
            continue  # nobody was speaking whom this could answer
        if not goes_on and (resumed is None or resumed - span.end_s > settings.resume_s):
            continue  # the speaker had finished: the short word is a turn of its own
        resumes_s = span.end_s if goes_on or resumed is None else resumed
        if _takes_floor(mine, run[-1], max(resumes_s, span.end_s + settings.speech_join_s)):
            continue
        yield run


def _small_runs(
    mine: Sequence[Ipu], theirs: Sequence[Ipu], language: LanguagePack | None, settings: TurnSettings
) -> Iterable[tuple[Ipu, ...]]:
    starts = [unit.span.start_s for unit in theirs]
    run: list[Ipu] = []
    for unit in mine:
        if run and unit.span.start_s - run[-1].span.end_s >= settings.resume_s:
            yield tuple(run)
            run = []
        small = unit.span.duration_s <= settings.backchannel_max_s and unit.says_little(language)
        if small and not run:
            before = bisect_left(starts, unit.span.end_s) - 1
            small = before < 0 or not _answers(unit, theirs[before], language, settings.resume_s)
        if small:
            run.append(unit)
        elif run:
            yield tuple(run)
            run = []
    if run:
        yield tuple(run)


def _answers(unit: Ipu, theirs: Ipu, language: LanguagePack | None, within_s: float) -> bool:
    """Tell whether a short word answers the question that the other has just ended: then it is a turn."""
    since_s = unit.span.start_s - theirs.span.end_s
    stopped = -_TOUCH_S <= since_s <= within_s and theirs.span.end_s <= unit.span.end_s
    return stopped and bool(unit.words) and theirs.ends_asking(language)


def _takes_floor(mine: Sequence[Ipu], last: Ipu, until_s: float) -> bool:
    """Tell whether the listener speaks on, with words of substance, before `until_s`."""
    k = bisect_left(mine, last.span.end_s, key=lambda unit: unit.span.start_s)
    return k < len(mine) and mine[k].span.start_s < until_s
