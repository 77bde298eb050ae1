from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.timeline import Span, SpanSet

GRID = st.integers(0, 400).map(
    lambda n: n / 8
)  # eighths are exact in binary, so sums can be compared exactly
SPANS = st.lists(st.tuples(GRID, st.integers(1, 40)).map(lambda p: Span(p[0], p[0] + p[1] / 8)), max_size=12)
SETS = SPANS.map(SpanSet)
WHOLE = Span(0, 60)


@pytest.mark.parametrize(
    ("start_s", "end_s"), [(1, 1), (2, 1), (-0.1, 1), (math.nan, 1), (0, math.nan), (0, math.inf)]
)
def test_a_span_refuses_what_is_no_stretch_of_time(start_s, end_s):
    with pytest.raises(ValueError, match="span"):
        Span(start_s, end_s)


def test_touching_is_not_overlapping():
    a, b = Span(0, 1), Span(1, 2)
    assert not a.overlaps(b)
    assert a.intersection(b) is None
    assert a.overlap_s(b) == 0
    assert a.contains(0)
    assert not a.contains(1)


def test_touching_spans_of_a_set_are_one():
    assert SpanSet.of((1, 2), (0, 1), (4, 5)) == SpanSet.of((0, 2), (4, 5))
    assert len(SpanSet.of((0, 3), (1, 2))) == 1


#        0    1    2    3    4    5    6
# a      |----|    |---------|
# b        |-------|    |---------|
def test_set_algebra_on_a_drawn_case():
    a, b = SpanSet.of((0, 1), (2, 4)), SpanSet.of((0.5, 2), (3, 5))
    assert a | b == SpanSet.of((0, 5))
    assert a & b == SpanSet.of((0.5, 1), (3, 4))
    assert a - b == SpanSet.of((0, 0.5), (2, 3))
    assert a.gaps() == SpanSet.of((1, 2))
    assert a.gaps(Span(0, 6)) == SpanSet.of((1, 2), (4, 6))
    assert a.overlapping(Span(1, 2)) == ()
    assert a.overlapping(Span(0.9, 2.1)) == (Span(0, 1), Span(2, 4))
    assert a.at(1) is None
    assert a.at(2) == Span(2, 4)


def test_bridging_fills_shorter_gaps_only():
    speech = SpanSet.of((0, 1), (1.25, 2), (2.5, 3))
    assert speech.bridged(0.5) == SpanSet.of((0, 2), (2.5, 3))
    assert speech.bridged(0.25) == speech
    assert speech.bridged(0.6) == SpanSet.of((0, 3))


def test_padding_stays_inside_and_drops_what_vanishes():
    speech = SpanSet.of((0.1, 0.3), (1, 2))
    assert speech.padded(0.5, end_s=2.2) == SpanSet.of((0, 0.8 - 0.0), (0.5, 2.2)) == SpanSet.of((0, 2.2))
    assert speech.padded(-0.125) == SpanSet.of((1.125, 1.875))


def test_written_pairs_are_rounded_and_read_back():
    speech = SpanSet.of((0.12345, 1.00049), (2.0001, 2.0002))
    assert speech.pairs(3) == [[0.123, 1.0]]
    assert SpanSet.from_pairs(speech.pairs()) == speech


@given(SETS, SETS)
def test_every_moment_is_in_exactly_one_part(a, b):
    parts = [a - b, a & b, b - a, (a | b).gaps(WHOLE)]
    assert math.fsum(p.duration_s for p in parts) == WHOLE.duration_s
    assert SpanSet(span for part in parts for span in part) == SpanSet((WHOLE,))


@given(SETS)
def test_speech_and_silence_make_the_call(a):
    assert a.duration_s + a.gaps(WHOLE).duration_s == WHOLE.duration_s
    assert a.gaps(WHOLE).gaps(WHOLE) == a


@given(SETS, st.integers(0, 800))
def test_shifting_changes_no_duration(a, eighths):
    moved = a.shifted(eighths / 8)
    assert moved.duration_s == a.duration_s
    assert moved.bridged(0.5).shifted(-eighths / 8) == a.bridged(0.5)


@given(SETS, GRID, st.integers(1, 80))
def test_overlap_with_a_span_agrees_with_the_algebra(a, start_s, eighths):
    window = Span(start_s, start_s + eighths / 8)
    assert a.overlap_s(window) == a.within(window).duration_s
    assert SpanSet(a.overlapping(window)) == SpanSet(s for s in a if s.overlaps(window))


def test_how_far_a_span_is_from_the_nearest():
    spans = SpanSet.of((1.0, 2.0), (6.0, 8.0))
    assert spans.away_s(Span(2.5, 3.0)) == 0.5
    assert spans.away_s(Span(4.0, 5.5)) == 0.5
    assert spans.away_s(Span(0.0, 0.25)) == 0.75
    assert SpanSet().away_s(Span(0.0, 1.0)) == float("inf")
