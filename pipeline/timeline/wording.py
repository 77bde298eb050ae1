"""Small questions about words: is it only a question, only listening, is a matter taken up again.

Without a language pack only what needs no vocabulary is answered (punctuation, repeated words).
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING

from pipeline.timeline.roles import plain_text, plain_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.timeline.language import LanguagePack, Phrases
    from pipeline.timeline.words import Word

_CONTENT_LETTERS = 4
_QUESTION_WORDS_MAX = 25  # a longer "question" holds matter of its own
_LISTENING_WORDS_MAX = 20
_RECOGNISED = 0.35  # below this confidence what the recogniser wrote is hardly the word that was said
_LIKELY_RECOGNISED = 0.65  # asked of one word behind a sign of listening: "oh no" comes back as "oh, now"
_GARBLED_WORDS_MAX = 2  # a mumbled "oh dear" comes back as a word or two of nonsense, a sentence as more
_STARTER_WORDS = 4
_TAIL_WORDS = 12
_HEAD_WORDS = 16
_SAME_SHARE = 0.8
_LEAD_IN_WORDS = 3
_REPEAT_TAIL_WORDS = 3
_REPEAT_HEAD_WORDS = 8
_TITLES = frozenset({"mr.", "mrs.", "ms.", "dr.", "prof.", "st."})


def sentences(words: Sequence[Word]) -> list[tuple[Word, ...]]:
    """Split words into sentences behind ``.``, ``!``, ``?`` and ``…``, as the recogniser wrote them.

    "Mr." and other titles end none.
    """
    found: list[tuple[Word, ...]] = []
    start = 0
    for k, word in enumerate(words, 1):
        if ends_sentence(word.text):
            found.append(tuple(words[start:k]))
            start = k
    if start < len(words):
        found.append(tuple(words[start:]))
    return found


def last_sentence(words: Sequence[Word]) -> tuple[Word, ...]:
    """Return the last of the `sentences`; empty without words."""
    start = len(words) - 1
    while start > 0 and not ends_sentence(words[start - 1].text):
        start -= 1
    return tuple(words[max(0, start) :])


@lru_cache(maxsize=8192)
def ends_sentence(text: str) -> bool:
    """Tell whether a word as written closes a sentence."""
    return text.rstrip("\"')]").endswith((".", "!", "?", "…")) and text.lower() not in _TITLES


def ends_asking(words: Sequence[Word], language: LanguagePack | None) -> bool:
    """Tell whether the last sentence is a question, by its mark or (with a pack) by its first words."""
    return is_question(last_sentence(words), language)


def is_question(sentence: Sequence[Word], language: LanguagePack | None) -> bool:
    """Tell whether one sentence is a question, by its mark or (with a pack) by its first words.

    The recogniser's full stop does not speak against it, as it often stands where a question mark should.
    """
    if not sentence:
        return False
    if "?" in sentence[-1].text[-3:]:
        return True
    return language is not None and begins_with(sentence, language.question_starters)


def begins_with(words: Sequence[Word], phrases: Phrases) -> bool:
    """Tell whether words, at least one, begin with one of these phrases, of up to four words."""
    first = plain_word(words[0].text)
    if first and not phrases.begin(first):  # as most do: spares the rest
        return False
    return phrases.start(plain_text(words[:_STARTER_WORDS]))


def only_asks(words: Sequence[Word], language: LanguagePack | None) -> bool:
    """Tell whether these words are a question, or one sentence of apology, and nothing else.

    Signs of listening may come with either, an apology with a question. A question that identifies the caller
    does not count: it is not asked to understand them.
    """
    parts = [part for part in sentences(words) if not only_listening(part, language)]
    if len(parts) == 1 and _is_apology(parts[0], language):
        return True
    if sum([len(part) for part in parts]) > _QUESTION_WORDS_MAX:
        return False
    asked = [is_question(part, language) for part in parts]
    if not any(asked):
        return False
    rest = [part for part, asks in zip(parts, asked, strict=True) if not asks]
    if not all(_is_apology(part, language) for part in rest):
        return False
    questions = [part for part, asks in zip(parts, asked, strict=True) if asks]
    return language is None or not any(language.identifying.within(plain_text(part)) for part in questions)


def only_listening(words: Sequence[Word], language: LanguagePack | None) -> bool:
    """Tell whether nothing but backchannels, laughter and noises was said; no words at all do count."""
    if len(words) > _LISTENING_WORDS_MAX:
        return False
    if language is not None and words and words[0].confidence >= _RECOGNISED:
        first = plain_word(words[0].text)
        if first and not language.listening.begin(first):  # as with most: spares the rest
            return False
    recognised = [word for word in words if word.confidence >= _RECOGNISED]
    if len(words) - len(recognised) > _GARBLED_WORDS_MAX:
        recognised = list(words)
    first = plain_word(recognised[0].text) if recognised else ""
    if language is not None and first and not language.listening.begin(first):
        return False
    plain = plain_text(recognised)
    if not plain or language is None:
        return not plain
    return language.listening.cover(plain) or (
        len(recognised) == 2 and _is_doubtful(recognised[1]) and language.listening.cover(first)
    )


def _is_doubtful(word: Word) -> bool:
    """Tell whether a word may as well be another; of a name, doubt proves nothing."""
    return word.confidence < _LIKELY_RECOGNISED and word.text[:1].islower()


def _is_apology(sentence: Sequence[Word], language: LanguagePack | None) -> bool:
    return language is not None and language.apologies.within(plain_text(sentence))


def same_words(
    mine: Iterable[tuple[Word, float, float]], count: int, theirs: Sequence[Word], within_s: float
) -> bool:
    """Tell whether at least two words, and nearly all, are said by both at the same time: a leaked voice.

    Words come by start. `mine`: `count` words with their start and end in seconds; most are not looked at.
    """
    if count < 2:
        return False
    needed = _SAME_SHARE * count
    echoed, left = 0, count
    over_s = theirs[-1].start_s + 2 * within_s if theirs else -math.inf
    for word, start_s, _ in mine:
        if start_s > over_s:
            break  # the other says nothing more
        if echoed + left < needed:
            return False
        echoed += _is_echoed(word, start_s, theirs, within_s)
        left -= 1
    return echoed >= needed


_start_s = attrgetter("start_s")


def _is_echoed(word: Word, start_s: float, theirs: Sequence[Word], within_s: float) -> bool:
    plain, reach_s = plain_word(word.text), 2 * within_s  # generous: what is near is compared exactly
    for k in range(bisect_left(theirs, start_s - reach_s, key=_start_s), len(theirs)):
        other = theirs[k]
        if other.start_s > start_s + reach_s:
            return False
        if abs(start_s - other.start_s) <= within_s and plain == plain_word(other.text):
            return True
    return False


class Seam:
    """Where a turn ends and the same party's next one begins.

    Parameters
    ----------
    ending : sequence of Word
    between : sequence of Word
        What the other said in between: to take that up is to answer.
    next_turn : sequence of Word
    """

    __slots__ = ("_between", "_ending", "_head", "_opening", "_tail")

    def __init__(self, ending: Sequence[Word], between: Sequence[Word], next_turn: Sequence[Word]) -> None:
        self._ending, self._between = ending, between
        self._tail = _plain_words(ending[-_REPEAT_TAIL_WORDS:])
        self._opening = _plain_words(next_turn[:_REPEAT_HEAD_WORDS])
        self._head = self._opening + _plain_words(next_turn[_REPEAT_HEAD_WORDS:_HEAD_WORDS])

    def says_unfinished(self, language: LanguagePack | None) -> bool:
        """Tell whether the next turn opens with a phrase of resumption ("as I was saying")."""
        return language is not None and language.resumption.among(self._head)

    def repeats_ending(self) -> bool:
        """Tell whether two neighbouring words of the ending open the next turn again; needs no vocabulary."""
        old = _pairs(self._tail)
        again = old and old.intersection(itertools.pairwise(self._opening))
        return bool(again) and bool(again.difference(itertools.pairwise(_plain_words(self._between))))

    def shared_matter(self, language: LanguagePack | None) -> int:
        """Count the words of matter that the next turn takes up from the ending and the other did not say."""
        if language is None:
            return 0
        old = {*self._tail, *_plain_words(self._ending[-_TAIL_WORDS:-_REPEAT_TAIL_WORDS])}
        grammar = language.grammar_words
        again = {w for w in old.intersection(self._head) if len(w) >= _CONTENT_LETTERS and w not in grammar}
        return len(again.difference(_plain_words(self._between))) if again else 0


def says_the_same(
    words: Sequence[Word],
    before: Sequence[Word],
    next_turn: Sequence[Word],
    language: LanguagePack | None,
) -> bool:
    """Tell whether words repeat the last of what the other said before, or supply what it then goes on with.

    Signs of listening around them are left out. Without a word of matter ("but I") nothing is told.
    """
    if language is None:
        return False
    mine = [w for w in _plain_words(words) if not language.listening.cover(w)]
    if not mine or all(w in language.grammar_words for w in mine):
        return False
    head = _plain_words(next_turn[: len(mine) + _LEAD_IN_WORDS])
    return _holds(_plain_words(before[-_TAIL_WORDS:]), mine) or _holds(head, mine)


def _holds(words: list[str], sought: list[str]) -> bool:
    n = len(sought)
    return any(words[k : k + n] == sought for k in range(len(words) - n + 1))


def _plain_words(words: Sequence[Word]) -> list[str]:
    return plain_text(words).split()


def _pairs(words: list[str]) -> set[tuple[str, str]]:
    return {pair for pair in itertools.pairwise(words) if pair[0] != pair[1]}
