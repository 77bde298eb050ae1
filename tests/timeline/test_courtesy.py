"""What people say over each other without taking the floor, beside what does interrupt."""

from __future__ import annotations

import pytest
from saying import FULL_VOICE, A, C, events, only

from pipeline.timeline import EventType

STORY = "My boiler broke on Monday and nobody came and your man was rude to me and I have a baby here."


# --- brief reactions over somebody who goes on ----------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Oh, I'm so sorry.",
        "Sorry to hear that.",
        "That's so frustrating.",
        "I understand completely.",
        "No problem.",
        "Sorry, go on.",
    ],
)
def test_a_brief_reaction_over_a_customer_who_goes_on(text):
    event = only(events([(8.0, 8.9, text)], [(2.0, 14.0, STORY)]))
    assert event.type is EventType.OVERLAP_OTHER
    assert not event.counts


@pytest.mark.parametrize(
    "text",
    ["I'm sorry but that's how it is.", "Sorry, we can't do that.", "Excuse me, excuse me.", "So what?"],
)
def test_as_brief_a_word_that_asks_for_the_floor_counts(text):
    event = only(events([(8.0, 8.9, text)], [(2.0, 14.0, STORY)]))
    assert event.type is EventType.INTERRUPTION
    assert event.is_sure


def test_a_reaction_that_goes_on_for_long_counts():
    event = only(events([(6.0, 8.4, "I'm so sorry, I'm really so sorry about that.")], [(2.0, 14.0, STORY)]))
    assert event.type is EventType.INTERRUPTION


def test_a_reaction_behind_which_the_customer_soon_stops_counts():
    event = only(events([(8.0, 9.5, "I'm so sorry to hear that.")], [(2.0, 10.0, STORY)]))
    assert event.type is EventType.INTERRUPTION


def test_a_reaction_that_takes_the_floor_counts():
    event = only(
        events(
            [(9.5, 11.0, "I'm so sorry to hear that.")],
            [(2.0, 10.0, "My boiler broke on Monday and nobody came because the"), (11.5, 13.0, "Well.")],
            voices={C: {10.0: FULL_VOICE}},
        )
    )
    assert event.type is EventType.INTERRUPTION
    assert event.by is A
