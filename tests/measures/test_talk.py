from __future__ import annotations

import math

import pytest
from drawing import LISTENING, call
from hypothesis import given
from hypothesis import strategies as st
from measures.values import value

from pipeline.measures import MeasureValue, answers, talk_measures
from pipeline.timeline import Role, Span, SpanSet, TurnSettings, Word, build_timeline

LANES = st.lists(st.sampled_from("== "), min_size=1, max_size=200).map("".join)


#            0         1         2         3         4         5         6         7
AGENT = "==========                                                 ==========          "
CUSTOMER = "            ====================                                               "


def test_talk_and_both_ratios_with_their_parts():
    measures = talk_measures(call(AGENT, CUSTOMER))
    assert value(measures, "agent_talk_s") == 2.0
    assert value(measures, "customer_talk_s") == 2.0
    assert value(measures, "talk_ratio_agent") == 0.5
    assert value(measures, "talk_share_agent_of_call") == round(2.0 / 7.9, 6)
    assert measures["talk_ratio_agent"].parts == pytest.approx({"agent_s": 2.0, "both_s": 4.0})
    assert measures["agent_talk_s"].spans == (Span(0, 1), Span(5.9, 6.9))


def test_short_pauses_count_as_talk_because_reported_speech_bridges_them():
    speech = {Role.AGENT: SpanSet.of((0, 1), (1.25, 2), (2.4, 3))}
    measures = talk_measures(build_timeline(3.0, speech, {}, LISTENING, TurnSettings()))
    assert measures["agent_talk_s"].spans == (Span(0, 2), Span(2.4, 3))


def test_silence_counts_stretches_of_three_seconds_only():
    #                     1         2         3         4         5         6
    timeline = call("=====                              =====     =====", "")
    measures = talk_measures(timeline)
    assert value(measures, "silence_count") == 1
    assert value(measures, "silence_s") == 3.0
    assert measures["longest_silence_s"].spans[0].duration_s == pytest.approx(3.0)
    assert measures["silence_s"].parts["nobody_s"] == pytest.approx(3.5)


def test_latency_is_the_gap_to_the_agents_next_turn_and_overlap_is_zero():
    timeline = call(
        "          ======          ======        ======",
        "========         =======        ======        ",
        ("one two", "one two", "one two"),
        ("one two", "one two", "one two"),
    )
    measures = talk_measures(timeline)
    # gaps: 0.2, 0.2, and 0.2
    assert value(measures, "agent_latency_median_s") == 0.2
    overlapping = call("        ======", "==========    ", ("one two",), ("one two",))
    assert value(talk_measures(overlapping), "agent_latency_median_s") == 0.0
    assert talk_measures(overlapping)["agent_latency_median_s"].parts["answers"] == 1


def latencies(agent, customer, others=(), holds=()):
    """Answer times of an agent; spans in seconds, in which everybody says nothing but words of no list."""
    speech = {Role.AGENT: agent, Role.CUSTOMER: customer, Role.OTHER: others}
    words = {
        role: tuple(Word("word", Span(start_s, end_s), 0.9) for start_s, end_s in spans)
        for role, spans in speech.items()
    }
    sets = {role: SpanSet.of(*spans) for role, spans in speech.items()}
    timeline = build_timeline(100.0, sets, words, LISTENING, TurnSettings())
    return [round(offset_s, 6) for _, _, offset_s in answers(timeline, Role.AGENT, SpanSet.of(*holds))]


def test_who_speaks_when_the_other_ends_answers_at_once():
    assert latencies([(0, 10), (14, 15)], [(4, 5)]) == [0.0]
    assert latencies([(0, 3), (14, 15)], [(4, 5)]) == [9.0]


def test_a_false_start_is_no_answer():
    assert latencies([(4, 4.5), (12, 14)], [(0, 10)]) == [2.0]
    assert latencies([(9, 14)], [(0, 10)]) == [0.0]


def test_only_who_speaks_next_answers():
    assert latencies([(20, 21)], [(0, 4)], others=[(5, 15)]) == []
    assert latencies([(20, 21)], [(0, 4), (16, 19.5)], others=[(5, 15)]) == [0.5]
    assert latencies([(20, 21)], [(0, 4), (10, 19.5)]) == [0.5]  # they went on themselves
    assert latencies([(20, 21)], [(0, 6)], others=[(5, 15)]) == []


