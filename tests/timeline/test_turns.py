from __future__ import annotations

import pytest
from drawing import LISTENING, call, lane, spoken
from hypothesis import given
from hypothesis import strategies as st

from pipeline.timeline import (
    Role,
    Span,
    SpanSet,
    Timeline,
    TurnKind,
    TurnSettings,
    Word,
    build_ipus,
    build_timeline,
)

TURN, BACK = TurnKind.TURN, TurnKind.BACKCHANNEL
A, C = Role.AGENT, Role.CUSTOMER


def shape(timeline: Timeline) -> list[tuple[Role, TurnKind, float, float]]:
    return [(t.role, t.kind, round(t.span.start_s, 3), round(t.span.end_s, 3)) for t in timeline.turns]


def test_units_end_at_pauses_of_the_gap_or_longer():
    units = build_ipus(A, SpanSet.of((0, 1), (1.15, 2), (2.2, 3)), (), TurnSettings())
    assert [u.span for u in units] == [Span(0, 2), Span(2.2, 3)]


def test_a_word_goes_to_the_unit_it_shares_most_with_else_to_the_nearest():
    words = (
        Word("one", Span(0.1, 0.4), 1),
        Word("two", Span(0.9, 1.6), 1),
        Word("three", Span(2.9, 3.0), 1),
    )
    first, second = build_ipus(C, SpanSet.of((0, 1), (1.3, 2)), words, TurnSettings())
    assert [w.text for w in first.words] == ["one"]
    assert [w.text for w in second.words] == ["two", "three"]


def test_words_without_any_speech_make_no_unit():
    assert build_ipus(A, SpanSet(), (Word("hello", Span(0, 1), 1),), TurnSettings()) == ()


def test_plain_alternation():
    timeline = call(
        "==========            ========",
        "            ========          ",
        ("good morning", "what was the number"),
        ("my parcel never came",),
    )
    assert shape(timeline) == [(A, TURN, 0, 1), (C, TURN, 1.2, 2), (A, TURN, 2.2, 3)]


def test_pauses_of_a_turn_belong_to_it_until_the_turn_pause():
    #            0         1         2         3         4         5         6         7
    timeline = call("", "==========          ==========                              ==========")
    assert shape(timeline) == [(C, TURN, 0, 3), (C, TURN, 6, 7)]


def test_a_backchannel_over_speech_leaves_the_turn_whole():
    timeline = call(
        "          ====               ",
        "==================  =========",
        ("mm hm",),
        ("it was broken when it", "came out of the box"),
    )
    assert shape(timeline) == [(C, TURN, 0, 2.9), (A, BACK, 1, 1.4)]


def test_a_backchannel_in_a_pause_leaves_the_turn_whole():
    timeline = call(
        "               ======              ",
        "============            ===========",
        ("oh i see okay",),
        ("it was broken", "and then nobody came"),
    )
    assert shape(timeline) == [(C, TURN, 0, 3.5), (A, BACK, 1.5, 2.1)]


def test_three_in_a_row_are_one_run():
    timeline = call(
        "     ===   ===   ===          ",
        "==============================",
        ("mm hm", "mm hm", "yeah"),
        ("a very long story indeed",),
    )
    assert shape(timeline) == [(C, TURN, 0, 3), (A, BACK, 0.5, 2)]


def test_a_run_longer_than_the_maximum_is_a_turn():
    timeline = call(
        "     =====================     ",
        "===============================",
        ("yeah yeah okay right yeah okay",),
        ("a very long story indeed",),
    )
    assert shape(timeline) == [(C, TURN, 0, 3.1), (A, TURN, 0.5, 2.6)]


def test_the_same_words_after_the_speaker_has_finished_are_a_turn():
    timeline = call(
        "==========                 =======",
        "           ====                   ",
        ("is it on", "what comes next then please"),
        ("yeah",),
    )
    assert shape(timeline) == [(A, TURN, 0, 1), (C, TURN, 1.1, 1.5), (A, TURN, 2.7, 3.4)]


def test_a_short_word_that_leads_into_a_sentence_is_part_of_the_turn():
    timeline = call(
        "          ===  ============   ",
        "==============                ",
        ("okay", "let me look at that"),
        ("it was broken when it",),
    )
    assert shape(timeline) == [(C, TURN, 0, 1.4), (A, TURN, 1, 2.7)]


def test_who_spoke_last_listens_to_nobody():
    timeline = call(
        "   ====                               =====",
        "====================     ====              ",
        ("mm hm", "no trouble"),
        ("that was all i wanted", "okay"),
    )
    assert shape(timeline) == [(C, TURN, 0, 2.9), (A, BACK, 0.3, 0.7), (A, TURN, 3.8, 4.3)]


def test_short_speech_without_a_recognised_word_is_a_backchannel():
    timeline = call("          ====                ", "==============================")
    assert shape(timeline) == [(C, TURN, 0, 3), (A, BACK, 1, 1.4)]


def test_words_of_substance_are_no_backchannel():
    timeline = call(
        "          ====                ",
        "==============================",
        ("postcode please",),
        ("a very long story indeed",),
    )
    assert [t.kind for t in timeline.turns] == [TURN, TURN]


def test_nobody_speaks():
    timeline = build_timeline(5.0, {}, {}, LISTENING, TurnSettings())
    assert timeline.turns == ()
    assert timeline.silences == SpanSet.of((0, 5))


def test_one_party_only():
    assert shape(call("=====     =====", "")) == [(A, TURN, 0, 1.5)]


def test_speech_beyond_the_end_is_cut():
    timeline = build_timeline(2.0, {A: SpanSet.of((1, 3))}, {}, LISTENING, TurnSettings())
    assert timeline.speech[A] == SpanSet.of((1, 2))


LANES = st.lists(st.sampled_from("= "), max_size=120).map("".join)


@given(LANES, LANES)
def test_every_unit_is_in_exactly_one_turn_and_swapping_mirrors(agent, customer):
    timeline, mirrored = call(agent, customer), call(customer, agent)
    for role, drawing in ((A, agent), (C, customer)):
        units = [u for t in timeline.turns if t.role is role for u in t.ipus]
        assert SpanSet(u.span for u in units) == lane(drawing).bridged(0.2)
        assert len(units) == len(build_ipus(role, lane(drawing), (), TurnSettings()))
    assert sorted(shape(mirrored)) == sorted(
        (role.opposite, kind, start, end) for role, kind, start, end in shape(timeline)
    )


@given(LANES, LANES)
def test_turns_are_in_order_and_inside_the_call(agent, customer):
    timeline = call(agent, customer)
    starts = [t.span.start_s for t in timeline.turns]
    assert starts == sorted(starts)
    assert all(t.span.end_s <= timeline.duration_s for t in timeline.turns)
    assert [t.i for t in timeline.turns] == list(range(len(timeline.turns)))


@pytest.mark.parametrize("texts", [("hello there", "bye now")])
def test_drawn_words_lie_in_their_unit(texts):
    speech = lane("=====   =====")
    words = spoken(speech, *texts)
    assert [speech.at(w.span.middle_s) for w in words] == [speech[0]] * 2 + [speech[1]] * 2
