"""Frames and flags: one grid, half-open runs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from speech.signals import RATE, Memory, noise, tones

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


class TestFromFirstSound:
    @staticmethod
    def view(front: np.ndarray, level: float = 0.1) -> FromFirstSound:
        """Return the view of noise from 0.3125 s on in the right channel, something else before it."""
        samples = np.zeros((2, RATE))
        samples[1, 5000:] = noise(RATE - 5000, 1, level**2)
        samples[1, : len(front)] += front
        return FromFirstSound(Memory(samples), (0, 1))

    def test_silence_in_front_is_left_out_in_whole_frames(self):
        view = self.view(np.zeros(0))
        assert (view.skipped, view.n_samples) == (31, RATE - 31 * 160)
        assert not view.read(1, 0, 40).any()
        assert view.read(1, 40, 200).any()
        assert view.read(0, 0, 10).tolist() == [0] * 10

    @pytest.mark.parametrize("level", [0.2, 0.02, 0.002])
    def test_what_a_lower_level_loses_is_no_sound(self, level):
        faint = np.random.default_rng(2).normal(0, 1e-5 * level, 4000)
        assert self.view(faint, level).skipped == 31

    def test_nor_is_an_offset_or_the_ringing_of_a_resampler(self):
        assert self.view(np.full(RATE, 0.05)).skipped == 31
        ringing = 0.02 * np.sinc(np.arange(-60, 0) / 2)
        assert self.view(np.concatenate((np.zeros(4900), ringing))).skipped == 31

    def test_without_sound_nothing_is_left_out(self):
        assert FromFirstSound(Memory(np.zeros(800)), (0,)).skipped == 0
        assert FromFirstSound(Memory(np.full(800, 0.5)), (0,)).skipped == 0
        assert FromFirstSound(Memory(np.zeros(0)), (0,)).skipped == 0
