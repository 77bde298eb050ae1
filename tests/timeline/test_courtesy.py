"""What people say over each other without taking the floor, beside what does interrupt."""

from __future__ import annotations

import pytest
from scenes import FULL_VOICE, A, C, events, only

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
    event = only(events(f"C 2.0-14.0: {STORY}", f"A 8.0-8.9: {text}"))
    assert event.type is EventType.OVERLAP_OTHER
    assert event.why["reacts"] == 1


@pytest.mark.parametrize(
    "text",
    ["I'm sorry but that's how it is.", "Sorry, we can't do that.", "Excuse me, excuse me.", "So what?"],
)
def test_as_brief_a_word_that_asks_for_the_floor_counts(text):
    event = only(events(f"C 2.0-14.0: {STORY}", f"A 8.0-8.9: {text}"))
    assert event.type is EventType.INTERRUPTION
    assert event.is_sure


def test_a_reaction_that_goes_on_for_long_counts():
    event = only(events(f"C 2.0-14.0: {STORY}", "A 6.0-8.4: I'm so sorry, I'm really so sorry about that."))
    assert event.type is EventType.INTERRUPTION


def test_a_reaction_behind_which_the_customer_soon_stops_counts():
    event = only(events(f"C 2.0-10.0: {STORY}", "A 8.0-9.5: I'm so sorry to hear that."))
    assert event.type is EventType.INTERRUPTION


def test_a_reaction_that_takes_the_floor_counts():
    event = only(
        events(
            "C 2.0-10.0: My boiler broke on Monday and nobody came because the",
            "A 9.5-11.0: I'm so sorry to hear that.",
            "C 11.5-13.0: Well.",
            voices={C: {10.0: FULL_VOICE}},
        )
    )
    assert event.type is EventType.INTERRUPTION
    assert event.by is A


# --- when all is said -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("theirs", "start_s", "mine"),
    [
        ("I ordered it on Friday and it never came, so, yeah, yeah.", 5.4, "Let me pull that order up."),
        ("Four four one, okay, yeah, right, okay.", 5.2, "And then you press the green button."),
        ("Four four one, okay, yeah, right, okay.", 3.6, "And then you press the green button."),
        ("So that is all, thank you. Bye bye.", 4.9, "Thank you, bye."),
        ("That's kind, no, thank you so much. You're welcome.", 4.8, "Thank you so much for that."),
        ("No, that's everything, thank you so much.", 4.4, "I have put that through for you."),
    ],
)
def test_who_only_trails_away_is_not_cut_off(theirs, start_s, mine):
    event = only(events(f"A {start_s}-9.0: {mine}", f"C 0.0-6.0: {theirs}", voices={C: {6.0: FULL_VOICE}}))
    soon = 6.0 - start_s <= 1.0
    assert event.type is (EventType.TERMINAL_OVERLAP if soon else EventType.OVERLAP_OTHER)
    assert event.by is A
    assert event.why["trails_away"] == 1


def test_laughter_with_words_is_not_interrupted():
    event = only(
        events(f"C 0.0-5.0: {STORY}", "C 5.1-8.5: Ha ha ha.", "A 5.4-7.5: That must have been quite a sight.")
    )
    assert event.type is EventType.OVERLAP_OTHER


@pytest.mark.parametrize(
    ("theirs", "start_s"),
    [
        ("I ordered it on Friday and what came was not good.", 5.2),  # ends a sentence of its own
        ("I ordered it on Friday and then, yeah, yeah, it broke.", 4.4),  # more than that follows
        ("I ordered it on Friday, yeah, yeah, and…", 5.0),
        ("I ordered it on Friday and it is not here, no, no.", 5.3),  # protest
        ("I have paid for it, thank you very much, on Friday.", 4.0),
    ],
)
def test_the_same_words_inside_a_sentence_are_matter(theirs, start_s):
    event = only(
        events(
            f"A {start_s}-9.0: Let me pull that order up for you.",
            f"C 0.0-6.0: {theirs}",
            voices={C: {6.0: FULL_VOICE}},
        )
    )
    assert event.type is EventType.INTERRUPTION
    assert event.is_sure


def test_who_says_that_there_was_more_had_not_trailed_away():
    event = only(
        events(
            "C 0.0-6.0: I ordered it on Friday, yeah, yeah.",
            "A 5.2-7.0: Let me pull that order up.",
            "C 7.2-9.0: As I was saying, it never came.",
        )
    )
    assert event.type is EventType.INTERRUPTION


# --- helping on in a pause ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "text", "behind"),
    [
        ("Nobody came on Monday because the", "Take your time.", "engineer never turned up at all."),
        ("I only need that, what's it called, the", "The thermostat.", "The thermostat, yes, for upstairs."),
        ("It's zero seven seven, four one two, and", "Four one two.", "nine nine eight."),
        ("The number is S W one A and the", "S W one A, okay.", "house is number twenty two."),
        ("Nobody came to us, we live in the", "Okay, High Street.", "Yes, High Street, and it was cold."),
    ],
)
def test_helping_on_in_a_pause_is_no_interruption(before, text, behind):
    found = events(f"C 1.0-6.0: {before}", f"A 6.4-7.4: {text}", f"C 7.9-10.0: {behind}")
    assert not [event for event in found if event.counts]


@pytest.mark.parametrize(
    ("text", "behind"),
    [
        ("It was the driver.", "engineer never turned up at all."),  # a word that is not taken
        ("But I", "but I was at home."),  # trying to get in
        ("Okay, goodbye.", "engineer never turned up at all."),  # making an end
        ("Monday was our driver.", "engineer never turned up."),  # says back a word, and more
        ("We have no engineer on a Monday and I can send nobody.", "engineer never turned up."),
    ],
)
def test_as_brief_a_turn_in_a_pause_that_brings_matter_counts(text, behind):
    found = events(
        "C 1.0-6.0: Nobody came on Monday because the", f"A 6.4-7.4: {text}", f"C 7.9-10: {behind}"
    )
    event = only([event for event in found if event.by is A])
    assert event.type is EventType.PAUSE_INTERRUPTION
    assert event.is_sure
