"""Phrases are matched word by word; here against the regular expressions that say the same."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from pipeline.timeline import Phrases

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
