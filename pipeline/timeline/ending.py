"""Cut off or finished? How a stretch of speech ended, as a probability with its reasons.

Several kinds of evidence are added up as log-odds (positive = cut off): the voice at the end, what the party
does next, the last words, and how long both spoke. None decides alone, and the recogniser's full stop least
of all: it is put behind cut sentences as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from pipeline.timeline import wording
from pipeline.timeline.roles import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.timeline.language import LanguagePack
    from pipeline.timeline.voice import VoiceFeatures
    from pipeline.timeline.words import Word

# Voice and the recogniser's own doubt: a balanced logistic regression on 292 ends of lines of 15 rendered
# calls (23 cut off or left open) with the product's own speech edges and words, rounded. On calls that were
# left out the area under the curve was .86 (voice), .86 (doubt), .93 (both). The other weights below were set
# by hand with the same calls in view.
_VOICE_BASE = 0.1
_DROP_WEIGHT, _DROP_MIDDLE_DB, _DROP_UNIT_DB, _DROP_RANGE_DB = 1.2, -8.0, 8.0, (-20.0, 2.0)
_FALL_WEIGHT, _FALL_MIDDLE_S, _FALL_UNIT_S, _FALL_RANGE_S = -1.0, 0.1, 0.1, (0.0, 0.3)
_PITCH_WEIGHT, _PITCH_UNIT = 0.3, math.log(1.2)  # three semitones above or below the party's own median
_PITCH_OCTAVE = math.log(1.6)  # further off it is an error of the pitch tracker
_VOICE_RANGE = (-1.5, 2.0)  # a closing consonant is quiet as well: the voice alone proves no finish
_DOUBT_BASE, _DOUBT_PER_UNIT, _DOUBT_UNIT = -1.2, 1.8, 0.2
_DOUBT_RANGE = (-1.0, 2.0)
_DOUBT_WORDS = (4, 10)  # compared with at least, at most so many words before

# Words and next turn: by how often they were met at the ends of those lines, shrunk, as cut ones are few.
# An ellipsis: at 41 % of the cut, at none of 283 finished; no mark 21 : 3 %; a full stop 34 : 82 %; an open
# last word 8 : 1. A word behind which hardly anything comes ("though"): at none of 67 cut lines of written
# calls, at 1 % of 1,166 finished ones: what it weighs is judgement. A word that may end a sentence, and an
# answer's first word in the next turn: no more often than elsewhere. A phrase of resumption or a repeated
# ending: 29 : 2 %. An objection: 59 : 6 %, but people object after they have finished as well, in worse
# calls than these: it counts for little.
_OPEN_WORD, _MAYBE_OPEN_WORD, _CLOSING_WORD, _ELLIPSIS = 2.0, 0.2, -0.8, 1.8
_NO_MARK, _FULL_STOP, _QUESTION_MARK = 0.8, -0.2, -0.8
_SAYS_UNFINISHED, _REPEATS, _MATTER_TWO, _MATTER_ONE = 2.0, 1.6, 1.2, 0.5
_OBJECTS, _NOTHING_TAKEN_UP, _ANSWERS = 0.8, -0.3, -0.2
_RESTARTS = 2.0
_OVERLAP_BASE, _PAUSE_BASE = -0.3, -1.0  # most changes of turn are ordinary, in pauses more so
_SHARED_MIDDLE_S = 0.3  # of shared speech: below it an ordinary change of turns is likelier, above it less so
_SHARED_BELOW_PER_S, _SHARED_ABOVE_PER_S, _SHARED_RANGE = 15.0, 5.0, (-2.0, 1.0)
# Over speech on one channel, from 37 such ends of rendered calls: how long both spoke is known only to about
# 0.08 s; the last word is heard through the other's voice, so that doubt of it says half as much; and the
# recogniser writes on into what the other says, so that a full stop says more.
_SHARED_MIXED_BELOW_PER_S, _SHARED_MIXED_RANGE = 7.0, (-1.5, 1.0)
_DOUBT_MIXED, _FULL_STOP_MIXED = 0.5, -0.5

CUT_OFF = 0.5  # chance of a cut from which somebody is taken to have been cut off, below it to have finished


@dataclass(frozen=True, slots=True)
class EndingClues:
    """What is known about the end of a stretch of Y's speech, when X takes over.

    Parameters
    ----------
    words : sequence of Word
        Of the stretch.
    voice : VoiceFeatures or None
        At its end.
    others_words : sequence of Word
        What X said then.
    next_words : sequence of Word or None
        Y's next turn; ``None`` if Y has none.
    shared_s : float
        How long both spoke, seconds; 0 where X started in a pause.
    restarts : bool
        Y spoke again at once after X had started.
    one_channel : bool
        The parties share a channel: how long both spoke is roughly known, and what the recogniser doubts may
        be the mixture.
    """

    words: Sequence[Word] = ()
    voice: VoiceFeatures | None = None
    others_words: Sequence[Word] = ()
    next_words: Sequence[Word] | None = None
    shared_s: float = 0.0
    restarts: bool = False
    one_channel: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """The judgement.

    Parameters
    ----------
    cut_off : float
        Probability that the stretch was not finished, 0 to 1.
    why : mapping of str to float
        Log-odds per kind of evidence (positive = cut off) and the numbers behind them (``end_drop_db`` …).
    says_open : bool
        Whether there is positive evidence beyond the voice that Y was not done: an open sentence, a matter
        taken up again, or speaking on at once.
    open_sentence : bool
        Whether the last words leave a sentence open.
    """

    cut_off: float
    why: Mapping[str, float] = field(default_factory=dict)
    says_open: bool = False
    open_sentence: bool = False

    @property
    def confidence(self) -> float:
        """Of the likelier answer, 0.5 to 1."""
        return max(self.cut_off, 1 - self.cut_off)


def judge_ending(clues: EndingClues, language: LanguagePack | None) -> Ending:
    """Judge whether Y was cut off or had finished.

    Parameters
    ----------
    clues : EndingClues
        What is missing counts for neither side.
    language : LanguagePack or None
        ``None``: words count only by their marks and repetitions.

    Returns
    -------
    Ending
    """
    said = SaidAtEnd(clues.words, clues.others_words, clues.next_words, language)
    mixed = clues.words if clues.one_channel and clues.shared_s > 0 else None
    return said.ending(clues.voice, clues.shared_s, restarts=clues.restarts, mixed=mixed)


def leaves_open(words: Sequence[Word], language: LanguagePack | None) -> bool:
    """Tell whether words leave a sentence open at their end; see `Ending.open_sentence`."""
    return SaidAtEnd(words, (), (), language).open_sentence


class SaidAtEnd:
    """What words tell of an ending, whenever they were said; the next turn is looked at if it is asked for.

    Parameters
    ----------
    words, others_words, next_words : sequence of Word
        See `EndingClues`.
    language : LanguagePack or None
    """

    __slots__ = (
        "_doubt",
        "_language",
        "_next_turn",
        "_next_words",
        "_others_words",
        "_taken_up",
        "_voice",
        "_words",
        "asked",
        "mark",
        "word",
    )

    def __init__(
        self,
        words: Sequence[Word],
        others_words: Sequence[Word],
        next_words: Sequence[Word] | None,
        language: LanguagePack | None,
    ) -> None:
        self._words, self._others_words, self._next_words = words, others_words, next_words
        self._language = language
        self._taken_up: float | None = None
        self._next_turn: float | None = None
        self._doubt: float | None = None
        self._voice: tuple[VoiceFeatures, float, dict[str, float]] | None = None
        self.word = _last_word(words, language)
        self.asked = wording.ends_asking(words, language)
        self.mark = _last_mark(words, self.asked)

    @property
    def next_turn(self) -> float:
        """What the next turn tells, as log-odds."""
        if self._next_turn is None:
            told = self.taken_up
            if told < _MATTER_TWO and self._language is not None and self._words and self._next_words:
                told = _answered(told, self._others_words, self._next_words, self._language)
            self._next_turn = told
        return self._next_turn

    @property
    def taken_up(self) -> float:
        """What of it tells that the next turn takes the matter up again, as log-odds, 0 or more."""
        if self._taken_up is None:
            self._taken_up = _taken_up(self._words, self._others_words, self._next_words, self._language)
        return self._taken_up

    @property
    def doubt(self) -> float:
        """What the recogniser's own doubt tells, as log-odds."""
        if self._doubt is None:
            self._doubt = _doubt(self._words)
        return self._doubt

    def _heard(self, voice: VoiceFeatures) -> tuple[float, dict[str, float]]:
        """What the voice tells, and its numbers: mostly the same one is asked for again."""
        if self._voice is None or self._voice[0] is not voice:
            self._voice = (voice, *_voice(voice))
        return self._voice[1:]

    @property
    def open_sentence(self) -> bool:
        """See `Ending.open_sentence`; who is asked may answer at once."""
        return not self.asked and (self.word >= _OPEN_WORD or self.mark >= _ELLIPSIS)

    @property
    def says_unfinished(self) -> bool:
        """Whether the next turn says that this one was not finished."""
        return self.taken_up >= _SAYS_UNFINISHED

    def says_open(self, *, restarts: bool) -> bool:
        """See `Ending.says_open`."""
        return restarts or self.open_sentence or (not self.asked and self.taken_up >= _MATTER_TWO)

    def ending(
        self,
        voice: VoiceFeatures | None,
        shared_s: float,
        *,
        restarts: bool,
        mixed: Sequence[Word] | None = None,
    ) -> Ending:
        """Judge it together with what was heard; see `EndingClues`.

        `mixed`: the words, with the recogniser's own confidence, where both spoke on one channel.
        """
        in_pause = shared_s <= 0
        evidence: dict[str, float] = {"base": _PAUSE_BASE if in_pause else _OVERLAP_BASE}
        if not in_pause:
            evidence["shared"] = _shared(shared_s, mixed is not None)
        numbers: dict[str, float] = {}
        if voice is not None:
            evidence["voice"], numbers = self._heard(voice)
        evidence["words"] = self.word + self.mark
        if mixed is None:
            evidence["recogniser"] = self.doubt
        else:
            evidence["recogniser"] = _doubt(mixed) * _DOUBT_MIXED
            if self.mark == _FULL_STOP:
                evidence["words"] = self.word + _FULL_STOP_MIXED
        evidence["next_turn"] = self.next_turn
        if restarts:
            evidence["restarts"] = _RESTARTS
        total = math.fsum(evidence.values())
        why = {name: round(value, 3) for name, value in evidence.items() if value} | numbers
        cut_off = 1 / (1 + math.exp(-total))
        return Ending(cut_off, why, self.says_open(restarts=restarts), self.open_sentence)


