"""Phrases are matched word by word; here against the regular expressions that say the same."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from pipeline.checklist.load import shipped_phrases
from pipeline.languages import language_pack
from pipeline.timeline import Phrases
from pipeline.timeline.patterns import PlainIndex, WrittenText, openings

WORD = st.sampled_from(["a", "b", "ab", "i", "see", "that's"])
PHRASE = st.lists(WORD, min_size=1, max_size=3).map(" ".join)
ITEMS = st.lists(PHRASE, max_size=6).map(tuple)
PLAIN = st.lists(WORD, max_size=8).map(" ".join)


def any_of(items):
    return "(?:" + "|".join(map(re.escape, items)) + ")"


@given(ITEMS, PLAIN)
def test_phrases_are_whole_words_anywhere_at_the_start_at_the_end_or_all_there_is(items, plain):
    phrases = Phrases(items)
    if not items:
        assert not any(
            (phrases.within(plain), phrases.start(plain), phrases.end(plain), phrases.cover(plain))
        )
        return
    one = any_of(items)
    assert phrases.within(plain) == bool(re.search(f"(?:^|(?<= )){one}(?= |$)", plain))
    assert phrases.start(plain) == bool(re.match(f"{one}(?= |$)", plain))
    assert phrases.end(plain) == bool(re.search(f"(?:^| ){one}$", plain))
    assert phrases.cover(plain) == bool(plain and re.fullmatch(f"(?:{one}(?: |$))+", plain))


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


TALK = st.lists(
    st.sampled_from(
        [
            "i",
            "i'll",
            "we",
            "we've",
            "how",
            "could",
            "can",
            "help",
            "calls",
            "call",
            "you",
            "thank",
            "for",
            "calling",
            "my",
            "bill",
            "sorry",
        ]
    )
    | st.from_regex(r"[a-d']{1,3}", fullmatch=True),
    max_size=12,
).map(" ".join)


@given(st.sampled_from(PATTERNS), TALK)
def test_patterns_are_counted_as_a_full_search_counts_them(pattern, text):
    assert PlainIndex(text).count(pattern) == len(re.findall(pattern, text))


@given(st.sampled_from(PATTERNS).flatmap(lambda p: st.tuples(st.just(p), st.from_regex(p))), TALK, TALK)
def test_what_matches_is_found_wherever_it_stands(case, before, behind):
    pattern, text = case
    text = " ".join(re.sub(r"[^\w']+", " ", f"{before} {text.lower()} {behind}").split())
    assert PlainIndex(text).count(pattern) == len(re.findall(pattern, text))


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
    assert WrittenText(text).holds(pattern) == bool(re.search(pattern, text, re.IGNORECASE))


@given(
    st.sampled_from(SOUGHT).flatmap(lambda p: st.tuples(st.just(p), st.from_regex(p, fullmatch=True))),
    WRITTEN,
)
def test_a_phrase_is_found_behind_other_words(case, before):
    pattern, phrase = case
    text = f"{before} {phrase.upper()}"
    assert WrittenText(text).holds(pattern) == bool(re.search(pattern, text, re.IGNORECASE))


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
    assert openings(r"\b(the )?desk\b") is None
