from __future__ import annotations

import pytest

from pipeline.timeline.plain import clock, duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (127.1, "2 min 7 s"),
        (3599.4, "59 min 59 s"),
        (3725, "1 h 2 min"),
    ],
)
def test_duration_as_people_say_it(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("time_s", "text"),
    [(0, "0:00"), (9.99, "0:09"), (63.2, "1:03"), (3599.9, "59:59"), (3600, "1:00:00"), (36061, "10:01:01")],
)
def test_clock_as_players_show_it(time_s, text):
    assert clock(time_s) == text