def _shared(shared_s: float, mixed: bool) -> float:
    below, bounds = _SHARED_BELOW_PER_S, _SHARED_RANGE
    if mixed:
        below, bounds = _SHARED_MIXED_BELOW_PER_S, _SHARED_MIXED_RANGE
    beyond_s = shared_s - _SHARED_MIDDLE_S
    return _clip((_SHARED_ABOVE_PER_S if beyond_s > 0 else below) * beyond_s, bounds)


def _voice(voice: VoiceFeatures) -> tuple[float, dict[str, float]]:
    """Level and pitch at the end; one of the two level features does for both where the other is missing."""
    parts, numbers = [], {}
    if voice.end_drop_db is not None:
        numbers["end_drop_db"] = voice.end_drop_db
        parts.append(
            _DROP_WEIGHT * (_clip(voice.end_drop_db, _DROP_RANGE_DB) - _DROP_MIDDLE_DB) / _DROP_UNIT_DB
        )
    if voice.end_fall_s is not None:
        numbers["end_fall_s"] = voice.end_fall_s
        parts.append(_FALL_WEIGHT * (_clip(voice.end_fall_s, _FALL_RANGE_S) - _FALL_MIDDLE_S) / _FALL_UNIT_S)
    level = _VOICE_BASE + sum(parts) * (2 / len(parts)) if parts else 0.0
    pitch = 0.0
    if voice.end_pitch_ratio is not None:
        octaves = math.log(voice.end_pitch_ratio)
        if abs(octaves) <= _PITCH_OCTAVE:
            numbers["end_pitch_ratio"] = voice.end_pitch_ratio
            pitch = _PITCH_WEIGHT * _clip(octaves / _PITCH_UNIT, (-1.0, 1.0))
    return _clip(level + pitch, _VOICE_RANGE), {name: round(value, 3) for name, value in numbers.items()}


