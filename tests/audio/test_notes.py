"""A note is one line with a stable code."""

import pytest

from pipeline.timeline import Span
from pipeline.timeline.notes import Note


def test_as_the_result_file_lists_it():
    assert Note("clipping", "The left channel is clipped.").to_dict() == {
        "code": "clipping",
        "message": "The left channel is clipped.",
    }
    assert Note("audio_gap", "A hole.", Span(1.23456, 2.0)).to_dict()["span"] == [1.235, 2.0]


@pytest.mark.parametrize("code", ["", "Clipping", "two words", "_x", "x_", "a__b", "a\n"])
def test_a_code_is_snake_case(code):
    with pytest.raises(ValueError, match="snake_case"):
        Note(code, "text")


@pytest.mark.parametrize("message", ["", "  ", "two\nlines"])
def test_a_message_is_one_line(message):
    with pytest.raises(ValueError, match="one line"):
        Note("code", message)
