"""Frames and flags: one grid, half-open runs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from speech.signals import RATE, Memory, tones

from pipeline.speech.frames import (
    FromFirstSound,
    band_bins,
    closed,
    flags_of,
    frame_count,
    power_spectra,
    runs,
    spans_of,
    widened,
    without_short,
)
from pipeline.timeline import SpanSet

flag_rows = st.lists(st.booleans(), max_size=80).map(lambda row: np.array(row, dtype=np.bool_))


def flags(drawn: str) -> np.ndarray:
    return np.array([c == "#" for c in drawn])


@given(flag_rows)
def test_flags_become_spans_and_flags_again(row):
    assert np.array_equal(flags_of(spans_of(row, end_s=1e9), len(row)), row)


@given(flag_rows, st.integers(1, 10))
def test_closing_and_dropping_leave_no_shorter_run(row, frames):
    shut = closed(row, frames)
    assert np.all(shut[row])
    gaps = runs(~shut)
    assert all(b - a > frames for a, b in gaps.tolist() if a > 0 and b < len(row))
    assert all(b - a >= frames for a, b in runs(without_short(row, frames)).tolist())


def test_widening_reaches_exactly_so_far():
    assert np.array_equal(widened(flags("....#...."), 2), flags("..#####.."))
    assert not widened(flags("....."), 2).any()


def test_no_span_ends_after_the_recording():
    assert spans_of(flags("..##"), end_s=0.035) == SpanSet.of((0.02, 0.035))
    assert spans_of(flags("..##"), end_s=0.02) == SpanSet()


@pytest.mark.parametrize("hz", [500, 1000, 2500])
def test_a_tone_has_its_power_at_its_frequency(hz):
    call = Memory(tones(RATE, hz, level=0.5))
    power = power_spectra(call, 0, (10, 90), 512)
    around = band_bins(hz - 100, hz + 100, 512)
    assert power.sum(axis=1) == pytest.approx(0.125, rel=0.02)
    assert power[:, around].sum(axis=1) == pytest.approx(0.125, rel=0.02)


def test_frames_do_not_depend_on_the_blocks():
    call = Memory(np.random.default_rng(1).normal(0, 0.1, RATE))
    whole = power_spectra(call, 0, (0, 100), 512)
    parts = [power_spectra(call, 0, piece, 512) for piece in ((0, 33), (33, 34), (34, 100))]
    assert np.array_equal(whole, np.concatenate(parts))


def test_another_rate_is_refused():
    call = Memory(np.zeros(800))
    call.rate_hz = 8000
    with pytest.raises(ValueError, match="16000 Hz"):
        frame_count(call)


def test_silence_in_front_is_left_out_in_whole_frames():
    samples = np.zeros((2, RATE))
    samples[1, 5000:] = 0.1
    view = FromFirstSound(Memory(samples), (0, 1))
    assert (view.skipped, view.n_samples) == (31, RATE - 31 * 160)
    assert view.read(1, 5000 - 31 * 160, 5000 - 31 * 160 + 2).tolist() == [3277, 3277]
    assert FromFirstSound(Memory(np.zeros(800)), (0,)).skipped == 0