def _clip(value: float, bounds: tuple[float, float]) -> float:
    return max(bounds[0], min(bounds[1], value))


def _last_word(words: Sequence[Word], language: LanguagePack | None) -> float:
    if language is None or not words or "?" in words[-1].text:
        return 0.0
    plain = plain_text(words[-3:])
    if language.leaves_open.end(plain):
        return _OPEN_WORD
    if not language.may_leave_open.end(plain):
        return _CLOSING_WORD if language.closes.end(plain) else 0.0
    closed = words[-1].text.rstrip("\"')]”’").endswith((".", "!"))
    return _MAYBE_OPEN_WORD if closed else _OPEN_WORD  # 4 of 67 cut ends, 2 of 587 finished ones


def _last_mark(words: Sequence[Word], asked: bool) -> float:
    if not words:
        return 0.0
    text = words[-1].text.rstrip("\"')]”’")
    if text.endswith(("…", "...", "-", "–", "—")):
        return _ELLIPSIS
    if asked:
        return _QUESTION_MARK
    return _FULL_STOP if text.endswith((".", "!")) else _NO_MARK


def _doubt(words: Sequence[Word]) -> float:
    """How much less sure the recogniser was of the last word than of those before: it guesses what was cut.

    It is unsure of names and numbers too, however they end: there doubt proves nothing.
    """
    at_least, at_most = _DOUBT_WORDS
    before = [word.confidence for word in words[-at_most - 1 : -1]]
    if len(before) < at_least or len({*before, words[-1].confidence}) == 1:
        return 0.0
    doubt = (median(before) - words[-1].confidence) / _DOUBT_UNIT
    value = _clip(_DOUBT_BASE + _DOUBT_PER_UNIT * doubt, _DOUBT_RANGE)
    last, first_of_sentence = words[-1].text, wording.ends_sentence(words[-2].text)
    named = any(sign.isdigit() for sign in last) or (
        last[:1].isupper() and not first_of_sentence and len(last.strip(".,!?…")) > 1 and "'" not in last
    )
    return min(value, 0.0) if named else value


def _taken_up(
    words: Sequence[Word],
    others_words: Sequence[Word],
    next_words: Sequence[Word] | None,
    language: LanguagePack | None,
) -> float:
    """Whether Y takes the matter up again in its next turn, or says that it had not finished."""
    if not next_words or not words:
        return 0.0
    seam = wording.Seam(words, others_words, next_words)
    if seam.says_unfinished(language):
        return _SAYS_UNFINISHED
    if seam.repeats_ending():
        return _REPEATS
    shared = seam.shared_matter(language)
    if shared >= 2:
        return _MATTER_TWO
    return _MATTER_ONE if shared else 0.0


def _answered(
    taken: float, others_words: Sequence[Word], next_words: Sequence[Word], language: LanguagePack
) -> float:
    """Whether Y objects to what X said or accepts it, where hardly any matter is taken up."""
    objects = wording.begins_with(next_words, language.objections)
    if objects and not wording.ends_asking(others_words, language):
        return taken + _OBJECTS  # but to a question "no" is an answer
    answers = wording.begins_with(next_words, language.answers)
    return (taken or _NOTHING_TAKEN_UP) + (_ANSWERS if answers else 0.0)
