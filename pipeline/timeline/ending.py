"""Cut off or finished? How a stretch of speech ended, as a probability with its reasons.

Several kinds of evidence are added up as log-odds (positive = cut off): the voice at the end, what the party
does next, the last words, and how long both spoke. None decides alone, and the recogniser's full stop least
of all: it is put behind cut sentences as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.timeline import wording
from pipeline.timeline.roles import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.timeline.language import LanguagePack
    from pipeline.timeline.voice import VoiceFeatures
    from pipeline.timeline.words import Word

# Voice: a logistic regression on 243 ends of lines of rendered calls (23 cut off), span ends shifted by
# -40, 0 and +40 ms, balanced; called right when left out by call: area under the curve .83.
_VOICE_BASE = 0.4
_DROP_WEIGHT, _DROP_MIDDLE_DB, _DROP_UNIT_DB, _DROP_RANGE_DB = 0.9, -8.0, 8.0, (-20.0, 2.0)
_FALL_WEIGHT, _FALL_MIDDLE_S, _FALL_UNIT_S, _FALL_RANGE_S = -0.8, 0.1, 0.1, (0.0, 0.3)
_PITCH_WEIGHT, _PITCH_UNIT = 0.5, math.log(1.2)  # three semitones above or below the party's own median
_PITCH_OCTAVE = math.log(1.6)  # further off it is an error of the pitch tracker

# Words, next turn and shared speech: set by hand, to what a careful listener would give them.
_OPEN_WORD, _MAYBE_OPEN_WORD, _ELLIPSIS = 1.5, 0.7, 1.2
_NO_MARK, _FULL_STOP, _QUESTION_MARK = 0.5, -0.3, -0.7
_SAYS_UNFINISHED, _REPEATS, _MATTER_TWO, _MATTER_ONE, _ANSWERS = 1.6, 1.6, 1.2, 0.4, -0.5
_RESTARTS = 2.0
_OVERLAP_BASE, _PAUSE_BASE = -0.3, -1.0  # most changes of turn are ordinary, in pauses more so
_SHARED_MIDDLE_S, _SHARED_UNIT_S, _SHARED_MAX = 0.3, 0.2, 1.0


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
    """

    words: Sequence[Word] = ()
    voice: VoiceFeatures | None = None
    others_words: Sequence[Word] = ()
    next_words: Sequence[Word] | None = None
    shared_s: float = 0.0
    restarts: bool = False


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
    """

    cut_off: float
    why: Mapping[str, float] = field(default_factory=dict)
    says_open: bool = False

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
    in_pause = clues.shared_s <= 0
    evidence: dict[str, float] = {"base": _PAUSE_BASE if in_pause else _OVERLAP_BASE}
    if not in_pause:
        shared = (clues.shared_s - _SHARED_MIDDLE_S) / _SHARED_UNIT_S
        evidence["shared"] = max(-_SHARED_MAX, min(_SHARED_MAX, shared))
    numbers: dict[str, float] = {}
    if clues.voice is not None:
        evidence["voice"], numbers = _voice(clues.voice)
    word = _last_word(clues.words, language)
    evidence["words"] = word + _last_mark(clues.words)
    evidence["next_turn"] = _next_turn(clues, language)
    if clues.restarts:
        evidence["restarts"] = _RESTARTS
    total = math.fsum(evidence.values())
    says_open = (
        word >= _MAYBE_OPEN_WORD
        or evidence["words"] >= _ELLIPSIS
        or evidence["next_turn"] >= _MATTER_TWO
        or clues.restarts
    )
    why = {name: round(value, 3) for name, value in evidence.items() if value} | numbers
    return Ending(1 / (1 + math.exp(-total)), why, says_open)


def _voice(voice: VoiceFeatures) -> tuple[float, dict[str, float]]:
    """Level and pitch at the end; one of the two level features does for both where the other is missing."""
    parts, numbers = [], {}
    if voice.end_drop_db is not None:
        numbers["end_drop_db"] = voice.end_drop_db
        parts.append(_DROP_WEIGHT * (_clip(voice.end_drop_db, _DROP_RANGE_DB) - _DROP_MIDDLE_DB) / _DROP_UNIT_DB)
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
    return level + pitch, {name: round(value, 3) for name, value in numbers.items()}


def _clip(value: float, bounds: tuple[float, float]) -> float:
    return max(bounds[0], min(bounds[1], value))


def _last_word(words: Sequence[Word], language: LanguagePack | None) -> float:
    if language is None or not words:
        return 0.0
    plain = plain_text(words[-3:])
    if language.leaves_open.end(plain):
        return _OPEN_WORD
    return _MAYBE_OPEN_WORD if language.may_leave_open.end(plain) else 0.0


def _last_mark(words: Sequence[Word]) -> float:
    if not words:
        return 0.0
    text = words[-1].text.rstrip("\"')]”’")
    if text.endswith(("…", "...", "-", "–", "—")):
        return _ELLIPSIS
    if text.endswith("?"):
        return _QUESTION_MARK
    return _FULL_STOP if text.endswith((".", "!")) else _NO_MARK


def _next_turn(clues: EndingClues, language: LanguagePack | None) -> float:
    if not clues.next_words or not clues.words:
        return 0.0
    if wording.says_unfinished(clues.next_words, language):
        return _SAYS_UNFINISHED
    if wording.repeats_ending(clues.words, clues.others_words, clues.next_words):
        return _REPEATS
    shared = wording.shared_matter(clues.words, clues.others_words, clues.next_words, language)
    if shared >= 2:
        return _MATTER_TWO
    answers = language is not None and language.answers.start(plain_text(clues.next_words[:4]))
    return (_MATTER_ONE if shared else 0.0) + (_ANSWERS if answers else 0.0)
