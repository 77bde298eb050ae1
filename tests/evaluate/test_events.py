from __future__ import annotations

import pytest
from evaluate.made import label, result_data
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluate.events import count_matches, score_events
from pipeline.evaluate.families import METRICS
from pipeline.evaluate.metric import Row, confusion, total
from pipeline.report.schema import Analysis

TALK = ([(0, 20)], [(5, 60)])


def found(*events, speech=TALK):
    """A result with events ``(type, by, start_s[, confidence])``."""
    data = result_data(*speech, duration_s=60.0)
    data["events"] = [
        {"type": kind, "by": by, "start_s": at, "end_s": at + 1, "confidence": (*sure, 0.9)[0]}
        for kind, by, at, *sure in events
    ]
    return Analysis.model_validate(data)


def cut(at, by="agent", kind="interruption"):
    of = "customer" if by == "agent" else "agent"
    return {"type": kind, "by": by, "of": of, "at_s": at}


def values(truth, analysis):
    return {name: score.value for name, score in score_events(truth, analysis).items()}


def test_starts_within_a_second_are_the_same_event_one_to_one():
    truth = label(interruptions=[cut(10), cut(30), cut(50)])
    scores = score_events(
        truth,
        found(
            ("interruption", "agent", 11.0), ("interruption", "agent", 10.5), ("interruption", "agent", 31.01)
        ),
    )
    assert scores["interruptions_f1_agent"].tally.parts == {"tp": 1, "fp": 2, "fn": 2}
    assert scores["interruptions_precision_agent"].value == pytest.approx(1 / 3)
    assert scores["interruptions_recall_agent"].value == pytest.approx(1 / 3)
    assert scores["interruptions_f1_agent"].value == pytest.approx(2 / 6)


def test_each_party_has_its_own_and_both_are_the_sum():
    truth = label(interruptions=[cut(10), cut(30, "customer")])
    scores = values(truth, found(("interruption", "agent", 10), ("interruption", "agent", 30)))
    assert scores["interruptions_recall_agent"] == 1.0
    assert scores["interruptions_precision_agent"] == 0.5
    assert scores["interruptions_recall_customer"] == 0.0
    assert scores["interruptions_precision_customer"] is None
    assert scores["interruptions_f1"] == pytest.approx(0.5)


def test_pause_interruptions_count_neither_way_where_none_is_labelled():
    truth = label(interruptions=[cut(10)])
    scores = values(truth, found(("interruption", "agent", 10), ("pause_interruption", "agent", 30)))
    assert scores["interruptions_f1_agent"] == 1.0
    assert scores["pause_interruption_precision"] is None


def test_both_counting_types_are_scored_where_pauses_are_labelled():
    truth = label(interruptions=[cut(10), cut(30, kind="pause_interruption")])
    analysis = found(
        ("pause_interruption", "agent", 10),
        ("pause_interruption", "agent", 30),
        ("false_start", "agent", 50),
    )
    scores = values(truth, analysis)
    assert scores["interruptions_f1_agent"] == 1.0
    assert scores["pause_interruption_precision"] == 0.5


def test_false_alarms_alone_are_an_f1_of_zero_and_nothing_at_all_is_undefined():
    truth = label(interruptions=[])
    assert values(truth, found(("interruption", "agent", 10)))["interruptions_f1_agent"] == 0.0
    nothing = score_events(truth, found())["interruptions_f1_agent"]
    assert nothing.value is None
    assert "no interruption" in nothing.reason


