"""Item verdicts against labels: agreement, kappa, unsure apart; and between two people."""

from __future__ import annotations

import json

import pytest
from evaluate.made import label, result_data, write_label
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from pipeline.errors import InputError, UsageError
from pipeline.evaluate import Tally
from pipeline.evaluate.checklists import (
    ALL,
    CHECKLISTS,
    ITEMS,
    Agreement,
    agreements,
    checklist_tally,
    checklists_json,
    checklists_table,
    people_agreement,
    people_json,
    people_table,
    score_checklists,
)
from pipeline.report.schema import Analysis

VERDICTS = ("pass", "fail", "not_applicable", "unsure")


def result(**lists):
    """A result with these checklists: ``leap={"listen": "pass"}``."""
    data = result_data(agent=[(0, 1)], customer=[(2, 3)])
    data["checklists"] = [
        {
            "name": name.replace("_", "-"),
            "title": name,
            "score": None,
            "score_range": [0, 1],
            "verdict": "unsure",
            "items": [
                {"id": i, "title": i, "verdict": v, "confidence": 0.9, "reason": "So.", "evidence": []}
                for i, v in items.items()
            ],
        }
        for name, items in lists.items()
    ]
    return Analysis.model_validate_json(json.dumps(data))


def shown(table):
    console = Console(width=160)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def test_kappa_of_the_textbook_case():
    """20 both yes, 15 both no, 5 and 10 apart: observed .70, by chance .50, kappa .40."""
    cells = {("pass", "pass"): 20, ("pass", "fail"): 5, ("fail", "pass"): 10, ("fail", "fail"): 15}
    found = Agreement(cells)
    assert found.share == pytest.approx(0.7)
    assert found.kappa == pytest.approx(0.4)


def test_kappa_is_undefined_where_there_is_one_answer_only():
    assert Agreement({("pass", "pass"): 9}).kappa is None
    assert Agreement().kappa is None
    assert Agreement({("pass", "unsure"): 3}).kappa is None


def test_kappa_of_judges_who_never_agree_is_not_positive():
    assert Agreement({("pass", "fail"): 5, ("fail", "pass"): 5}).kappa == pytest.approx(-1.0)


@given(st.dictionaries(st.tuples(st.sampled_from(VERDICTS), st.sampled_from(VERDICTS)), st.integers(0, 30)))
def test_figures_stay_in_their_bounds(cells):
    found = Agreement(cells)
    assert found.decided + found.unsure == sum(cells.values())
    assert found.share is None or 0 <= found.share <= 1
    assert found.kappa is None or -1 - 1e-9 <= found.kappa <= 1 + 1e-9
    mirrored = Agreement({(b, a): count for (a, b), count in cells.items()})
    assert mirrored.share == found.share
    assert mirrored.kappa == (None if found.kappa is None else pytest.approx(found.kappa))


def test_a_call_is_scored_on_what_both_judge():
    labelled = label(checklists={"leap": {"listen": "pass", "ask": "fail"}, "last": {"thank": "fail"}})
    scores = score_checklists(labelled, result(leap={"listen": "pass", "apologize": "fail"}))
    assert scores["checklist_agreement"].value == 1.0
    assert scores[ITEMS].tally.parts == {"leap.listen|pass > pass": 1.0}


def test_what_is_unsure_stands_apart():
    labelled = label(checklists={"leap": {"a": "pass", "b": "fail", "c": "not_applicable", "d": "pass"}})
    found = result(leap={"a": "pass", "b": "pass", "c": "unsure", "d": "unsure"})
    scores = score_checklists(labelled, found)
    assert scores["checklist_agreement"].value == 0.5
    assert scores["checklist_unsure"].value == 0.5


@pytest.mark.parametrize("lists", [None, {}, {"ours": {"x": "pass"}}])
def test_without_a_common_line_nothing_is_scored(lists):
    labelled = label() if lists is None else label(checklists=lists)
    scores = score_checklists(labelled, result(leap={"listen": "pass"}))
    assert {score.value for score in scores.values()} == {None}
    assert all(score.reason for score in scores.values())
    assert set(scores) == {metric.name for metric in CHECKLISTS.metrics}


