"""Slices, blocks, and nothing left behind."""

import gc
import os
import stat

import numpy as np
import pytest
from audio.signals import speech
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.audio import Recording
from pipeline.audio.writer import RecordingWriter

SAMPLES = np.random.default_rng(3).integers(-30_000, 30_000, (2, 50_000)).astype(np.int16)


@given(start=st.integers(-100, 51_000), stop=st.none() | st.integers(-100, 51_000))
@settings(max_examples=50, deadline=None)
def test_a_slice_is_cut_to_the_bounds(start, stop):
    with Recording.from_samples(SAMPLES) as recording:
        lower, upper = max(0, start), 50_000 if stop is None else max(0, min(stop, 50_000))
        got = recording.read(1, start, stop)
        assert got.dtype == np.int16
        assert np.array_equal(got, SAMPLES[1, lower : max(lower, upper)])
        assert got.flags.writeable


@given(block=st.integers(1, 60_000), overlap=st.integers(0, 40_000))
@settings(max_examples=50, deadline=None)
def test_blocks_cover_everything_once_and_repeat_only_the_overlap(block, overlap):
    overlap = overlap * (block - 1) // 40_000
    if 50_000 / (block - overlap) > 2_000:
        block += 100
    with Recording.from_samples(SAMPLES) as recording:
        whole, end = [], 0
        for start, samples in recording.blocks(0, block / 16_000, overlap / 16_000):
            assert start == (end - overlap if end else 0)
            assert len(samples) <= block
            whole.append(samples[end - start :])
            end = start + len(samples)
        assert np.array_equal(np.concatenate(whole), SAMPLES[0])


def test_an_overlap_as_long_as_the_block_is_refused():
    with Recording.from_samples(SAMPLES) as recording, pytest.raises(ValueError, match="overlap"):
        next(recording.blocks(0, 1.0, 1.0))


def test_wrong_use_is_refused():
    with Recording.from_samples(SAMPLES) as recording:
        with pytest.raises(IndexError):
            recording.read(2)
        with pytest.raises(IndexError):
            recording.read(-1)
    with pytest.raises(ValueError, match="closed"):
        recording.read(0)
    with pytest.raises(ValueError, match="shape"):
        Recording.from_samples(np.zeros((3, 100), np.float32))
    with pytest.raises(ValueError, match="int16 or float"):
        Recording.from_samples(np.zeros(100, np.int32))


def test_samples_may_be_floats_at_another_rate():
    t = np.arange(80_000) / 8_000
    with Recording.from_samples(0.5 * np.sin(2 * np.pi * 440 * t), 8_000) as recording:
        assert (recording.channels, recording.n_samples, recording.rate_hz) == (1, 160_000, 16_000)
        expected = 16_384 * np.sin(2 * np.pi * 440 * np.arange(160_000) / 16_000)
        assert np.abs(recording.read(0) - expected)[1600:-1600].max() < 5


def test_what_is_beyond_full_scale_is_clipped_not_wrapped():
    with Recording.from_samples(np.array([2.0, -2.0, 1.0, -1.0, np.nan] * 100)) as recording:
        assert recording.read(0)[:5].tolist() == [32_767, -32_768, 32_767, -32_768, 0]


def test_no_samples_at_all():
    with Recording.from_samples(np.zeros((2, 0), np.int16)) as recording:
        assert recording.duration_s == 0.0
        assert list(recording.blocks(0)) == []
        assert recording.read(0).shape == (0,)


def test_the_samples_have_no_name_in_any_folder_and_one_owner(tmp_path):
    with Recording.from_samples(SAMPLES, folder=tmp_path) as recording:
        assert list(tmp_path.iterdir()) == []
        status = os.fstat(recording._channels[0].file.fileno())
        assert status.st_nlink == 0
        assert stat.S_IMODE(status.st_mode) & 0o077 == 0


def test_a_writer_that_is_left_early_leaves_nothing_open(tmp_path):
    with RecordingWriter(2, tmp_path) as writer:
        writer.write(SAMPLES.T, 16_000)
        files = list(writer._files)
    assert all(file.closed for file in files)
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_block_borders_leave_no_trace_in_resampled_audio():
    x = speech(1, 10.0, 8_000)
    with RecordingWriter(1) as whole, RecordingWriter(1) as parts:
        whole.write(x[:, None], 8_000)
        for start in range(0, len(x), 777):
            parts.write(x[start : start + 777, None], 8_000)
        (a,), (b,) = whole.finish(), parts.finish()
        with Recording([a], whole_source()) as one, Recording([b], whole_source()) as two:
            assert one.n_samples == two.n_samples
            assert np.abs(one.read(0).astype(int) - two.read(0)).max() <= 1


def whole_source():
    with Recording.from_samples(SAMPLES) as recording:
        return recording.source
