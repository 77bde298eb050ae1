from __future__ import annotations

import pytest
from drawing import EXACT_STEP_S, LISTENING, call
from hypothesis import given
from hypothesis import strategies as st
from measures.values import value

from pipeline.measures import floor_measures, talk_measures
from pipeline.timeline import Role, Span, SpanSet, TurnSettings, build_timeline, find_events

#                    0         1         2         3         4         5         6         7
TALKS_OVER = call(
    "                    ==========                              ==========          ",
    "============================================================          ==========",
    ("I can only see that", "what is your name?"),
    ("it was a long and very sad story about a box", "my name is Ann"),
)
LANES = st.lists(st.sampled_from("=== "), min_size=1, max_size=120).map("".join)


def measured(timeline):
    return floor_measures(timeline, find_events(timeline))


def test_an_interruption_is_counted_with_its_span():
    measures = measured(TALKS_OVER)
    assert value(measures, "interruptions_by_agent") == 1
    assert measures["interruptions_by_agent"].spans == (Span(2.0, 3.0),)
    assert measures["interruptions_by_agent"].parts == {"count": 1.0, "unsure": 0.0}
    assert value(measures, "interruptions_by_customer") == 0
    assert value(measures, "pause_interruptions_by_agent") == 0
    assert value(measures, "floor_taken_by_agent") == 0


def test_the_rate_is_over_the_others_speech():
    rate = measured(TALKS_OVER)["interruptions_by_agent_per_min"]
    assert rate.value == pytest.approx(1 / (7.0 / 60))
    assert rate.parts == pytest.approx({"interruptions": 1.0, "minutes": 7.0 / 60})


def test_the_longest_uninterrupted_stretch():
    longest = measured(TALKS_OVER)["longest_uninterrupted_customer_s"]
    assert longest.value == pytest.approx(3.0)
    assert longest.spans == (Span(3.0, 6.0),)


def test_questions_by_mark():
    questions = measured(TALKS_OVER)["questions_by_agent"]
    assert questions.value == 1
    assert questions.spans[0].start_s == pytest.approx(6.0)


def test_backchannels_with_and_without_words():
    timeline = call(
        "     ===           ==         ",
        "==============================",
        ("mm hm", ""),
        ("a very long story indeed",),
    )
    listening = measured(timeline)["backchannels_by_agent"]
    assert listening.value == 1
    assert listening.parts == {"count": 1.0, "wordless": 1.0}
    assert measured(call("     ===      ", "=============="))["backchannels_by_agent"].value == 1


def test_holds():
    lanes = ("=====" + " " * 160 + "=====", "")
    hold = measured(call(*lanes))["hold_s"]
    assert hold.value == pytest.approx(16.0)
    assert hold.spans[0] == Span(0.5, 16.5)


def test_what_cannot_be_measured_is_none_with_a_reason():
    mute = measured(call("=====", ""))
    for name in ("interruptions_by_agent_per_min", "longest_uninterrupted_customer_s", "questions_by_agent"):
        assert mute[name].value is None
        assert mute[name].reason
    mixed = build_timeline(10.0, {Role.OTHER: SpanSet.of((1, 4))}, {}, LISTENING, TurnSettings())
    assert measured(mixed)["interruptions_by_agent"].value is None
    assert "not told apart" in measured(mixed)["interruptions_by_agent"].reason
    assert measured(mixed)["hold_s"].value == 0


@given(LANES, LANES)
def test_swapping_the_roles_mirrors_the_counts(agent, customer):
    ours, theirs = measured(call(agent, customer)), measured(call(customer, agent))
    assert ours["interruptions_by_agent"].value == theirs["interruptions_by_customer"].value
    assert ours["interruptions_by_agent"].spans == theirs["interruptions_by_customer"].spans
    assert ours["hold_s"] == theirs["hold_s"]


@given(LANES, LANES)
def test_counts_agree_with_their_parts_and_lie_in_the_call(agent, customer):
    timeline = call(agent, customer)
    for name, measure in measured(timeline).items():
        assert all(s.start_s >= 0 and s.end_s <= timeline.duration_s + 1e-9 for s in measure.spans), name
        if "count" in measure.parts:
            assert measure.value == measure.parts["count"] == len(measure.spans)
    counts = measured(timeline)
    assert counts["pause_interruptions_by_agent"].value <= counts["interruptions_by_agent"].value
    assert counts["floor_taken_by_agent"].value <= counts["interruptions_by_agent"].value


@given(LANES, LANES, LANES, LANES)
def test_the_parts_of_two_halves_make_the_whole(agent, customer, agent2, customer2):
    """Two calls that are laid behind each other, far apart, add up part by part."""

    def laid(*lanes):
        made = call(*lanes, step_s=EXACT_STEP_S)
        return {**talk_measures(made), **measured(made)}

    gap = " " * 60
    width = max(len(agent), len(customer))
    first, second = laid(agent, customer), laid(" " * 5 + agent2, " " * 5 + customer2)
    whole = laid(
        agent.ljust(width) + gap + " " * 5 + agent2, customer.ljust(width) + gap + " " * 5 + customer2
    )
    additive = (
        ("agent_talk_s", "seconds"),
        ("customer_talk_s", "seconds"),
        ("overlap_s", "seconds"),
        ("interruptions_by_agent", "count"),
        ("interruptions_by_customer", "count"),
        ("backchannels_by_agent", "count"),
        ("talk_ratio_agent", "agent_s"),
        ("talk_ratio_agent", "both_s"),
        ("interruptions_by_agent_per_min", "minutes"),
    )
    for name, part in additive:
        added = first[name].parts.get(part, 0.0) + second[name].parts.get(part, 0.0)
        assert whole[name].parts.get(part, 0.0) == pytest.approx(added), (name, part)