def test_sums_are_per_line_per_checklist_and_over_all():
    one = checklist_tally({"leap": {"a": "pass"}}, {"leap": {"a": "pass"}})
    two = checklist_tally({"leap": {"a": "fail", "b": "fail"}}, {"leap": {"a": "pass", "b": "fail"}})
    three = checklist_tally({"leap-ask-produce": {"a": "pass"}}, {"leap-ask-produce": {"a": "unsure"}})
    found = agreements(one + two + three)
    assert set(found) == {"leap.a", "leap.b", "leap-ask-produce.a", "leap", "leap-ask-produce", ALL}
    assert (found["leap.a"].agreed, found["leap.a"].decided) == (1, 2)
    assert (found["leap"].agreed, found["leap"].decided, found["leap"].unsure) == (2, 3, 0)
    assert (found[ALL].decided, found[ALL].unsure) == (3, 1)


def test_the_figures_for_machines_and_people():
    tally = checklist_tally({"leap": {"a": "pass", "b": "fail"}}, {"leap": {"a": "pass", "b": "pass"}})
    data = checklists_json(tally)
    assert data["all"]["agreement"] == 0.5
    assert data["leap.b"]["cells"] == {"fail": {"pass": 1}}
    assert checklists_json(Tally()) == {}
    lines = [line.split() for line in shown(checklists_table(tally)).splitlines() if "%" in line]
    assert [line[0] for line in lines] == ["leap.a", "leap.b", "leap", "all"]
    assert lines[-1][1] == "50%"


FIRST = {"leap": {"listen": "pass", "empathize": "fail"}}
SECOND = {"leap": {"listen": "pass", "empathize": "pass"}}


def test_two_people_are_compared_call_by_call(tmp_path):
    write_label(tmp_path / "ann", "call_01", checklists=FIRST)
    write_label(tmp_path / "ann", "call_02", checklists=FIRST)
    write_label(tmp_path / "bob", "call_01", checklists=SECOND)
    write_label(tmp_path / "bob", "call_03", checklists=SECOND)
    people = people_agreement(tmp_path / "ann", tmp_path / "bob")
    assert people.calls == 1
    assert people.alone == ("call_02", "call_03")
    assert agreements(people.tally)[ALL].share == 0.5


def test_a_tool_that_differs_more_than_people_do_is_marked(tmp_path):
    for who in ("ann", "bob"):
        write_label(tmp_path / who, "call_01", checklists=FIRST)
    people = people_agreement(tmp_path / "ann", tmp_path / "bob")
    tool = checklist_tally(FIRST, {"leap": {"listen": "fail", "empathize": "fail"}})
    marked = [line for line in shown(people_table(people, tool, tool)).splitlines() if "differs more" in line]
    assert [line.split()[0] for line in marked] == ["leap.listen", "leap", "all"]
    data = people_json(people, tool, tool)
    assert data["between_people"]["all"]["agreement"] == 1.0
    assert data["with_first"]["all"]["agreement"] == 0.5


def test_people_without_a_common_call_are_refused(tmp_path):
    write_label(tmp_path / "ann", "call_01", checklists=FIRST)
    write_label(tmp_path / "bob", "call_02", checklists=FIRST)
    with pytest.raises(UsageError, match="no labelled call in common"):
        people_agreement(tmp_path / "ann", tmp_path / "bob")


def test_a_call_labelled_twice_by_one_person_is_refused(tmp_path):
    write_label(tmp_path / "ann", "call_01", checklists=FIRST)
    write_label(tmp_path / "ann" / "again", "call_01", checklists=FIRST)
    write_label(tmp_path / "bob", "call_01", checklists=FIRST)
    with pytest.raises(InputError, match="there twice"):
        people_agreement(tmp_path / "ann", tmp_path / "bob")
