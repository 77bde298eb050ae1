"""What a score reads of the stored stages, without making what it does not look at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.moves import StoredMoves
from pipeline.stages.stored import _covered_s
from pipeline.timeline import Move, Role, Span, SpanSet

TRACK = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 60)), max_size=12).map(
    lambda drawn: SpanSet(Span(start / 100, (start + length) / 100) for start, length in drawn)
)


@given(st.lists(TRACK, max_size=4))
def test_what_the_witnesses_cover_is_the_length_of_their_union(tracks):
    union = SpanSet(span for track in tracks for span in track)
    assert _covered_s(track.pairs() for track in tracks) == union.duration_s


def test_stored_moves_are_read_for_the_agent_that_is_asked_for():
    move = Move("greeting", Role.AGENT, 0.9, Span(0.5, 1.5), "Hello.")
    moves = StoredMoves({0: [move.to_dict()], 1: [{"name": "damaged"}]})
    assert (list(moves), moves[0], moves.get(7, ())) == ([0, 1], (move,), ())
    with pytest.raises((KeyError, TypeError)):
        moves[1]
