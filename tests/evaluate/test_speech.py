from __future__ import annotations

import pytest
from drawing import lane
from evaluate.made import label, result
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluate.metric import Tally
from pipeline.evaluate.speech import (
    f1,
    frame_confusion,
    joined,
    looks_swapped,
    precision,
    recall,
    score_speech,
)
from pipeline.timeline import SpanSet

LANES = st.lists(st.sampled_from("==== "), max_size=120).map("".join).map(lane)


def counts(reference, hypothesis):
    parts = frame_confusion(reference, hypothesis).parts
    return parts["tp"], parts["fp"], parts["fn"]


#             0         1         2         3
REFERENCE = "  ==========     ==========     "


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param("  ==========     ==========     ", (200, 0, 0), id="the same"),
        pytest.param("  ==========                    ", (100, 0, 100), id="a span is missing"),
        pytest.param("  ==========     ==========  == ", (200, 20, 0), id="a span too many"),
        pytest.param("================================", (200, 120, 0), id="speech everywhere"),
        pytest.param("                                ", (0, 0, 200), id="nothing found"),
    ],
)
def test_frames_of_10_ms_are_counted(found, expected):
    assert counts(lane(REFERENCE), lane(found)) == expected


def test_a_shift_of_20_ms_costs_two_frames_at_each_edge():
    reference = lane(REFERENCE)
    tally = frame_confusion(reference, reference.shifted(0.02))
    assert tally.parts == {"tp": 196, "fp": 4, "fn": 4}
    assert f1(tally) == pytest.approx(0.98)


def test_times_of_two_decimals_fall_on_frames_exactly():
    for hundredth in range(0, 100_000, 7):
        start_s = hundredth / 100
        span = SpanSet.of((start_s, round(start_s + 0.03, 2)))
        assert counts(span, span) == (3, 0, 0)


def test_less_than_half_a_frame_off_is_no_error():
    assert counts(SpanSet.of((1.0, 2.0)), SpanSet.of((1.004, 1.996))) == (100, 0, 0)


def test_precision_recall_and_f1_of_known_frames():
    tally = Tally({"tp": 80, "fp": 20, "fn": 40})
    assert precision(tally) == pytest.approx(0.8)
    assert recall(tally) == pytest.approx(2 / 3)
    assert f1(tally) == pytest.approx(160 / 220)


def test_pauses_shorter_than_300_ms_are_joined_and_300_ms_are_not():
    assert joined([[0, 1], [1.29, 2], [2.3, 3], [3.31, 4]]) == SpanSet.of((0, 2), (2.3, 3), (3.31, 4))
    assert joined([[4.0, 5.0], [5.3, 6.0]]) == SpanSet.of((4, 5), (5.3, 6)), "0.3 s in binary is less"


def test_both_sides_are_joined_before_they_are_compared():
    truth = label(speech={"agent": [[0, 1], [1.2, 2]], "customer": [[3, 5]]})
    scores = score_speech(truth, result([(0, 2)], [(3, 3.9), (4.1, 5)]))
    assert scores["speech_f1_agent"].value == scores["speech_f1_customer"].value == 1.0


def test_each_channel_and_both_together_are_scored():
    truth = label(speech={"agent": [[0, 1]], "customer": [[2, 6]]})
    scores = score_speech(truth, result([(0, 1)], [(2, 4)]))
    assert scores["speech_f1_agent"].value == 1.0
    assert scores["speech_recall_customer"].value == pytest.approx(0.5)
    assert scores["speech_precision_customer"].value == 1.0
    assert scores["speech_f1"].tally.parts == {"tp": 300, "fp": 0, "fn": 200}


def test_without_speech_in_the_label_there_is_no_f1_but_false_speech_is_kept_for_the_total():
    truth = label(speech={"agent": [], "customer": [[2, 6]]})
    scores = score_speech(truth, result([(0, 1)], [(2, 6)]))
    for name in ("speech_f1_agent", "speech_precision_agent", "speech_recall_agent"):
        assert scores[name].value is None
        assert "no speech in the label" in scores[name].reason
    assert scores["speech_f1"].tally.parts == {"tp": 400, "fp": 100, "fn": 0}


def test_silence_on_both_sides_is_undefined_not_perfect():
    scores = score_speech(label(speech={"agent": [], "customer": []}), result())
    assert {score.value for score in scores.values()} == {None}


def test_nothing_found_where_there_is_speech_is_recall_0_and_no_precision():
    truth = label(speech={"agent": [[0, 1]], "customer": [[2, 6]]})
    scores = score_speech(truth, result())
    assert scores["speech_f1_agent"].value == scores["speech_recall_agent"].value == 0.0
    assert scores["speech_precision_agent"].value is None


@pytest.mark.parametrize(
    ("keys", "scored"),
    [
        ({}, set()),
        ({"speech": None}, set()),
        (
            {"speech": {"customer": [[2, 6]]}},
            {"speech_f1_customer", "speech_precision_customer", "speech_recall_customer"},
        ),
    ],
)
def test_what_is_not_labelled_is_not_scored(keys, scored):
    scores = score_speech(label(**keys), result([(0, 1)], [(2, 6)]))
    assert {name for name, score in scores.items() if score.value is not None} == scored
    assert all(score.reason for name, score in scores.items() if name not in scored)


def test_a_result_that_does_not_tell_the_parties_apart_is_not_scored():
    scores = score_speech(label(speech={"agent": [[0, 1]], "customer": []}), result(other=[(0, 1)]))
    assert scores["speech_f1_agent"].value is None
    assert "told apart" in scores["speech_f1_agent"].reason


def test_swapped_parties_are_noticed_and_right_ones_are_not():
    truth = label(speech={"agent": [[0, 1], [7, 8]], "customer": [[2, 6]]})
    assert looks_swapped(truth, result([(2, 6)], [(0, 1), (7, 8)]))
    assert not looks_swapped(truth, result([(0, 1), (7, 8)], [(2, 6)]))
    assert not looks_swapped(truth, result([], [(2, 6)]))
    assert not looks_swapped(label(), result([(2, 6)], []))


@given(LANES, LANES)
def test_f1_is_symmetric_and_swaps_precision_with_recall(one, two):
    there, back = frame_confusion(one, two), frame_confusion(two, one)
    assert there.parts["tp"] == back.parts["tp"]
    assert there.parts["fp"] == back.parts["fn"]
    if len(one) and len(two):
        assert f1(there) == f1(back)
        assert precision(there) == recall(back)


@given(LANES)
def test_what_is_compared_with_itself_is_perfect(spans):
    tally = frame_confusion(spans, spans)
    assert {f1(tally), precision(tally), recall(tally)} == ({1.0} if len(spans) else {None})


@given(LANES, LANES)
def test_frames_of_both_sides_add_up(reference, hypothesis):
    tp, fp, fn = counts(reference, hypothesis)
    assert tp + fn == round(reference.duration_s * 100)
    assert tp + fp == round(hypothesis.duration_s * 100)
    assert min(tp, fp, fn) >= 0


@given(LANES, LANES, st.integers(0, 5000))
def test_the_place_in_the_call_does_not_matter(reference, hypothesis, hundredths):
    by_s = hundredths / 100
    assert counts(reference.shifted(by_s), hypothesis.shifted(by_s)) == counts(reference, hypothesis)
