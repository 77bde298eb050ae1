"""Scores, ranges and the whole; the coach's paragraph; what changes between two scorings."""

from __future__ import annotations

import msgspec
import pytest
from checklist.made import BAD, CALM, GOOD, VENT, checklist, facts, item
from hypothesis import given
from hypothesis import strategies as st
from scenes import line

from pipeline.checklist import coach_note, compare_parts, load_checklists, score_checklists
from pipeline.measures import Evidence, Outcome, Verdict
from pipeline.report.assemble import checklist_part
from pipeline.timeline import Span

CHECKS = {
    "pass": {"vent": "present"},
    "fail": {"vent": "absent"},
    "unsure": {"measure": "hold_s", "at_most": 1},
    "na": {"move": "empathy", "within": "later_vents"},
}
CALL = facts(*GOOD, vents=VENT)


def scored(*kinds, call=CALL, **keys):
    items = []
    for k, kind in enumerate(kinds):
        name, _, flags = kind.partition(" ")
        extra = {"critical": True} if "!" in flags else {}
        extra |= {"weight": 3} if "x3" in flags else {}
        items.append(item(f"i{k}", CHECKS[name], **extra))
    return score_checklists(call, [checklist(*items, **keys)])[0]


@pytest.mark.parametrize(
    ("kinds", "score", "low", "high", "whole"),
    [
        (["pass", "pass"], 1.0, 1.0, 1.0, "pass"),
        (["pass", "fail"], 0.5, 0.5, 0.5, "fail"),
        (["pass", "na"], 1.0, 1.0, 1.0, "pass"),
        (["na", "na"], None, 0.0, 1.0, "not_applicable"),
        (["unsure", "unsure"], None, 0.0, 1.0, "unsure"),
        (["pass", "unsure"], 1.0, 0.5, 1.0, "unsure"),
        (["fail", "fail", "unsure"], 0.0, 0.0, 1 / 3, "fail"),
        (["pass"] * 4 + ["fail"], 0.8, 0.8, 0.8, "pass"),
        (["pass"] * 4 + ["unsure"], 1.0, 0.8, 1.0, "pass"),
        (["pass x3", "fail"], 0.75, 0.75, 0.75, "fail"),
        (["pass"] * 9 + ["fail !"], 0.9, 0.9, 0.9, "fail"),
        (["pass"] * 9 + ["unsure !"], 1.0, 0.9, 1.0, "unsure"),
    ],
)
def test_the_score_counts_what_is_decided(kinds, score, low, high, whole):
    found = scored(*kinds)
    assert found.score == (None if score is None else pytest.approx(score))
    assert found.score_range == pytest.approx((low, high))
    assert found.outcome is Outcome(whole)


def test_the_pass_mark_is_the_files():
    assert scored("pass", "fail", pass_mark=0.5).outcome is Outcome.PASS


@given(st.lists(st.sampled_from(sorted(CHECKS)), min_size=1, max_size=8))
def test_the_score_lies_in_its_range(kinds):
    found = scored(*kinds)
    low, high = found.score_range
    assert 0 <= low <= high <= 1
    assert found.score is None or low - 1e-9 <= found.score <= high + 1e-9
    if "unsure" not in kinds and found.score is not None:
        assert low == high == pytest.approx(found.score)


def test_finer_lines_change_nothing():
    finer = [item("a", CHECKS["fail"]), item("b", CHECKS["unsure"])]
    found = score_checklists(CALL, [checklist(item("main", CHECKS["pass"], items=finer))])[0]
    assert found.score == 1.0
    assert [one.outcome.value for one in found.items[0].items] == ["fail", "unsure"]


def test_a_line_that_may_not_apply_cannot_fail():
    one = item("a", CHECKS["fail"], not_applicable_when=CHECKS["unsure"])
    found = score_checklists(CALL, [checklist(one)])[0].items[0]
    assert found.outcome is Outcome.UNSURE
    assert "not certain that this applies" in found.finding.reason


def test_what_speaks_for_a_line_keeps_it_from_failing():
    hint = {"move": "reflect_back"}
    one = item("a", {"move": "rapport"}, unsure_when=hint)
    found = score_checklists(CALL, [checklist(one)])[0].items[0]
    assert found.outcome is Outcome.UNSURE
    assert "furious" in found.evidence[0].text
    failed = score_checklists(facts(*BAD, vents=VENT), [checklist(one)])[0].items[0]
    assert failed.outcome is Outcome.FAIL


