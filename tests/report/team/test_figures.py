"""Sums, rates, series and examples from drawn calls, whatever the order and the parts they come in."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report.team.made_calls import ITEMS, make_calls

from pipeline.report.team import (
    CallNumbers,
    CallVent,
    Gathered,
    Interruptions,
    ItemName,
    TeamSettings,
    make_report,
)

NAMES = [
    ItemName("vent_before_solving", "verdict", "Vent before solving", 1),
    ItemName("leap", "checklist", "LEAP", 2),
    ItemName("leap.listen", "item", "Listen", 3),
    ItemName("leap.listen.signs", "item", "Signs", 4),
]


def call(number=0, outcome="pass", **more):
    verdicts = (("vent_before_solving", outcome), ("leap", outcome), ("leap.listen", outcome))
    plain = CallNumbers(
        id=f"call_{number}",
        agent="Emma",
        recorded_on=date(2026, 11, 2),
        duration_ms=600_000,
        agent_ms=100_000,
        customer_ms=200_000,
        by_agent=Interruptions(0, 0),
        verdicts=verdicts,
        heard_confidence=0.9,
        sha256=str(number),
    )
    return replace(plain, **more)


def report(*calls, min_calls=20):
    return make_report(Gathered.of(calls), NAMES, TeamSettings(min_calls))


def test_talk_is_seconds_over_seconds_not_an_average_of_calls():
    found = report(
        call(0, agent_ms=90_000, customer_ms=10_000), call(1, agent_ms=100_000, customer_ms=800_000)
    )
    assert found.whole.talk.value == pytest.approx(190 / 1000)
    assert found.whole.talk.parts == {"calls": 2, "agent_s": 190.0, "both_s": 1000.0}
    assert found.whole.talk.interval is None


def test_interruptions_are_over_hours_of_customer_speech_and_the_unsure_stand_apart():
    found = report(
        call(0, customer_ms=1_800_000, by_agent=Interruptions(3, 1)),
        call(1, customer_ms=1_800_000, by_agent=Interruptions(0, 1)),
    ).whole.interruptions
    assert found.value == 3.0
    assert (found.possible.low, found.possible.high) == (3.0, 5.0)
    assert found.parts == {"calls": 2, "count": 3, "unsure": 2, "customer_s": 3600}
    assert found.interval.low < 3.0 < found.interval.high


def test_a_rate_is_of_decided_calls_and_the_undecided_are_counted_beside_it():
    outcomes = ["pass"] * 6 + ["fail"] * 2 + ["unsure"] * 4 + ["not_applicable"] * 3
    found = report(*(call(k, one) for k, one in enumerate(outcomes)))
    item = next(one for one in found.items if one.name.key == "leap.listen")
    assert item.rate.value == 0.75
    assert item.rate.parts == {"pass": 6, "fail": 2, "unsure": 4, "not_applicable": 3}
    assert (item.rate.possible.low, item.rate.possible.high) == (6 / 12, 10 / 12)
    assert [one.name.key for one in found.items] == ["vent_before_solving", "leap", "leap.listen"]


def test_nothing_decided_is_no_rate():
    found = report(call(0, "unsure"), call(1, "not_applicable"))
    assert (found.whole.heard.value, found.whole.heard.interval) == (None, None)
    assert found.whole.heard.parts["unsure"] == 1


def test_a_doubtful_agent_is_left_out_of_sums_but_not_out_of_sight():
    found = report(call(0, role_confidence=0.5, agent_ms=1, by_agent=Interruptions(9)), call(1))
    assert (found.tally.calls, found.tally.roles_unsure) == (2, 1)
    assert found.whole.talk.parts["agent_s"] == 100.0
    assert found.whole.interruptions.parts["count"] == 0
    assert found.to_dict()["apart"]["roles_unsure"] == 1


@pytest.mark.parametrize(
    "silent", [{"agent_ms": None}, {"customer_ms": None}, {"agent_ms": 0, "customer_ms": 0}]
)
def test_what_was_not_measured_is_said(silent):
    found = report(call(0, **silent), call(1))
    assert (found.tally.unmeasured, found.tally.talk.calls) == (1, 1)


def test_below_min_calls_an_agent_has_no_figure_but_counts_in_all():
    calls = [call(k, agent="Ben") for k in range(19)] + [call(100 + k, agent="Zoe") for k in range(20)]
    found = report(*calls)
    ben, zoe = found.agents
    assert (ben.name, ben.calls, ben.group, ben.series) == ("Ben", 19, None, ())
    assert zoe.group.calls == 20
    assert found.whole.calls == 39
    assert found.to_dict()["agents"][0]["figures"] is None


def test_agents_are_by_name_and_calls_without_one_are_last_without_a_figure():
    names = ["zoe", "Ben", None, "Änne", "ada"]
    calls = [call(20 * n + k, agent=name) for n, name in enumerate(names) for k in range(20)]
    found = report(*calls)
    assert [one.name for one in found.agents] == ["ada", "Ben", "zoe", "Änne", None]
    assert found.agents[-1].group is None


def test_teams_stand_side_by_side_only_where_there_are_any():
    assert report(call(0), call(1)).teams == ()
    calls = [call(k, "fail", team="Orders", agent=f"a{k % 2}") for k in range(20)] + [
        call(50, team="Billing")
    ]
    billing, orders = report(*calls).teams
    assert (billing.name, billing.group, billing.items) == ("Billing", None, {})
    assert (orders.agents, orders.group.heard.value, orders.items["leap.listen"].parts["fail"]) == (
        2,
        0.0,
        20,
    )
    assert "leap.listen.signs" not in orders.items


def test_weeks_begin_on_monday_and_empty_ones_stay():
    found = report(
        call(0, recorded_on=date(2026, 11, 1)),  # a Sunday
        call(1, recorded_on=date(2026, 11, 2)),
        call(2, recorded_on=date(2026, 11, 17)),
        call(3, recorded_on=None),
    )
    assert [(one.first.isoformat(), one.group.calls) for one in found.series] == [
        ("2026-10-26", 1), ("2026-11-02", 1), ("2026-11-09", 0), ("2026-11-16", 1),
    ]  # fmt: skip
    assert found.to_dict()["apart"]["without_date"] == 1


def test_many_weeks_are_put_together_for_an_agent_so_that_the_last_block_is_full():
    calls = [call(k, recorded_on=date(2026, 1, 5) + timedelta(weeks=k)) for k in range(30)]
    found = report(*calls)
    assert (found.block_weeks, found.agent_block_weeks) == (1, 3)
    series = found.agents[0].series
    assert [one.group.calls for one in series] == [3] * 10
    assert series[-1].last == date(2026, 1, 5) + timedelta(weeks=30, days=-1)
    assert [one.first for one in series] == [one.first for one in found.agent_series]


def test_a_change_is_found_only_where_it_is_more_than_chance():
    first = date(2026, 10, 5)
    before = [
        call(k, "pass" if k % 2 else "fail", recorded_on=first + timedelta(days=k % 28)) for k in range(80)
    ]
    now = [call(100 + k, "pass", recorded_on=first + timedelta(weeks=4)) for k in range(30)]
    changes = report(*before, *now).changes
    assert (changes.calls, changes.calls_before, changes.compared) == (30, 80, 1)
    assert changes.found[0].item.name.key == "vent_before_solving"  # leap.listen is the same: said once
    assert changes.found[0].interval.low > 0
    calm = report(*before, *(replace(one, verdicts=before[k].verdicts) for k, one in enumerate(now))).changes
    assert calm.found == ()
    assert report(call(0)).changes is None


def test_vents_that_were_cut_or_are_not_sure_are_no_full_lengths():
    vents = [CallVent(10_000, "customer"), CallVent(20_000, "customer"), CallVent(15_000, "interruption")]
    vents += [CallVent(99_000, "customer", confidence=0.5)]
    found = report(*(call(k, vent=one) for k, one in enumerate(vents))).vents
    assert found.curve == [(10_000, pytest.approx(1 / 3)), (20_000, 1.0)]
    assert found.quantiles[0.5] == 20_000
    assert found.ends == {"customer": 2, "interruption": 1, "solution": 0, "hold": 0}
    assert found.unsure == 1


def test_examples_are_certain_follow_their_rule_and_name_an_agent_once():
    def example(number, outcome, agent, **vent):
        return call(
            number, outcome, agent=agent, vent=CallVent(vent.pop("length", 9_000), "customer", **vent)
        )

    found = report(
        example(0, "pass", "Emma", length=30_000),
        example(1, "pass", "Emma", length=40_000),
        example(2, "pass", "Tom", length=35_000),
        replace(example(3, "pass", "Zoe", length=90_000), heard_confidence=0.7),
        replace(example(4, "pass", "Zoe", length=90_000), role_confidence=0.5),
        example(5, "pass", "Zoe", length=90_000, confidence=0.5),
        example(6, "fail", "Emma", by_agent=Interruptions(1)),
        example(7, "fail", "Tom", by_agent=Interruptions(1), lead_ms=-5_000),
        example(8, "fail", None, by_agent=Interruptions(3)),
        example(9, "fail", None, by_agent=Interruptions(2)),
    )
    assert [one.call_id for one in found.best] == ["call_1", "call_2"]
    assert [one.call_id for one in found.worst] == ["call_8", "call_9", "call_7", "call_6"]


def test_what_makes_calls_unlike_is_noted():
    calls = [
        call(0, version="1", settings_sha256="a", warnings=frozenset(["clipped"])),
        call(1, version="2", settings_sha256="a", sha256="0"),
    ]
    found = report(*calls)
    assert found.notes == {"versions": {"1": 1, "2": 1}, "settings": {"a": 2}, "warnings": {"clipped": 1}}
    assert found.repeated == 1


def test_settings_are_held_to():
    with pytest.raises(ValueError, match="at least 1"):
        TeamSettings(min_calls=0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 1))
def test_neither_the_order_nor_the_parts_matter(seed, at):
    calls = make_calls(agents=6, weeks=5, seed=seed)
    whole = make_report(Gathered.of(calls), ITEMS).to_dict()
    shuffled = random.Random(seed).sample(calls, len(calls))
    assert make_report(Gathered.of(shuffled), ITEMS).to_dict() == whole
    cut = round(at * len(shuffled))
    one, other = Gathered.of(shuffled[:cut]), Gathered.of(shuffled[cut:])
    one.update(other)
    assert make_report(one, ITEMS).to_dict() == whole


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_all_calls_are_the_sum_of_agents_teams_and_weeks(seed):
    gathered = Gathered.of(make_calls(agents=5, weeks=4, seed=seed))
    found = make_report(gathered, ITEMS, TeamSettings(1))
    assert (
        sum(one.calls for one in found.agents) == sum(one.calls for one in found.teams) == found.whole.calls
    )
    dated = sum(one.group.calls for one in found.series)
    assert dated + found.to_dict()["apart"]["without_date"] == found.whole.calls
    counts = [one.group.interruptions.parts["count"] for one in found.teams]
    assert sum(counts) == found.whole.interruptions.parts["count"]
    assert sum(found.talk_bins) == found.whole.talk.parts["calls"]


def test_no_calls_is_a_report_too():
    found = make_report(Gathered(), ITEMS)
    assert (found.whole.calls, found.series, found.agents, found.changes) == (0, (), (), None)
    assert found.to_dict()["all"]["talk_ratio_agent"]["value"] is None
