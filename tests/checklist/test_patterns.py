"""Phrases are sought only where they can begin; here against a search that looks everywhere."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from pipeline.checklist.load import shipped_phrases
from pipeline.checklist.patterns import WrittenText, openings
from pipeline.languages import language_pack

ROLES = language_pack("en").roles
PATTERNS = sorted(
    {
        pattern
        for phrases in (ROLES.agent_phrases, ROLES.customer_phrases)
        for patterns in phrases.values()
        for pattern in patterns
    }
    | {"a(b|cd)?ef", "(ab|cd)+ef", "(ab|)cd", "ab{2}cd", "ab|cd", "(?:ab) cd", r"ab\w*cd", "(ab (cd|ef)) gh"}
    | {
        r"\ba(b|cd)?\b",
        r"\b(ab|c?d)+\b",
        r"\b(ab|)cd",
        r"\bab{2}",
        r"\bab|\bcd",
        r"\b(?:ab )?cd",
        r"\ba('b)?\b",
    }
)


SOUGHT = sorted({*PATTERNS, *(one for own in shipped_phrases("en").values() for one in own)})
WRITTEN = st.lists(
    st.sampled_from(
        ["I'll", "ring", "you", "E-Mail", "email", "by", "Monday", "7:30", "the", "2nd", "ſeven", "–"]
    )
    | st.from_regex(r"[a-dA-D'ſ]{1,3}[.,]?", fullmatch=True),
    max_size=12,
).map(" ".join)


@given(st.sampled_from(SOUGHT), WRITTEN)
def test_phrases_are_found_as_a_search_without_case_finds_them(pattern, text):
    assert WrittenText(text).holds((pattern,)) == bool(re.search(pattern, text, re.IGNORECASE))


@given(
    st.sampled_from(SOUGHT).flatmap(lambda p: st.tuples(st.just(p), st.from_regex(p, fullmatch=True))),
    WRITTEN,
)
def test_a_phrase_is_found_behind_other_words(case, before):
    pattern, phrase = case
    text = f"{before} {phrase.upper()}"
    assert WrittenText(text).holds((pattern,)) == bool(re.search(pattern, text, re.IGNORECASE))


@given(st.lists(st.sampled_from(SOUGHT), max_size=4, unique=True), WRITTEN)
def test_one_of_several_is_found(patterns, text):
    found = any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)
    assert WrittenText(text).holds(tuple(patterns)) == found


def test_it_is_known_what_most_patterns_begin_with():
    assert sum(openings(pattern) is not None for pattern in PATTERNS) > 0.7 * len(PATTERNS)
    assert openings(r"\bi(?:'ll| can) (do|have)\b|\b(we|they) (do|have)\b") == (
        ("i", True),
        ("we", True),
        ("they", True),
    )
    assert openings(r"\bhelp ?desk\b") == (("help", True), ("helpdesk", True))
    assert openings(r"\be-?mails?\b") == (("e", True), ("email", False))
    assert openings(r"\be-?\d") == (("e", True), ("e", False))
    assert openings(r"help\b") is None
    assert openings(r"\b(the )?desk\b") == (("the", True), ("desk", True))
    assert openings(r"\b(the )?d?esk\b") is None
    assert openings(r"\b(the )*desk\b") is None
    assert openings(r"\b(the )?") is None
    assert [word for word, _ in openings(r"\b(the )?\d{1,2}") or ()] == ["the", *"0123456789"]
    assert openings(r"\b\d?desk") is None
    assert openings(r"\b\d{0,2}desk") is None
