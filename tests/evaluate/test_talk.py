from __future__ import annotations

import pytest
from evaluate.made import label, result

from pipeline.evaluate.talk import score_talk


def test_the_ratio_error_is_result_minus_label_with_the_seconds_as_parts():
    truth = label(talk_s={"agent": 4.0, "customer": 6.0}, talk_ratio_agent=0.4)
    score = score_talk(truth, result([(0, 5)], [(5, 10)]))["talk_ratio_error"]
    assert score.value == pytest.approx(0.1)
    assert score.tally.parts == {
        "result_agent_s": 5,
        "result_both_s": 10,
        "label_agent_s": 4,
        "label_both_s": 10,
    }


def test_seconds_of_each_party_are_off_by_sign_and_share():
    truth = label(talk_s={"agent": 4.0, "customer": 6.0})
    scores = score_talk(truth, result([(0, 5)], [(5, 8)]))
    assert scores["agent_talk_error_s"].value == pytest.approx(1.0)
    assert scores["agent_talk_error_share"].value == pytest.approx(0.25)
    assert scores["customer_talk_error_s"].value == pytest.approx(-3.0)
    assert scores["customer_talk_error_share"].value == pytest.approx(-0.5)


def test_a_ratio_without_seconds_is_scored_and_adds_no_parts():
    score = score_talk(label(talk_ratio_agent=0.5), result([(0, 5)], [(5, 10)]))["talk_ratio_error"]
    assert score.value == 0.0
    assert score.tally.parts == {}


def test_a_silent_party_in_the_label_has_no_share():
    truth = label(talk_s={"agent": 0.0, "customer": 6.0}, talk_ratio_agent=0.0)
    scores = score_talk(truth, result([(0, 1)], [(2, 8)]))
    assert scores["agent_talk_error_s"].value == pytest.approx(1.0)
    assert scores["agent_talk_error_share"].value is None
    assert scores["talk_ratio_error"].value == pytest.approx(1 / 7)


def test_what_is_not_labelled_is_not_scored():
    scores = score_talk(label(talk_s={"agent": 3.0}), result([(0, 5)], [(5, 10)]))
    scored = {name for name, score in scores.items() if score.value is not None}
    assert scored == {"agent_talk_error_s", "agent_talk_error_share"}


def test_the_reason_of_a_missing_measure_is_handed_on():
    scores = score_talk(label(talk_ratio_agent=0.5), result())
    assert scores["talk_ratio_error"].value is None
    assert scores["talk_ratio_error"].reason == "nobody speaks in this call"


def test_a_result_without_the_measure_says_so():
    scores = score_talk(label(talk_s={"agent": 3.0, "customer": 1.0}), result(measures={}))
    assert scores["agent_talk_error_s"].reason == "not measured in this result"
