"""What a score reads of the stored stages, without making what it does not look at."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.speech import ChannelSpeech
from pipeline.stages.moves import MoveData, StoredMoves
from pipeline.stages.stored import ChannelData
from pipeline.timeline import Move, Role, Span, SpanSet, VoiceFeatures

TRACK = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 60)), max_size=12).map(
    lambda drawn: SpanSet(Span(start / 100, (start + length) / 100) for start, length in drawn)
)


@given(st.lists(TRACK, max_size=4))
def test_how_long_any_witness_hears_speech_is_stored(tracks):
    speech = ChannelSpeech(SpanSet(), witnesses=dict(zip("abcd", tracks, strict=False))).to_dict()
    union = SpanSet(span for track in tracks for span in track)
    assert msgspec.convert(speech, ChannelData).compared_s == pytest.approx(union.duration_s, abs=1e-9)


def test_voice_features_are_read_as_they_were_stored():
    voice = VoiceFeatures(end_drop_db=-3.25, end_fall_s=0.1, end_pitch_hz=120.0, level_db=-20.5)
    read = msgspec.json.decode(msgspec.json.encode({**voice.to_dict(), "later": 1.0}), type=VoiceFeatures)
    assert read == voice


def test_stored_moves_are_made_for_the_agent_that_is_asked_for():
    move = Move("greeting", Role.AGENT, 0.9, Span(0.5, 1.5), "Hello.", "unsure", "near", "no")
    backwards = {**move.to_dict(), "span": [1.5, 0.5]}
    stored = msgspec.convert({0: [move.to_dict()], 1: [backwards]}, dict[int, list[MoveData]])
    moves = StoredMoves(stored)
    assert (list(moves), moves[0], moves.get(7, ())) == ([0, 1], (move,), ())
    with pytest.raises(ValueError, match="span"):
        moves[1]


@pytest.mark.parametrize("name", ["name", "role", "confidence", "span", "text"])
def test_a_stored_move_says_what_it_is_of_whom_and_where(name):
    row = Move("greeting", Role.AGENT, 0.9, Span(0.5, 1.5), "Hello.").to_dict()
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({key: value for key, value in row.items() if key != name}, MoveData)
