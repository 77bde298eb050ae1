"""What was said, as it is searched: the same words are found in SQLite and in PostgreSQL.

A text is cut into terms here, not by the database: letters, digits and their marks in lower case, accents
left out; of scripts without blanks every sign is a term. What is searched goes the same way.
"""

from __future__ import annotations

import re
import unicodedata

from pipeline.errors import UsageError

_LONGEST = 200_000  # characters of a turn's terms: PostgreSQL indexes at most 1 MB
_QUERY = re.compile(r'"([^"]*)"?|(\S+)')
# Han, kana, Thai, Lao, Myanmar, Khmer: words are not divided by blanks
_UNDIVIDED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_TERM = re.compile(r"[^\W_]+")


def terms(text: str) -> list[str]:
    """Return the terms of a text, in its order.

    Examples
    --------
    >>> terms("I don't want the café's 2nd bill!")
    ['i', 'don', 't', 'want', 'the', 'cafe', 's', '2nd', 'bill']
    """
    if text.isascii():  # nearly all of it, and quick
        return _TERM.findall(text.lower())
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(sign for sign in plain if unicodedata.category(sign) not in ("Mn", "Mc", "Me"))
    return _TERM.findall(_UNDIVIDED.sub(r" \g<0> ", plain))


def searchable(text: str) -> str:
    """Return the terms with single blanks, as a turn keeps them."""
    return " ".join(terms(text))[:_LONGEST]


Phrase = tuple[tuple[str, ...], bool]
"""Terms that stand side by side, and whether the last may go on."""


def parse_query(text: str) -> list[Phrase]:
    """Read what a person searches: words, "phrases in quotes", beginnings with a star.

    Raises
    ------
    UsageError
        If there is no word in it.
    """
    found = []
    for quoted, word in _QUERY.findall(text):
        part = terms(quoted or word)
        if part:
            found.append((tuple(part), word.endswith("*")))
    if not found:
        raise UsageError("There is no word to search for.", "Give words, or a phrase in quotes.")
    return found


def fts5_query(phrases: list[Phrase]) -> str:
    """Return them in the language of SQLite's FTS5; all must be in a turn."""
    return " AND ".join(f'"{" ".join(part)}"' + ("*" if goes_on else "") for part, goes_on in phrases)


def tsquery(phrases: list[Phrase]) -> str:
    """Return them in the language of PostgreSQL's to_tsquery; all must be in a turn."""
    return " & ".join(
        "(" + " <-> ".join(f"'{term}'" for term in part) + (":*" if goes_on else "") + ")"
        for part, goes_on in phrases
    )
