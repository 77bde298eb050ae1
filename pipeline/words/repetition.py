"""Loops: the recogniser's habit of saying the last words over and over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST = 12  # words in the phrase that goes round
_SIGNS = re.compile(r"[^\w]+")


def plain(text: str) -> str:
    """Return a word in lower case without punctuation; may be empty."""
    return _SIGNS.sub("", text).casefold()


def surplus_repeats(texts: Sequence[str], most_repeats: int, most_words: float) -> list[int]:
    """Find the words of loops that are too many to have been said.

    A phrase of n words that comes k times in a row is a loop if k·n is more than `most_words`, the
    time being too short for it, or if k exceeds `most_repeats` (half of it, and at least 2, for
    phrases of several words: "no, no, no, no" is human, a sentence four times is not).

    Parameters
    ----------
    texts : sequence of str
        Words said in one breath, in order.
    most_repeats : int
        The most repeats of one word that are believed.
    most_words : float
        What the time can hold, in words.

    Returns
    -------
    list of int
        Indices to leave out, ascending. Of a loop the first turn stays, or as much as the time holds.
    """
    words = [plain(text) for text in texts]
    gone: list[int] = []
    start = 0
    while start < len(words):
        length, turns = _loop_at(words, start)
        believed = most_repeats if length == 1 else max(2, most_repeats // 2)
        if turns > believed or (turns > 2 and length * turns > most_words):
            stays = 1 if turns > believed else max(1, min(turns, int(most_words // length)))
            gone.extend(range(start + length * stays, start + length * turns))
        start += length * turns if turns > 1 else 1
    return gone


def _loop_at(words: Sequence[str], start: int) -> tuple[int, int]:
    """Return length and turns of the phrase from `start` on that covers most words by repeating."""
    best = (1, 1)
    for length in range(1, min(_LONGEST, (len(words) - start) // 2) + 1):
        phrase = words[start : start + length]
        turns = 1
        at = start + length
        while list(words[at : at + length]) == list(phrase):
            turns += 1
            at += length
        if turns > 1 and length * turns > best[0] * best[1]:
            best = (length, turns)
    return best
