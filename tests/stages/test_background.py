"""What a reader is told of other people in the room."""

from __future__ import annotations

from pipeline.speech import ChannelSpeech
from pipeline.stages.background import BACKGROUND_VOICES, background_notes
from pipeline.timeline import Span, SpanSet


def test_each_channel_has_its_note():
    left = ChannelSpeech(SpanSet.of((0, 5)), background=SpanSet.of((6, 9.2), (12, 20)))
    right = ChannelSpeech(SpanSet.of((0, 5)), faint=SpanSet.of((3, 5)))
    notes = list(background_notes({0: left, 1: right}))
    assert [note.code for note in notes] == [BACKGROUND_VOICES] * 2
    assert notes[0].span == Span(6, 9.2)
    assert "left channel" in notes[0].message
    assert "11 s" in notes[0].message
    assert "may be" not in notes[0].message
    assert "right channel" in notes[1].message
    assert "2 s may be the party's or other people's" in notes[1].message


def test_a_moment_is_not_worth_a_note():
    assert not list(background_notes({0: ChannelSpeech(SpanSet.of((0, 5)), background=SpanSet.of((6, 6.9)))}))
