"""Both start nearly together after a silence: an accident, unless they talk on over a turn that was running.

The customer tells its story, pauses at P and goes on; the agent starts just behind.

    customer  ==========P===================
    agent                  ==========
"""

from __future__ import annotations

import pytest
from scenes import A, C, events, only

from pipeline.timeline import EventType

TOLD = "We have had no heating since the ninth."
GOES_ON = "So we sat in the car outside my sister's at midnight with the engine running."
BARGES = "You should have told us that you had children."


def told(pause_s, behind_s, agent_s, customer_s=6.0, first=TOLD):
    begins_s = 4.0 + pause_s
    start_s = begins_s + behind_s
    return events(
        f"A {start_s}-{start_s + agent_s}: {BARGES}",
        f"C 0.0-4.0: {first}",
        f"C {begins_s}-{begins_s + customer_s}: {GOES_ON}",
    )


@pytest.mark.parametrize("pause_s", [0.55, 0.9, 1.5])
def test_who_talks_on_over_a_turn_that_went_on_interrupts_but_not_surely(pause_s):
    event = only(told(pause_s, 0.2, agent_s=2.4))
    assert event.type is EventType.INTERRUPTION
    assert (event.by, event.of) == (A, C)
    assert event.overlap_s == pytest.approx(2.4)
    assert not event.is_sure
    assert event.why["just_begun_s"] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("agent_s", "customer_s"),
    [(0.9, 6.0), (2.4, 0.8)],  # the agent gives way; the customer does
)
def test_who_gives_way_soon_has_only_started_at_the_same_time(agent_s, customer_s):
    event = told(0.55, 0.2, agent_s, customer_s)[0]
    assert event.type is EventType.DUAL_START


def test_who_starts_first_in_the_silence_does_not_come_into_a_turn():
    event = told(0.9, -0.2, agent_s=2.4)[0]
    assert event.type is EventType.DUAL_START


@pytest.mark.parametrize("pause_s", [3.2, 4.0])
def test_behind_a_long_silence_the_floor_is_free(pause_s):
    assert only(told(pause_s, 0.2, agent_s=2.4)).type is EventType.DUAL_START


def test_the_floor_is_free_too_where_the_other_spoke_last():
    event = only(
        events(
            "A 0.0-2.0: One moment, I look that up for you.",
            f"C 3.0-9.0: {GOES_ON}",
            f"A 3.2-5.6: {BARGES}",
        )
    )
    assert event.type is EventType.DUAL_START
