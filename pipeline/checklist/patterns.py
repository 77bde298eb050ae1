"""Find phrases in text: regular expressions, tried only where a word stands that they can begin with."""

from __future__ import annotations

import re
from functools import lru_cache
from string import digits
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_EDGE = r"\b"
_Opening = tuple[str, bool]


class WrittenText:
    """Text as it was written, in which regular expressions are sought without case.

    Parameters
    ----------
    text : str
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._lower = text.lower() if text.isascii() else None
        self._words = frozenset((self._lower or "").translate(_APART).split())

    def holds(self, patterns: tuple[str, ...]) -> bool:
        """Tell whether one of these is found, as ``re.search(pattern, text, re.IGNORECASE)`` finds it."""
        sought = _sought(patterns)
        if self._lower is None:
            return _found(sought.expressions, self.text)
        begun = [word for word in sought.begun if word in self._lower]
        for word in (*begun, *(self._words & sought.whole)):
            if self._stands_at(word, sought.by_word[word]):
                return True
        return _found(sought.anywhere, self.text)

    def _stands_at(self, word: str, expressions: Sequence[re.Pattern[str]]) -> bool:
        """Tell whether one of these expressions is found where a word begins."""
        lower = self._lower or ""
        at = lower.find(word)
        while at >= 0:
            for expression in expressions:
                if expression.match(self.text, at):
                    return True
            at = lower.find(word, at + 1)
        return False


_APART = {code: " " for code in range(128) if not re.match(r"\w", chr(code))}  # ASCII of no word


def _found(expressions: Sequence[re.Pattern[str]], text: str) -> bool:
    return any(expression.search(text) for expression in expressions)


class _Sought(NamedTuple):
    """Expressions without case, and those of them that can begin with a word: a whole one, or a begun one.

    `anywhere` are those of which that is not known.
    """

    expressions: list[re.Pattern[str]]
    by_word: dict[str, list[re.Pattern[str]]]
    whole: frozenset[str]
    begun: frozenset[str]
    anywhere: list[re.Pattern[str]]


@lru_cache(maxsize=256)
def _sought(patterns: tuple[str, ...]) -> _Sought:
    expressions = [re.compile(pattern, re.IGNORECASE) for pattern in patterns]
    by_word: dict[str, list[re.Pattern[str]]] = {}
    whole: set[str] = set()
    begun: set[str] = set()
    anywhere = []
    for pattern, expression in zip(patterns, expressions, strict=True):
        opening = openings(pattern) if pattern.isascii() else None
        if opening is None:
            anywhere.append(expression)
        for word, is_whole in opening or ():
            (whole if is_whole else begun).add(word.lower())
            by_word.setdefault(word.lower(), []).append(expression)
    return _Sought(expressions, by_word, frozenset(whole), frozenset(begun), anywhere)


def openings(pattern: str) -> tuple[_Opening, ...] | None:
    """Return the words that a regular expression can begin with, and whether each stands there whole.

    ``None`` where that is not certain: it begins inside a word, or with anything but letters.
    """
    found = _openings(pattern, "", at_edge=False)
    return None if found is None else tuple(dict.fromkeys(found))


def _openings(pattern: str, behind: str, *, at_edge: bool) -> list[_Opening] | None:
    """Return the openings of what stands before `behind`; `at_edge`: at the start of a word for sure."""
    found: list[_Opening] = []
    for choice in _choices(pattern):
        edge = at_edge or choice.startswith(_EDGE)
        rest = choice.removeprefix(_EDGE)
        group = _group(rest)
        if group is not None:
            more = _group_openings(*group, behind, at_edge=edge)
        else:
            more = _word_openings(rest, behind) if edge else None
        if more is None:
            return None
        found += more
    return found


def _group_openings(inner: str, after: str, behind: str, *, at_edge: bool) -> list[_Opening] | None:
    """Return the openings of what begins with a group, and those of what follows if it may be left out."""
    may_be_left_out = after.startswith("?")
    after = after.removeprefix("?")
    if after[:1] in tuple("?*+{"):
        return None
    found = _openings(inner, after + behind, at_edge=at_edge)
    if not may_be_left_out or found is None:
        return found
    without = _openings(after, behind, at_edge=at_edge)
    return None if without is None else found + without


def _word_openings(pattern: str, behind: str) -> list[_Opening] | None:
    """Return the openings of what begins with a word or a number, at its start for sure."""
    run = re.match(r"(?:\w(?![?*+{]))*", pattern)
    word = run[0] if run else ""
    if not word:
        is_number = re.match(r"\\d(?![?*]|\{[0,])", pattern)
        return [(digit, False) for digit in digits] if is_number else None
    rest = pattern[len(word) :]
    if rest[:2] in (" ?", "-?"):  # the word alone, or in one with what follows
        joined = _word_openings(word + rest[2:], behind)
        return joined and [(word, True), *joined]
    return [(word, _stands_apart(rest + behind))]


def _stands_apart(rest: str) -> bool:
    """Tell whether what a regular expression goes on with can't be more letters of the same word."""
    if rest.startswith(_EDGE):
        return True
    group = _group(rest)
    if group is None:
        return rest[:1] in (" ", "'") and rest[1:2] not in tuple("?*+{")
    inner, after = group
    if after[:1] in tuple("*+{"):
        return False
    may_be_left_out = after.startswith("?")
    after = after.removeprefix("?")
    return all(_stands_apart(choice) for choice in _choices(inner)) and (
        not may_be_left_out or _stands_apart(after)
    )


def _group(pattern: str) -> tuple[str, str] | None:
    """Return the inside of the group that a pattern begins with, and what follows; ``None`` without one."""
    if not pattern.startswith("(") or (pattern[1:2] == "?" and pattern[2:3] != ":"):
        return None
    depth = 0
    for at, sign in enumerate(_signs(pattern)):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return pattern[1:at].removeprefix("?:"), pattern[at + 1 :]
    return None


def _choices(pattern: str) -> list[str]:
    """Split a pattern at the bars outside of groups."""
    depth, found, start = 0, [], 0
    for at, sign in enumerate(_signs(pattern)):
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and depth == 0:
            found.append(pattern[start:at])
            start = at + 1
    return [*found, pattern[start:]]


def _signs(pattern: str) -> str:
    """Blank out what only looks like a sign of grouping: escaped, or in square brackets."""
    return re.sub(r"\\.|\[\^?\]?[^]]*\]", lambda found: "." * len(found[0]), pattern)
