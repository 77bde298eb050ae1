from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.timeline.spans import SpanSet
from pipeline.words.packing import Packing, Piece, Window, plan_windows

RATE = 1000  # so that a sample is a millisecond
PACKING = Packing(rate_hz=RATE, window_s=30.0, pause_kept_s=0.8)


@st.composite
def speeches(draw):
    """Speech of up to 60 stretches with pauses from 1 ms to 5 s, as SpanSet, and the length in samples."""
    pairs, at = [], draw(st.integers(0, 3000))
    for _ in range(draw(st.integers(1, 60))):
        length = draw(st.one_of(st.integers(1, 4000), st.integers(20_000, 80_000)))
        pairs.append((at / RATE, (at + length) / RATE))
        at += length + draw(st.integers(1, 5000))
    return SpanSet.of(*pairs), at + draw(st.integers(0, 2000))


def pieces_s(window):
    return [(piece.start / RATE, piece.stop / RATE) for piece in window.pieces]


@given(speeches())
def test_all_speech_is_packed_once_in_order_and_no_window_is_too_long(drawn):
    speech, n_samples = drawn
    windows = plan_windows(0, speech, n_samples, PACKING)
    pieces = [piece for window in windows for piece in window.pieces]
    for before, after in pairwise(pieces):
        assert before.stop <= after.start
    assert all(0 <= piece.start < piece.stop <= n_samples for piece in pieces)
    assert all(window.n_samples <= PACKING.window for window in windows)
    packed = SpanSet.from_pairs((p.start / RATE, p.stop / RATE) for p in pieces)
    assert (speech - packed).duration_s < 1e-9


def back(window, time_s):
    """Where in the window a time of the recording is."""
    sample = time_s * RATE
    (piece,) = (p for p in window.pieces if p.start - 1e-6 <= sample <= p.stop + 1e-6)
    return (piece.at + sample - piece.start) / RATE


@given(speeches(), st.lists(st.floats(0, 31), min_size=2, max_size=20))
def test_the_map_is_monotone_exact_and_never_outside(drawn, times):
    speech, n_samples = drawn
    for window in plan_windows(0, speech, n_samples, PACKING):
        inside = sorted(min(time_s, window.duration_s) for time_s in times)
        mapped = [window.to_recording(time_s) for time_s in inside]
        assert mapped == sorted(mapped)
        own = SpanSet.from_pairs(pieces_s(window)).padded(1e-9)
        for time_s, there_s in zip(inside, mapped, strict=True):
            assert own.at(there_s) is not None
            assert abs(back(window, there_s) - time_s) < 1e-9


@given(speeches())
def test_pauses_are_real_audio_and_short_ones_stay_whole(drawn):
    speech, n_samples = drawn
    for window in plan_windows(0, speech, n_samples, PACKING):
        for before, after in pairwise(window.pieces):
            assert after.start - before.stop > 0  # something was left out, so the pause was long
            joint = SpanSet.of((before.stop / RATE - 0.4, after.start / RATE + 0.4))
            assert (joint & speech).duration_s < 1e-9  # 0.4 s of pause on either side of the joint


def test_a_long_pause_keeps_its_head_and_tail():
    #     0    1    2    3    4    5    6
    #     |####|              |####|
    speech = SpanSet.of((1, 2), (5, 6))
    (window,) = plan_windows(1, speech, 7 * RATE, PACKING)
    assert window.channel == 1
    assert pieces_s(window) == [(0.6, 2.4), (4.6, 6.4)]
    assert window.duration_s == 3.6


def test_a_short_pause_stays_whole():
    speech = SpanSet.of((1, 2), (2.7, 4))
    (window,) = plan_windows(0, speech, 7 * RATE, PACKING)
    assert pieces_s(window) == [(0.6, 4.4)]


def test_at_a_joint_an_end_belongs_before_and_a_start_after():
    window = Window(0, (Piece(1000, 2000, 0), Piece(5000, 6000, 1000)), RATE)
    assert window.to_recording(1.0, end=True) == 2.0
    assert window.to_recording(1.0) == 5.0
    assert window.to_recording(99, end=True) == 6.0
    assert window.to_recording(-1) == 1.0


def test_a_window_ends_in_the_longest_pause_near_its_end():
    # 36 s of speech in stretches of 4 s with pauses of 0.3 s, but one of 2 s after the fifth.
    pairs, at = [], 0.0
    for index in range(9):
        pairs.append((at, at + 4))
        at += 4 + (2.0 if index == 4 else 0.3)
    first, second = plan_windows(0, SpanSet.of(*pairs), 60 * RATE, PACKING)
    assert first.pieces[-1].stop == round((pairs[4][1] + 0.4) * RATE)
    assert second.pieces[0].start == round((pairs[5][0] - 0.4) * RATE)


def test_a_stretch_longer_than_a_window_is_cut_at_its_quietest_place():
    asked = []

    def quietest(start, stop):
        asked.append((start, stop))
        return start + 1234

    windows = plan_windows(0, SpanSet.of((0, 70)), 70 * RATE, PACKING, quietest)
    cuts = [window.pieces[-1].stop for window in windows[:-1]]
    assert cuts == [start + 1234 for start, _ in asked]
    assert [window.pieces[0].start for window in windows[1:]] == cuts
    assert len(asked) == 2


def test_speech_after_the_end_of_the_recording_is_left_out():
    windows = plan_windows(0, SpanSet.of((1, 2), (5, 9)), 3 * RATE, PACKING)
    assert [pieces_s(window) for window in windows] == [[(0.6, 2.4)]]
    assert plan_windows(0, SpanSet(), 3 * RATE, PACKING) == ()


def test_a_packing_without_room_is_refused():
    with pytest.raises(ValueError, match="window"):
        Packing(window_s=1.0, pause_kept_s=2.0)
