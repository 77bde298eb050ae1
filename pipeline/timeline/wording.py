"""Small questions about recognised words: does this end open, is it only a question, is a matter taken up again.

Without a language pack only what needs no vocabulary is answered (punctuation, repeated words).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.timeline.roles import plain_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.timeline.language import LanguagePack
    from pipeline.timeline.words import Word

_SENTENCE_END = re.compile(r"[.!?…]+[\"')\]]*$")
_CONTENT_LETTERS = 4
_QUESTION_WORDS_MAX = 25  # a longer "question" holds matter of its own
_TAIL_WORDS = 12
_HEAD_WORDS = 16
_REPEAT_TAIL_WORDS = 5
_REPEAT_HEAD_WORDS = 8


def sentences(words: Sequence[Word]) -> list[tuple[Word, ...]]:
    """Split words into sentences behind ``.``, ``!``, ``?`` and ``…``, as the recogniser wrote them."""
    found: list[tuple[Word, ...]] = []
    sentence: list[Word] = []
    for word in words:
        sentence.append(word)
        if _SENTENCE_END.search(word.text):
            found.append(tuple(sentence))
            sentence = []
    if sentence:
        found.append(tuple(sentence))
    return found


def ends_asking(words: Sequence[Word], language: LanguagePack | None) -> bool:
    """Tell whether the last sentence is a question, by its mark or (with a pack) by its first words."""
    parts = sentences(words)
    return bool(parts) and is_question(parts[-1], language)


def is_question(sentence: Sequence[Word], language: LanguagePack | None) -> bool:
    """Tell whether one sentence is a question, by its mark or (with a pack) by its first words.

    The recogniser's full stop does not speak against it, as it often stands where a question mark should.
    """
    if not sentence:
        return False
    if "?" in sentence[-1].text[-3:]:
        return True
    return language is not None and language.question_starters.start(plain_text(sentence))


def only_a_question(words: Sequence[Word], language: LanguagePack | None) -> bool:
    """Tell whether these words are a question and nothing else but signs of listening or an apology."""
    parts = _without_listening(words, language)
    questions = [part for part in parts if is_question(part, language)]
    rest = [part for part in parts if not is_question(part, language)]
    short = sum(len(part) for part in parts) <= _QUESTION_WORDS_MAX
    return bool(questions) and short and all(_is_apology(part, language) for part in rest)


def only_an_apology(words: Sequence[Word], language: LanguagePack | None) -> bool:
    """Tell whether these words are one sentence of apology and nothing else but signs of listening."""
    parts = _without_listening(words, language)
    return len(parts) == 1 and _is_apology(parts[0], language)


def only_listening(words: Sequence[Word], language: LanguagePack | None) -> bool:
    """Tell whether nothing but backchannels, laughter and noises was said; no words at all do count."""
    plain = plain_text(words)
    return not plain or (language is not None and language.listening.cover(plain))


def _without_listening(words: Sequence[Word], language: LanguagePack | None) -> list[tuple[Word, ...]]:
    return [part for part in sentences(words) if not only_listening(part, language)]


def _is_apology(sentence: Sequence[Word], language: LanguagePack | None) -> bool:
    return language is not None and language.apologies.within(plain_text(sentence))


def same_words(mine: Sequence[Word], theirs: Sequence[Word], within_s: float) -> bool:
    """Tell whether at least two words, and nearly all, are said by both at the same time: a leaked voice."""
    if len(mine) < 2:
        return False
    echoed = sum(
        any(
            plain_text((word,)) == plain_text((other,))
            and abs(word.span.start_s - other.span.start_s) <= within_s
            for other in theirs
        )
        for word in mine
    )
    return echoed >= 0.8 * len(mine)


def says_unfinished(next_turn: Sequence[Word], language: LanguagePack | None) -> bool:
    """Tell whether a turn opens with a phrase of resumption ("as I was saying")."""
    return language is not None and language.resumption.within(plain_text(next_turn[:_HEAD_WORDS]))


def repeats_ending(ending: Sequence[Word], between: Sequence[Word], next_turn: Sequence[Word]) -> bool:
    """Tell whether two neighbouring words of the ending open the next turn again; needs no vocabulary.

    What the other said in between is left out: to repeat that is to answer.
    """
    old = _pairs(_plain_words(ending[-_REPEAT_TAIL_WORDS:]))
    new = _pairs(_plain_words(next_turn[:_REPEAT_HEAD_WORDS]))
    return bool((old & new) - _pairs(_plain_words(between)))


def shared_matter(
    ending: Sequence[Word],
    between: Sequence[Word],
    next_turn: Sequence[Word],
    language: LanguagePack | None,
) -> int:
    """Count the words of matter that the next turn takes up from the ending and the other did not say."""
    if language is None:
        return 0
    old, new = _matter(ending[-_TAIL_WORDS:], language), _matter(next_turn[:_HEAD_WORDS], language)
    return len((old & new) - _matter(between, language))


def _plain_words(words: Sequence[Word]) -> list[str]:
    return plain_text(words).split()


def _pairs(words: list[str]) -> set[tuple[str, str]]:
    return {(a, b) for a, b in zip(words, words[1:], strict=False) if a != b}


def _matter(words: Sequence[Word], language: LanguagePack) -> set[str]:
    plain = _plain_words(words)
    return {w for w in plain if len(w) >= _CONTENT_LETTERS and w not in language.grammar_words}
