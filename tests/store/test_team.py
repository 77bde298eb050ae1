"""From stored results to the calls of a team report."""

from __future__ import annotations

from datetime import date

import pytest
from store.made import make_result

from pipeline.report.team import Gathered, Interruptions, make_report
from pipeline.store import CallFilter
from pipeline.store.team import TeamRows, read_moments

VENT = {
    "start_s": 5.0, "end_s": 30.25, "spoken_s": 20.0, "uninterrupted_share": 1.0, "ended_by": "customer",
    "first_solution_s": 32.0, "lead_s": 1.75, "confidence": 0.9, "why": "",
}  # fmt: skip


def put(store, number, *, agent="Emma", team=None, when="2026-11-02T10:00:00", **parts):
    result = make_result(number, **parts)
    result["call"] |= {"agent": agent, "recorded_at": when, "metadata": {"team": team} if team else {}}
    store.put(result, result["call"]["id"])
    return result


def rows_of(store, **options):
    with store.read() as reader:
        rows = TeamRows(reader, **options)
        return list(rows.calls()), rows.names()


def test_a_call_is_taken_with_its_numbers_and_verdicts(store):
    result = make_result(1, vent=VENT)
    result["measures"] |= {
        "interruptions_by_agent": 3.0,
        "solution_lead_s": 1.75,
        "interruptions_by_agent_in_vent": 1.0,
    }
    result["measure_details"]["interruptions_by_agent"]["parts"] = {"count": 3.0, "unsure": 1.0}
    result["call"] |= {"agent": " Emma ", "metadata": {"team": "Billing"}}
    result["roles"]["customer"]["confidence"] = 0.6
    store.put(result, "call_00001")
    (call,), names = rows_of(store)
    assert (call.id, call.agent, call.team, call.roles_sure) == ("call_00001", "Emma", "Billing", False)
    assert call.recorded_on == date.fromisoformat(result["call"]["recorded_at"][:10])
    assert call.agent_ms == round(result["measures"]["agent_talk_s"] * 1000)
    assert call.by_agent == Interruptions(2, 1)
    assert (call.vent.length_ms, call.vent.ended_by, call.vent.lead_ms) == (25_250, "customer", 1750)
    assert call.vent.by_agent == Interruptions(1, 0)
    assert call.heard_confidence == result["verdicts"]["vent_before_solving"]["confidence"]
    assert call.warnings == {"clipped"}
    said = dict(call.verdicts)
    assert said["vent_before_solving"] == result["verdicts"]["vent_before_solving"]["verdict"]
    leap = result["checklists"][0]
    assert said["leap"] == leap["verdict"]
    assert said["leap.problem_solve.two_options"] == leap["items"][1]["items"][0]["verdict"]
    assert {one.key for one in names} == set(said)
    assert {one.key: (one.kind, one.title) for one in names}["leap.problem_solve"] == (
        "item",
        "Problem Solve",
    )


def test_what_is_missing_is_none_and_moves_nobody_elses_rows(store):
    put(store, 0, measures={}, measure_details={}, warnings=[], verdicts={}, checklists=[])
    other = put(store, 1)
    first, second = rows_of(store)[0]
    assert (first.agent_ms, first.by_agent, first.vent, first.verdicts, first.warnings) == (
        None,
        None,
        None,
        (),
        frozenset(),
    )
    assert second.customer_ms == round(other["measures"]["customer_talk_s"] * 1000)
    assert dict(second.verdicts)["last"] == other["checklists"][1]["verdict"]


def test_only_the_calls_that_were_asked_for(store):
    put(store, 0, team="Billing")
    put(store, 1, team="Orders", when="2026-11-09T10:00:00", lists=("own",))
    put(store, 2, when=None)
    assert [one.id for one in rows_of(store, team="Orders")[0]] == ["call_00001"]
    since = CallFilter(since=date(2026, 11, 3))
    calls, names = rows_of(store, where=since)
    assert [one.id for one in calls] == ["call_00001"]
    assert {one.checklist for one in names} == {"vent_before_solving", "own"}
    assert len(rows_of(store)[0]) == 3


def test_the_figures_are_those_of_the_results(store):
    results = [put(store, number) for number in range(12)]
    calls, names = rows_of(store)
    found = make_report(Gathered.of(calls), names)
    listen = next(one for one in found.items if one.name.key == "leap.listen").rate.parts
    verdicts = [one["checklists"][0]["items"][0]["verdict"] for one in results]
    assert listen == {name: verdicts.count(name) for name in ("pass", "fail", "unsure", "not_applicable")}
    agent_s = sum(one["measures"]["agent_talk_s"] for one in results)
    assert found.whole.talk.parts["agent_s"] == pytest.approx(agent_s)


def test_moments_are_the_decided_ones_with_their_proof(store):
    results = {f"call_{k:05d}": put(store, k, agent=" Emma" if k % 2 else "Tom") for k in range(10)}
    with store.read() as reader:
        found = read_moments(reader, "leap.listen", agent="Emma")
    decided = {
        name: one["checklists"][0]["items"][0]
        for k, (name, one) in enumerate(results.items())
        if k % 2 and one["checklists"][0]["items"][0]["verdict"] in ("pass", "fail")
    }
    assert [one.call_id for one in found] == sorted(decided)
    for one in found:
        item = decided[one.call_id]
        assert (one.outcome, one.start_s, one.end_s, one.text) == (item["verdict"], 1.0, 2.5, "I am sorry")
        assert one.confidence == min(item["confidence"], 0.95)
