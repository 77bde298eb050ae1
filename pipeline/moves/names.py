"""The customer's name: from the manifest or their own mouth, found again where the transcript mangles it."""

from __future__ import annotations

import calendar
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.moves.rules import written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.moves.sentences import Sentence
    from pipeline.timeline import Role

_TITLE = r"(?:[Mm]rs?|[Mm]s|[Mm]iss|[Mm]ister|[Dd]r|[Dd]octor)\.?\s+"
_SAYS_NAME = re.compile(
    r"(?:\b[Mm]y (?:full |last |first |sur)?name(?:'s| is)\s+|\b[Tt]his is\s+|\bI'm\s+|\bI am\s+"
    rf"|\b(?:[Ii]t|[Hh]ere|[Tt]hat)(?:'s| is)\s+(?={_TITLE}))"
    rf"(?P<name>(?:{_TITLE})?(?:[A-Z][\w'-]+\s?){{1,3}})"
)
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mister", "dr", "doctor", "sir", "madam", "prof"})
_NO_NAMES = frozenset(
    {
        *(name.lower() for name in (*calendar.day_name, *calendar.month_name)),
        *("it's", "the", "this", "that", "yes", "okay", "and", "but", "well", "right", "hello", "hey"),
        *("thanks", "thank", "you", "sorry", "please", "god", "english", "flat", "apartment", "unit"),
    }
)
_MIN_LETTERS = 3
_LIKE = 80  # of 100: "Kowalsky" for Kowalski, "Denice" for Denise; not "Martin" for "Maria"
_WORD = re.compile(r"[^\W\d_][\w'-]*")


def name_words(names: Iterable[str]) -> frozenset[str]:
    """Return the single names in full names, lower case, without titles and initials."""
    words = (word.lower() for name in names for word in _WORD.findall(written(name)))
    return frozenset(w for w in words if len(w) >= _MIN_LETTERS and w not in _TITLES and w not in _NO_NAMES)


def said_names(sentences: Sequence[Sentence], role: Role) -> frozenset[str]:
    """Return the names by which a party introduces itself ("my name is …", "it's Mrs …")."""
    found = []
    for sentence in sentences:
        if sentence.role is role:
            found += [match["name"] for match in _SAYS_NAME.finditer(written(sentence.text))]
    return name_words(found)


def says_name(text: str, names: frozenset[str]) -> bool:
    """Tell whether one of the names is said in `text`, spelt about so and with a capital."""
    return any(_like(word.lower(), names) for word in _WORD.findall(written(text)) if word[:1].isupper())


@lru_cache(maxsize=4096)
def _like(word: str, names: frozenset[str]) -> bool:
    from rapidfuzz import fuzz

    if len(word) < _MIN_LETTERS or word in _NO_NAMES or word in _TITLES:
        return False
    word = word.removesuffix("'s")
    return any(
        word == name or (abs(len(word) - len(name)) <= 2 and fuzz.ratio(word, name) >= _LIKE)
        for name in names
    )
