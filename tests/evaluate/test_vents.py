from __future__ import annotations

import json

import pytest
from evaluate.made import label, result_data

from pipeline.evaluate.metric import Row, confusion, total
from pipeline.evaluate.vents import VENTS, labelled_verdict, score_vents
from pipeline.report.schema import Analysis

METRICS = {metric.name: metric for metric in VENTS.metrics}


def result(*vents, first_solution_s=None, verdict="pass"):
    """A result with vents ``(start_s, end_s, ended_by)``."""
    data = result_data([(0, 5)], [(5, 60)], duration_s=100.0)
    data["events"] = [
        {"type": "vent", "by": "customer", "start_s": s, "end_s": e, "ended_by": by} for s, e, by in vents
    ]
    data["measures"]["first_solution_s"] = first_solution_s
    evidence = [{"span": [1.0, 2.0], "text": ""}]
    data["verdicts"]["vent_before_solving"] = {
        "verdict": verdict,
        "confidence": 0.9,
        "reason": "Because.",
        "evidence": evidence,
        "would_flip": [],
    }
    return Analysis.model_validate_json(json.dumps(data))


def vents(*spans):
    return [{"start_s": s, "end_s": e, "ended_by": by} for s, e, by in spans]


#  labelled   ....==========....
#  found      ........==========
def test_overlap_is_over_all_vents_together():
    labelled = label(vents=vents((10, 20, "customer"), (40, 50, "solution")))
    scores = score_vents(labelled, result((15, 20, "customer"), (40, 55, "solution")))
    assert scores["vent_iou"].value == pytest.approx((5 + 10) / (10 + 15))
    assert scores["vent_start_error_s"].value == pytest.approx(5.0)
    assert scores["vent_end_error_s"].value == pytest.approx(0.0)
    assert scores["vent_ended_by"].value == 1.0


def test_vents_that_only_touch_share_nothing():
    scores = score_vents(label(vents=vents((10, 20, "customer"))), result((20, 30, "customer")))
    assert scores["vent_iou"].value == 0.0


def test_what_ended_it_is_of_the_first_vent():
    scores = score_vents(label(vents=vents((10, 20, "hold"))), result((10, 20, "customer")))
    assert scores["vent_ended_by"].value == 0.0


def test_a_vent_on_one_side_only_is_a_miss_and_none_on_both_is_no_figure():
    missed = score_vents(label(vent={"start_s": 10, "end_s": 20}), result())
    assert missed["vent_iou"].value == 0.0
    assert missed["vent_start_error_s"].value is None
    none = score_vents(label(vent=None), result())
    assert none["vent_iou"].value is None
    assert "no vent" in none["vent_iou"].reason
    invented = score_vents(label(vent=None), result((10, 20, "customer")))
    assert invented["vent_iou"].value == 0.0


def test_what_is_not_labelled_is_not_scored():
    scores = score_vents(label(), result((10, 20, "customer"), first_solution_s=30.0))
    assert set(scores) == set(METRICS)
    assert all(score.value is None and score.reason for score in scores.values())


@pytest.mark.parametrize(
    ("labelled", "found", "near", "error"),
    [
        (30.0, 31.5, 1.0, 1.5),
        (30.0, 27.9, 0.0, -2.1),
        (None, None, 1.0, None),
        (None, 30.0, 0.0, None),
        (30.0, None, 0.0, None),
    ],
)
def test_first_solutions(labelled, found, near, error):
    scores = score_vents(label(first_solution_s=labelled), result(first_solution_s=found))
    assert scores["first_solution_within_2s"].value == near
    value = scores["first_solution_error_s"].value
    assert value == (None if error is None else pytest.approx(error))


def test_the_label_tells_the_verdict_by_any_item_whose_core_check_it_is():
    assert labelled_verdict(label(checklists={"leap": {"listen": "fail"}})) == "fail"
    assert labelled_verdict(label(checklists={"did-you": {"blow_off_steam": "pass"}})) == "pass"
    assert labelled_verdict(label(checklists={"leap": {"empathize": "pass"}})) is None


def test_verdicts_unsure_apart_and_their_confusion():
    pairs = [("pass", "pass"), ("pass", "unsure"), ("fail", "pass"), ("not_applicable", "not_applicable")]
    rows = [
        Row(
            f"c{k}",
            f"c{k}",
            "dual",
            score_vents(label(checklists={"leap": {"listen": said}}), result(verdict=found)),
        )
        for k, (said, found) in enumerate(pairs)
    ]
    right = total(METRICS["vent_verdict"], rows)
    assert right.pooled == pytest.approx(2 / 3)  # of the three that are decided
    assert total(METRICS["vent_verdict_unsure"], rows).pooled == pytest.approx(1 / 4)
    assert confusion(right.tally) == {
        ("pass", "pass"): 1,
        ("pass", "unsure"): 1,
        ("fail", "pass"): 1,
        ("not_applicable", "not_applicable"): 1,
    }