def test_the_opposite_is_said_where_a_line_fails():
    one = item("a", {"move": "rapport"}, opposite="or was it business only?")
    found = score_checklists(CALL, [checklist(one)])[0].items[0]
    assert found.finding.reason.endswith(": or was it business only?")


# -- the coach's paragraph --------------------------------------------------------------------------


def test_strengths_first_then_one_thing_with_its_moment():
    lists = load_checklists(["leap"])
    good = coach_note(score_checklists(CALL, lists))
    assert good.text.startswith("You let the customer say it all before solving (0:03)")
    assert "work on" not in good.text
    assert good.play is None
    bad = coach_note(score_checklists(facts(*BAD, vents=VENT), lists))
    assert bad.text.count("One thing to work on") == 1
    assert "say what this must have been like" in bad.text
    assert bad.play is not None
    assert f"play {int(bad.play.start_s) // 60}:{int(bad.play.start_s) % 60:02}" in bad.text


def test_a_critical_line_is_worked_on_first():
    small = item("small", CHECKS["fail"], advice="mind the small thing")
    grave = item("grave", CHECKS["fail"], advice="mind the grave thing", critical=True)
    note = coach_note(score_checklists(CALL, [checklist(small, grave)]))
    assert "grave" in note.text
    assert "small" not in note.text


def test_the_same_is_said_once_over_all_checklists():
    text = coach_note(score_checklists(CALL, load_checklists())).text
    assert text.count("say it all before solving") == 1


def test_the_agent_is_spoken_to_and_not_of():
    reason = "The agent cut in twice while the customer complained; the agent's offer came at 0:16."
    broken = Verdict(Outcome.FAIL, 0.9, reason, (Evidence(Span(3.0, 4.0)),))
    call = facts(*GOOD, vents=VENT, verdicts={"vent_before_solving": broken})
    text = coach_note(score_checklists(call, load_checklists(["leap"]))).text
    assert "You cut in twice while the customer complained; your offer came at 0:16." in text
    assert "agent" not in text


def test_what_is_open_is_for_a_person():
    note = coach_note(score_checklists(facts(*GOOD, vents=VENT, roles_sure=False), load_checklists(["leap"])))
    assert note.text.startswith("Not decided, for a person to hear: “Listen”")


def test_nothing_is_said_of_nothing():
    note = coach_note(score_checklists(facts(*CALM), [checklist(item("a", CHECKS["na"]))]))
    assert note.text == "Nothing in this call is asked about by these checklists."


# -- comparing --------------------------------------------------------------------------------------

LENIENT = checklist(item("one", {"move": "empathy"}), item("two", {"vent": "present"}), name="lenient")
STRICT = checklist(
    item("one", {"move": "empathy", "at_least": 2}), item("three", {"vent": "present"}), name="strict"
)


def parts(call, *lists):
    return [msgspec.to_builtins(checklist_part(one)) for one in score_checklists(call, lists)]


def test_two_checklists_are_compared_by_their_lines():
    (change,) = compare_parts(parts(CALL, LENIENT), parts(CALL, STRICT))
    assert change.name == "lenient → strict"
    assert change.verdicts == ("pass", "fail")
    assert {one.item: (one.before, one.after) for one in change.items} == {
        "one": ("pass", "fail"),
        "two": ("pass", None),
        "three": (None, "pass"),
    }
    first = change.items[0]
    assert "0:21" in first.why_before
    assert first.why_after.startswith("Only 1 genuine empathy")
    assert first.span == (21.0, 24.0)


def test_the_same_twice_changes_nothing():
    assert compare_parts(parts(CALL, LENIENT, STRICT), parts(CALL, LENIENT, STRICT)) == ()


def test_other_moves_change_a_call():
    other = facts(*GOOD[:2], line("A 21-24: Right."), vents=VENT)
    changes = compare_parts(parts(CALL, LENIENT, STRICT), parts(other, LENIENT, STRICT))
    assert [change.name for change in changes] == ["lenient"]
    assert changes[0].scores == (1.0, 0.5)
    assert changes[0].to_dict()["items"][0]["after"] == "fail"