def test_unsure_events_are_left_out_of_the_sure_figures():
    truth = label(interruptions=[cut(10), cut(30)])
    analysis = found(
        ("interruption", "agent", 10, 0.6),
        ("interruption", "agent", 30, 0.59),
        ("interruption", "agent", 50, 0.3),
    )
    scores = score_events(truth, analysis)
    assert scores["interruptions_f1_agent"].value == pytest.approx(4 / 5)
    assert scores["interruptions_f1_sure_agent"].tally.parts == {"tp": 1, "fp": 0, "fn": 1}
    assert scores["interruptions_f1_sure"].value == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("kind", "by", "at", "taken"),
    [
        ("interruption", "agent", 10.5, 1),
        ("pause_interruption", "agent", 9.5, 1),
        ("interruption", "agent", 10.51, 0),
        ("interruption", "customer", 10.0, 0),
        ("false_start", "agent", 10.0, 0),
    ],
)
def test_backchannels_taken_for_interruptions(kind, by, at, taken):
    small = {"speaker": "agent", "text": "mm-hm", "start_s": 10.0, "end_s": 10.4, "backchannel": True}
    plain = {**small, "start_s": 20.0, "end_s": 24.0, "backchannel": False}
    score = score_events(label(lines=[small, plain]), found((kind, by, at), ("interruption", "agent", 20)))
    assert score["backchannels_as_interruptions"].tally.parts == {"taken": taken, "backchannels": 1}


def cells(truth_events, *events):
    truth = label(
        events=[{"type": kind, "by": by, "start_s": at, "end_s": at + 1} for kind, by, at in truth_events]
    )
    return confusion(score_events(truth, found(*events))["event_type_agreement"].tally)


def test_the_confusion_table_pairs_the_same_types_first_and_counts_what_is_alone():
    table = cells(
        [("interruption", "agent", 10), ("backchannel", "agent", 10.6), ("false_start", "agent", 40)],
        ("backchannel", "agent", 10.1),
        ("terminal_overlap", "agent", 10.5),
        ("interruption", "customer", 40),
    )
    assert table == {
        ("backchannel", "backchannel"): 1,
        ("interruption", "terminal_overlap"): 1,
        ("false_start", "none"): 1,
        ("none", "interruption"): 1,
    }


def test_a_dual_start_is_nobodys_so_its_party_does_not_matter():
    assert cells([("dual_start", "agent", 10)], ("dual_start", "customer", 10.2)) == {
        ("dual_start", "dual_start"): 1
    }


def test_silences_stand_in_the_table_only_where_labels_hold_such():
    assert cells([("backchannel", "agent", 10)], ("hold", None, 30)) == {("backchannel", "none"): 1}
    assert cells([("hold", None, 30)], ("silence", None, 30.5)) == {("hold", "silence"): 1}
    assert cells([("hold", "agent", 30)], ("hold", None, 30.5)) == {("hold", "hold"): 1}


def test_the_total_is_the_formula_over_all_calls():
    truths = [label(interruptions=[cut(10)]), label(interruptions=[])]
    results = [found(("interruption", "agent", 10)), found(("interruption", "agent", 10))]
    rows = [
        Row(str(k), str(k), "dual", score_events(*pair))
        for k, pair in enumerate(zip(truths, results, strict=True))
    ]
    whole = total(METRICS["interruptions_precision_agent"], rows)
    assert whole.pooled == 0.5
    assert whole.worst == 0.0


def test_what_is_not_labelled_is_not_scored():
    scores = score_events(label(), found(("interruption", "agent", 10)))
    assert {score.value for score in scores.values()} == {None}


def test_parties_that_are_not_told_apart_are_not_scored():
    data = result_data(other=[(0, 5)])
    scores = score_events(label(interruptions=[cut(1)]), Analysis.model_validate(data))
    assert all("not told apart" in score.reason for score in scores.values())


TIMES = st.lists(st.floats(0, 20), max_size=8)


@given(TIMES, TIMES)
def test_no_more_pairs_can_be_made(ours, theirs):
    def most(left, right):
        if not left:
            return 0
        first, *rest = left
        partners = [k for k, at in enumerate(right) if abs(at - first) <= 1.0]
        return max([most(rest, right), *(1 + most(rest, right[:k] + right[k + 1 :]) for k in partners)])

    ours = ours[:5]
    assert count_matches(ours, theirs) == most(ours, theirs)
    assert count_matches(theirs, ours) == count_matches(ours, theirs)
