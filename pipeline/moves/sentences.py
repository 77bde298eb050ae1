"""Turns cut into sentences, each with its place in time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.timeline import Role, Span, Turn, TurnKind
from pipeline.timeline.wording import sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.timeline import Word

_ABBREVIATIONS = re.compile(r"\b(?:vs|a\.m|p\.m|e\.g|i\.e)\.$", re.IGNORECASE)
_LONG_WORDS = 35  # without a full stop in so many words, the recogniser has lost them
_PAUSE_S = 0.4


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a turn.

    Parameters
    ----------
    turn : int
        Position of the turn in the sequence given.
    role : Role
        Who says it.
    text : str
        As written.
    span : Span
        From its first word's start to its last word's end, seconds.
    first : bool
        Whether it opens the turn.
    """

    turn: int
    role: Role
    text: str
    span: Span
    first: bool


def split_turns(turns: Sequence[Turn]) -> list[Sentence]:
    """Cut turns into sentences; backchannels and turns without words give none."""
    found = []
    for place, turn in enumerate(turns):
        if turn.kind is TurnKind.BACKCHANNEL or turn.role is Role.OTHER:
            continue
        for k, words in enumerate(split_words(turn.words)):
            start_s = words[0].start_s
            span = Span(start_s, max(word.end_s for word in words))
            text = " ".join(word.text for word in words)
            found.append(Sentence(place, turn.role, text, span, k == 0))
    return found


def split_words(words: Sequence[Word]) -> list[tuple[Word, ...]]:
    """Cut words into sentences: at the recogniser's punctuation, and where that is missing, at pauses.

    "e.g." and the like end no sentence. A stretch of more than 35 words is cut at its longest pause of
    0.4 s or more, again and again.
    """
    joined: list[tuple[Word, ...]] = []
    for part in sentences(words):
        if joined and _ABBREVIATIONS.search(joined[-1][-1].text) and not _closes(joined[-1][-1].text, part):
            joined[-1] = (*joined[-1], *part)
        else:
            joined.append(part)
    return [piece for part in joined for piece in _cut_long(part)]


def _closes(word: str, following: Sequence[Word]) -> bool:
    """Tell whether "p.m." ends the sentence: what follows then begins with a capital."""
    return word.lower() in {"a.m.", "p.m."} and following[0].text[:1].isupper()


def _cut_long(words: tuple[Word, ...]) -> list[tuple[Word, ...]]:
    if len(words) <= _LONG_WORDS:
        return [words]
    gaps = [(words[k].start_s - words[k - 1].end_s, k) for k in range(3, len(words) - 2)]
    longest, at = max(gaps)
    if longest < _PAUSE_S:
        return [words]
    return [*_cut_long(words[:at]), *_cut_long(words[at:])]