def test_nobody_is_slow_to_answer_on_hold():
    assert latencies([(0, 2), (63, 64)], [(2.4, 3)], holds=[(3, 63)]) == []
    assert latencies([(0, 2), (63, 64)], [(2.4, 3)]) == [60.0]


def test_latency_ninetieth_percentile_is_the_nearest_rank():
    gaps = [0.1 * n for n in range(1, 11)]
    agent, customer, at = [], [], 0.0
    for gap in gaps:
        customer.append((at, at + 1))
        agent.append((at + 1 + gap, at + 2 + gap))
        at += 2.5 + gap
    speech = {Role.AGENT: SpanSet.of(*agent), Role.CUSTOMER: SpanSet.of(*customer)}
    timeline = build_timeline(at, speech, {}, LISTENING, TurnSettings(backchannel_max_s=0.5))
    measures = talk_measures(timeline)
    assert measures["agent_latency_p90_s"].value == pytest.approx(0.9)
    assert measures["agent_latency_median_s"].value == pytest.approx(0.55)


def test_words_per_minute_over_speech_time():
    timeline = call("====================", "", ("one two three four",))
    assert value(talk_measures(timeline), "agent_wpm") == 120.0
    assert talk_measures(timeline)["customer_wpm"].value is None


def test_overlap():
    measures = talk_measures(call("==========          ", "     ===============", ("a b",), ("c d",)))
    assert value(measures, "overlap_s") == 0.5
    assert value(measures, "overlap_share") == 0.25


def test_undefined_is_none_with_a_reason_never_a_number():
    measures = talk_measures(build_timeline(10.0, {}, {}, LISTENING, TurnSettings()))
    for name in ("talk_ratio_agent", "talk_share_agent_of_call", "agent_latency_median_s", "overlap_share"):
        assert measures[name].value is None
        assert measures[name].reason
    assert value(measures, "silence_s") == 10.0


def test_a_recording_whose_parties_are_not_told_apart_has_silence_but_no_ratio():
    timeline = build_timeline(10.0, {Role.OTHER: SpanSet.of((1, 4))}, {}, LISTENING, TurnSettings())
    measures = talk_measures(timeline)
    assert measures["talk_ratio_agent"].value is None
    assert "not told apart" in measures["talk_ratio_agent"].reason
    assert value(measures, "silence_s") == 6.0


def test_a_measure_has_a_value_or_a_reason():
    with pytest.raises(ValueError, match="reason"):
        MeasureValue(None)
    with pytest.raises(ValueError, match="reason"):
        MeasureValue(1.0, reason="why")


@given(LANES, LANES)
def test_voices_and_nobody_make_the_call(agent, customer):
    timeline = call(agent, customer)
    parts = talk_measures(timeline)["silence_s"].parts
    assert parts["anybody_s"] + parts["nobody_s"] == pytest.approx(timeline.duration_s)


@given(LANES, LANES)
def test_swapping_the_roles_mirrors_every_measure(agent, customer):
    ours, theirs = talk_measures(call(agent, customer)), talk_measures(call(customer, agent))
    for a, b in (("agent_talk_s", "customer_talk_s"), ("longest_agent_turn_s", "longest_customer_turn_s")):
        assert ours[a].value == theirs[b].value
    if ours["talk_ratio_agent"].value is not None:
        assert ours["talk_ratio_agent"].value + theirs["talk_ratio_agent"].value == pytest.approx(1.0)
    for name in ("silence_s", "silence_count", "overlap_s", "overlap_share"):
        assert ours[name] == theirs[name]


@given(LANES, LANES)
def test_every_span_lies_in_the_call_and_every_ratio_between_its_bounds(agent, customer):
    timeline = call(agent, customer)
    for name, measure in talk_measures(timeline).items():
        assert all(s.start_s >= 0 and s.end_s <= timeline.duration_s + 1e-9 for s in measure.spans), name
        if measure.value is not None:
            assert math.isfinite(measure.value)
            assert measure.value >= 0
            if "ratio" in name or "share" in name:
                assert measure.value <= 1 + 1e-9
