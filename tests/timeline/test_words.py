"""Words made many at once are the words made one by one, and refused where one would be."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.timeline import Span, Word
from pipeline.timeline.words import words_of

TIMES = st.floats(0, 1e6)
ROWS = st.lists(
    st.tuples(st.sampled_from(["yes", "it's", "7:30", "…"]), TIMES, TIMES, st.floats(0, 1)).filter(
        lambda row: row[1] < row[2]
    )
)


@given(ROWS)
def test_words_made_at_once_are_those_made_one_by_one(rows):
    alone = tuple(Word(text, Span(start_s, end_s), sure) for text, start_s, end_s, sure in rows)
    made = (
        words_of(*(list(column) for column in zip(*rows, strict=True))) if rows else words_of((), (), (), ())
    )
    assert made == alone
    assert [word.span for word in made] == [Span(start_s, end_s) for _, start_s, end_s, _ in rows]
    assert [hash(word) for word in made] == [hash(word) for word in alone]


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (("", 1.0, 2.0, 0.5), "has a text"),
        ((" ", 1.0, 2.0, 0.5), "has a text"),
        (("no", 2.0, 2.0, 0.5), "ends after it starts"),
        (("no", -1.0, 2.0, 0.5), "starts at 0 s or later"),
        (("no", 1.0, math.inf, 0.5), "finite bounds"),
        (("no", math.nan, 2.0, 0.5), "finite bounds"),
        (("no", 1.0, 2.0, 1.01), "between 0 and 1"),
        (("no", 1.0, 2.0, -0.01), "between 0 and 1"),
        (("no", 1.0, 2.0, math.nan), "between 0 and 1"),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_word_that_is_not_in_order_is_refused_among_others(row, wrong, place):
    rows = [("yes", 0.0, 1.0, 1.0), ("well", 3.0, 4.0, 0.0)]
    rows.insert(place, row)
    with pytest.raises(ValueError, match=wrong):
        words_of(*zip(*rows, strict=True))


@pytest.mark.parametrize(
    "row", [(None, 1, 2, 0.5), ("no", "1", 2, 0.5), ("no", 1, 2, None), ("no", 1, 2, "0")]
)
def test_what_is_no_text_or_no_number_is_no_word(row):
    with pytest.raises(TypeError):
        words_of(*zip(row, strict=True))


def test_columns_are_of_one_length():
    with pytest.raises(ValueError, match="zip"):
        words_of(("yes", "no"), (0.0, 1.0), (1.0, 2.0), (1.0,))
