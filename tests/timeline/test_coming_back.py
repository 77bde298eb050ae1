"""Somebody stops, the other speaks on, the first comes back: who came in on whom?

customer  ==========S      B=============
agent             ===============
"""

from __future__ import annotations

import pytest
from scenes import FALLS_AWAY, FULL_VOICE, A, C, events

from pipeline.report.explain import numbers, sentence
from pipeline.timeline import EventType


def came_back(behind_s=0.6, shared_s=0.2, text="I had them fitted here in spring.", voice=FALLS_AWAY):
    start_s = 4.0 - shared_s
    found = events(
        f"A {start_s}-{start_s + 2.0}: Somebody else does all of the fittings now.",
        f"C 0.0-4.0: {text}",
        f"C {start_s + behind_s}-8.0: And you told me to get used to it so I did.",
        voices={C: {4.0: voice}},
    )
    return next(event for event in found if event.by is A)


def test_who_starts_at_the_end_of_what_was_finished_does_not_surely_interrupt_who_comes_back():
    event = came_back()
    assert event.type is EventType.INTERRUPTION
    assert not event.is_sure
    assert event.why["came_back_s"] == pytest.approx(0.6)
    assert sentence(event).endswith("not sure: the other had stopped and came back.")
    told = {number.name: (number.meaning, number.text) for number in numbers(event)}
    assert told["came_back_s"] == ("doubt: the customer had stopped, and came back after", "0.60 s")


@pytest.mark.parametrize(
    "how",
    [
        {"behind_s": 0.45},  # back so soon after the agent's start: it had not stopped
        {"shared_s": 0.55, "behind_s": 0.9},  # a contest before it stopped
        {"text": "I had them fitted here because the", "voice": FULL_VOICE},  # cut off, and takes it back
    ],
)
def test_who_had_not_finished_is_surely_interrupted(how):
    event = came_back(**how)
    assert event.type is EventType.INTERRUPTION
    assert event.is_sure
    assert "came_back_s" not in event.why
