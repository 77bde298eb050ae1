from __future__ import annotations

import pytest
from drawing import call
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report import explain as say
from pipeline.settings import Settings
from pipeline.timeline import (
    EventType,
    Flip,
    FloorEvent,
    FloorSettings,
    Role,
    Span,
    find_events,
)

LANES = st.lists(st.sampled_from("=== "), min_size=1, max_size=120).map("".join)


def event(kind, why=None, **fields):
    by = None if kind in (EventType.SILENCE, EventType.HOLD) else Role.AGENT
    of = Role.CUSTOMER if by else None
    return FloorEvent(kind, Span(10.0, 12.0), by, of, why=why or {}, **fields)


@given(LANES, LANES)
def test_every_found_event_has_a_sentence_plain_names_and_thresholds(agent, customer):
    for one in find_events(call(agent, customer)):
        assert say.sentence(one).endswith(".")
        for number in say.numbers(one):
            assert number.meaning != number.name.replace("_", " ") or number.name not in one.why
            assert "{" not in number.meaning
        assert say.thresholds(one, Settings())


@pytest.mark.parametrize("kind", list(EventType))
def test_every_type_has_a_sentence_and_thresholds(kind):
    assert say.sentence(event(kind)).endswith(".")
    names = say.thresholds(event(kind), Settings())
    assert all(name.startswith(("turns.", "floor.", "vent.")) for name in names)
    assert bool(names) is (kind is not EventType.TRANSFER)  # which is heard or said, and hangs on no time


def test_who_was_cut_off_and_how_likely_is_said():
    found = event(EventType.INTERRUPTION, {"cut_off": 0.93}, overlap_s=0.3, floor_taken=True)
    assert say.sentence(found) == (
        "The agent came in while the customer spoke; both spoke for 0.30 s, then the customer stopped "
        "(chance of a cut-off 93 %)."
    )


def test_doubts_are_named():
    found = event(EventType.INTERRUPTION, {"one_channel": 1.0}, overlap_s=1.0, confidence=0.55)
    assert say.sentence(found).endswith("not sure: both are on one channel.")


def test_numbers_read_as_what_they_are():
    found = event(
        EventType.PAUSE_INTERRUPTION, {"pause_s": 0.4, "voice": 1.2, "cut_off": 0.5, "end_drop_db": -3.0}
    )
    assert [one.text for one in say.numbers(found)] == ["0.40 s", "+1.20", "0.50", "-3.00 dB"]
    words = say.numbers(event(EventType.BACKCHANNEL, {"words": 2.0}))[0]
    assert (words.meaning, words.text) == ("recognised words", "2")


@pytest.mark.parametrize("kind", [EventType.VENT, EventType.BACKCHANNEL])
def test_seconds_spoken_are_those_of_who_spoke_whatever_the_event(kind):
    vents = kind is EventType.VENT
    found = FloorEvent(kind, Span(10.0, 12.0), Role.CUSTOMER if vents else Role.AGENT, why={"spoken_s": 1.5})
    assert say.numbers(found)[0].meaning == f"the {found.by} spoke for"


def test_a_flip_names_the_threshold_as_the_settings_do():
    flip = Flip("contest_s", 0.6, EventType.TERMINAL_OVERLAP)
    assert say.flip_sentence(flip, FloorSettings()) == (
        "floor.contest_s at 0.60 s instead of 0.50 s: terminal overlap"
    )
    assert say.flip_sentence(Flip("contest_s", 0.6, None), FloorSettings()).endswith("no event")


def test_the_link_starts_before_the_event_and_not_before_the_call():
    assert say.listen_at(event(EventType.SILENCE)) == "timeline.html#t=8.0"
    early = FloorEvent(EventType.SILENCE, Span(0.5, 5.0))
    assert say.listen_at(early) == "timeline.html#t=0.0"


@pytest.mark.parametrize(
    ("kind", "why", "said"),
    [
        (EventType.OVERLAP_OTHER, {"reacts": 1.0, "goes_on_s": 0.9}, "showed sympathy or thanked for 0.90 s"),
        (EventType.OVERLAP_OTHER, {"trails_away": 1.0}, "the customer only trailed away"),
        (EventType.TERMINAL_OVERLAP, {"trails_away": 1.0, "cut_off": 0.9}, "who only trailed away"),
    ],
)
def test_a_courtesy_is_said_to_be_one(kind, why, said):
    text = say.sentence(event(kind, why, overlap_s=0.9))
    assert said in text
    assert "chance" not in text
