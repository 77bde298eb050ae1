from __future__ import annotations

import pytest
from drawing import lane
from evaluate.made import label, result
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluate.edges import bias, edge_errors, median_error, p90_error, score_edges, unmatched_share
from pipeline.evaluate.metric import Tally
from pipeline.timeline import SpanSet

LANES = st.lists(st.sampled_from("==== "), max_size=120).map("".join).map(lane)


def test_a_shift_shows_as_bias_and_error_of_every_edge():
    reference = SpanSet.of((1, 2), (4, 6))
    tally = edge_errors(reference, reference.shifted(0.02), "onset")
    assert tally.samples == pytest.approx((0.02, 0.02))
    assert bias(tally) == pytest.approx(0.02)
    early = edge_errors(reference, reference.shifted(-0.02), "offset")
    assert (bias(early), median_error(early)) == pytest.approx((-0.02, 0.02))


def test_onsets_are_compared_with_onsets_and_offsets_with_offsets():
    reference, found = SpanSet.of((1, 2)), SpanSet.of((0.9, 2.3))
    assert edge_errors(reference, found, "onset").samples == pytest.approx((-0.1,))
    assert edge_errors(reference, found, "offset").samples == pytest.approx((0.3,))


def test_an_edge_beyond_half_a_second_has_no_partner():
    reference = SpanSet.of((1, 2), (4, 6))
    tally = edge_errors(reference, SpanSet.of((1.5, 2), (4.501, 6)), "onset")
    assert tally.samples == pytest.approx((0.5,))
    assert tally.parts == {"edges": 2, "unmatched": 1}
    assert unmatched_share(tally) == 0.5


def test_the_nearest_edge_counts_on_either_side():
    found = SpanSet.of((0.7, 0.8), (1.1, 1.5), (1.6, 3))
    assert edge_errors(SpanSet.of((1, 2)), found, "onset").samples == pytest.approx((0.1,))


def test_the_90th_percentile_is_the_nearest_rank():
    tally = Tally({}, tuple(error / 100 for error in (1, -2, 3, -4, 5, -6, 7, -8, 9, -10)))
    assert p90_error(tally) == pytest.approx(0.09)
    assert median_error(tally) == pytest.approx(0.055)


def test_nothing_found_leaves_all_edges_lost_and_no_error():
    scores = score_edges(label(speech={"agent": [[0, 1]], "customer": [[2, 6]]}), result())
    assert scores["edge_unmatched"].value == 1.0
    assert scores["edge_median_s"].value is None
    assert scores["edge_median_s"].reason


def test_without_labelled_speech_nothing_is_scored():
    for truth in (label(), label(speech={"agent": [], "customer": []})):
        scores = score_edges(truth, result([(0, 1)], [(2, 6)]))
        assert {score.value for score in scores.values()} == {None}


def test_both_parties_and_both_kinds_of_edges_are_taken_together():
    truth = label(speech={"agent": [[0, 1]], "customer": [[2, 6]]})
    scores = score_edges(truth, result([(0, 1.1)], [(2.3, 6)]))
    assert scores["edge_median_s"].tally.parts == {"edges": 4, "unmatched": 0}
    assert sorted(scores["edge_median_s"].tally.samples) == pytest.approx([0, 0, 0.1, 0.3])
    assert scores["onset_bias_s"].value == pytest.approx(0.15)
    assert scores["offset_bias_s"].value == pytest.approx(0.05)


@given(LANES)
def test_edges_compared_with_themselves_are_exact(spans):
    tally = edge_errors(spans, spans, "offset")
    assert set(tally.samples) <= {0.0}
    assert len(tally.samples) == len(spans)


@given(LANES, LANES)
def test_every_edge_is_matched_or_not_and_none_lies_beyond_reach(reference, hypothesis):
    tally = edge_errors(reference, hypothesis, "onset")
    assert tally.parts["edges"] == len(reference) == len(tally.samples) + tally.parts["unmatched"]
    assert all(abs(error) <= 0.5 + 1e-6 for error in tally.samples)
