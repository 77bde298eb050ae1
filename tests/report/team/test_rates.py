"""Intervals against published values, and what must hold of all of them."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.team.rates import (
    PairSums,
    difference,
    event_interval,
    quantile,
    ratio_interval,
    share_ended,
    t_value,
    wilson,
)


@pytest.mark.parametrize(
    ("passed", "decided", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_newcombe_published_it(passed, decided, low, high):
    """Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I, method 3."""
    found = wilson(passed, decided)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("now", "before", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
    ],
)
def test_a_difference_as_newcombe_published_it(now, before, low, high):
    """Newcombe, "Interval estimation for the difference" (1998), table II, method 10."""
    found = difference(now, before)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("freedom", "value"), [(4, 2.7764), (5, 2.5706), (10, 2.2281), (30, 2.0423), (1000, 1.9623)]
)
def test_students_quantile(freedom, value):
    assert t_value(freedom) == pytest.approx(value, rel=2e-3)


def test_students_quantile_says_where_it_does_not_hold():
    with pytest.raises(ValueError, match="4 degrees"):
        t_value(3)


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.39), (100, 81.4, 121.6)]
)
def test_events_come_close_to_poissons_exact_interval(count, low, high):
    found = event_interval(PairSums(calls=1, y=count, x=1))
    assert found.low == pytest.approx(low, rel=0.02, abs=0.03)
    assert found.high == pytest.approx(high, rel=0.02)


def test_events_that_come_in_bursts_widen_the_interval():
    even = sum((PairSums.of(2, 100) for _ in range(40)), PairSums())
    bursts = sum((PairSums.of(8 if k % 4 == 0 else 0, 100) for k in range(40)), PairSums())
    assert (even.ratio, bursts.ratio) == (0.02, 0.02)
    narrow, wide = event_interval(even), event_interval(bursts)
    assert wide.low < narrow.low < 0.02 < narrow.high < wide.high


def test_a_ratio_is_of_sums_and_its_interval_holds_the_truth_as_often_as_it_says():
    draw, held, rounds = random.Random(3), 0, 400
    for _ in range(rounds):
        sums = PairSums()
        for _ in range(30):
            both = draw.randint(60_000, 600_000)
            sums += PairSums.of(round(both * min(0.95, max(0.05, draw.gauss(0.55, 0.12)))), both)
        found = ratio_interval(sums)
        held += found.low <= 0.55 <= found.high
    assert 0.91 <= held / rounds <= 0.985


def test_few_calls_have_no_interval_of_a_ratio():
    four = sum((PairSums.of(k, 10) for k in range(4)), PairSums())
    assert (four.ratio, ratio_interval(four)) == (0.15, None)
    assert ratio_interval(four + PairSums.of(4, 10)) is not None
    assert PairSums().ratio is None
    assert event_interval(PairSums()) is None


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_mirrors(counts):
    passed, decided = counts
    found, other = wilson(passed, decided), wilson(decided - passed, decided)
    assert 0 <= found.low <= passed / decided <= found.high <= 1
    assert found.low == pytest.approx(1 - other.high, abs=1e-12)
    assert (
        found.high - found.low >= wilson(passed * 4, decided * 4).high - wilson(passed * 4, decided * 4).low
    )


def test_nothing_has_no_rate_and_nonsense_is_refused():
    assert wilson(0, 0) is None
    assert difference((0, 0), (1, 2)) is None
    with pytest.raises(ValueError, match="no share"):
        wilson(3, 2)


def test_what_was_cut_short_counts_as_at_least_this_long():
    """Worked by hand: at risk 6, then 4 (one was cut short at 4), then 1."""
    curve = share_ended({2: 1, 6: 2, 9: 1}, {4: 1, 8: 1})
    assert [time for time, _ in curve] == [2, 6, 9]
    shares = [1 - 5 / 6, 1 - 5 / 6 * 2 / 4, 1.0]
    assert [share for _, share in curve] == pytest.approx(shares)
    assert quantile(curve, 0.5) == 6
    assert quantile(curve, 0.9) == 9


def test_a_share_that_is_never_reached_has_no_time():
    curve = share_ended({5: 1}, {9: 3})
    assert curve == [(5, 0.25)]
    assert (quantile(curve, 0.25), quantile(curve, 0.5)) == (5, None)
    assert share_ended({}, {4: 2}) == []


@given(st.lists(st.integers(1, 500), min_size=1, max_size=60))
def test_without_cuts_it_is_the_plain_share(lengths):
    counts: dict[int, int] = {}
    for one in lengths:
        counts[one] = counts.get(one, 0) + 1
    for time, share in share_ended(counts, {}):
        assert math.isclose(share, sum(one <= time for one in lengths) / len(lengths), abs_tol=1e-9)
