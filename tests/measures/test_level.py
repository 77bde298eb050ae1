from __future__ import annotations

import pytest
from drawing import lane

from pipeline.measures import level_trend
from pipeline.timeline import Clues, Role, TurnSettings, VoiceFeatures, build_timeline

NAME = "customer_level_trend_db_per_min"
TEN = "".join("=" * 30 + " " * 70 for _ in range(10))  # 3 s of speech every 10 s


def trend(levels, drawing=TEN):
    speech = {Role.CUSTOMER: lane(drawing), Role.AGENT: lane("")}
    voices = {Role.CUSTOMER: [None if one is None else VoiceFeatures(level_db=one) for one in levels]}
    timeline = build_timeline(len(drawing) / 10, speech, {}, None, TurnSettings(), Clues(voices=voices))
    return level_trend(timeline)[NAME]


def test_six_decibels_in_ninety_seconds_are_four_a_minute():
    found = trend([-30 + 6 * k / 9 for k in range(10)])
    assert found.value == pytest.approx(4.0)
    assert found.parts == {"spans": 10.0, "seconds": pytest.approx(30.0)}
    assert len(found.spans) == 10


def test_the_gain_of_the_line_does_not_matter():
    levels = [-30, -28, -33, -29, -27, -26, -31, -25, -24, -22]
    assert trend([level - 20 for level in levels]).value == pytest.approx(trend(levels).value)


def test_unknown_levels_are_left_out():
    levels = [-30 + k for k in range(10)]
    assert trend([None, *levels[1:]]).value == pytest.approx(6.0)


def test_too_little_speech_has_no_trend():
    assert trend([-30.0] * 4, TEN[:400]).value is None
    assert "too little" in trend([None] * 10).reason
