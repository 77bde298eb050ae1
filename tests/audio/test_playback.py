"""The small copy for the browser, and the outline."""

import numpy as np
import pytest
from audio.signals import hiss, level_db, speech
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.audio import Recording, encode_playback, open_recording, waveform


def decoded(data, tmp_path):
    path = tmp_path / "playback.ogg"
    path.write_bytes(data)
    return open_recording(path)


@pytest.mark.parametrize("channels", [(0, 1), (0,), (1,)])
def test_an_hour_fits_into_seven_and_a_half_megabytes(tmp_path, channels):
    samples = np.stack([speech(1, 30.0), speech(2, 30.0)])
    with Recording.from_samples(samples + hiss(3, samples.shape[1], 1e-3)) as recording:
        data = encode_playback(recording, channels)
        assert len(data) <= 7.5e6 * recording.duration_s / 3600
        with decoded(data, tmp_path) as copy:
            assert copy.channels == len(channels)
            assert copy.duration_s == pytest.approx(recording.duration_s, abs=0.005)
            # Whatever is said is heard, at about its level.
            heard, said = copy.read(0).astype(float), recording.read(channels[0]).astype(float)
            assert level_db(heard) == pytest.approx(level_db(said), abs=5)


@pytest.mark.parametrize("channels", [(0, 1), (1, 0), (0,), (1,)])
def test_every_channel_is_at_its_place(tmp_path, channels):
    samples = np.stack([speech(1, 30.0), speech(2, 30.0)])
    samples[0, : 15 * 16_000] = 0
    samples[1, 15 * 16_000 :] = 0
    with Recording.from_samples(samples + hiss(3, samples.shape[1], 1e-4)) as recording:
        data = encode_playback(recording, channels, bitrate=24_000)
        with decoded(data, tmp_path) as copy:
            assert copy.channels == len(channels)
            assert copy.duration_s == pytest.approx(recording.duration_s, abs=0.005)
            assert copy.source.codec == "opus"
            half = 15 * 16_000
            for place, channel in enumerate(channels):
                x = copy.read(place).astype(float)
                spoken, silent = (x[half:], x[:half]) if channel == 0 else (x[:half], x[half:])
                assert level_db(spoken) > level_db(silent) + 15


def test_what_is_heard_stays_at_its_time(tmp_path):
    samples = np.zeros((1, 12 * 16_000))
    for at_s in (2.0, 11.0):
        size = 160
        samples[0, int(at_s * 16_000) :][:size] = 0.8 * np.sin(np.arange(size)) * np.hanning(size)
    with (
        Recording.from_samples(samples) as recording,
        decoded(encode_playback(recording, [0]), tmp_path) as copy,
    ):
        x = np.abs(copy.read(0).astype(float))
        assert np.argmax(x[: 8 * 16_000]) / 16_000 == pytest.approx(2.005, abs=0.005)
        assert 8 + np.argmax(x[8 * 16_000 :]) / 16_000 == pytest.approx(11.005, abs=0.005)


def test_wrong_use_is_refused():
    with Recording.from_samples(np.zeros((2, 1600), np.int16)) as recording:
        with pytest.raises(ValueError, match="channels"):
            encode_playback(recording, [])
        with pytest.raises(ValueError, match="bit rate"):
            encode_playback(recording, [0], bitrate=1)
        with pytest.raises(ValueError, match="points"):
            waveform(recording, 0, 0)


@given(n=st.integers(0, 40_000), points_per_s=st.sampled_from([1, 7, 50, 128, 1000]), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_the_outline_is_the_peak_of_each_stretch(n, points_per_s, seed):
    x = np.random.default_rng(seed).integers(-32_768, 32_768, n).astype(np.int16)
    with Recording.from_samples(x) as recording:
        outline = waveform(recording, 0, points_per_s)
    assert outline.dtype == np.uint8
    assert len(outline) == -(-n * points_per_s // 16_000)
    for i in (0, len(outline) // 2, len(outline) - 1):
        if 0 <= i < len(outline):
            start, stop = -(-i * 16_000 // points_per_s), -(-(i + 1) * 16_000 // points_per_s)
            expected = np.abs(x[start:stop].astype(int)).max() * 255 / 32_767
            assert outline[i] == min(255, round(expected))


def test_the_outline_goes_on_over_the_blocks():
    x = np.zeros(150 * 16_000, np.int16)
    x[16_000 * 60 - 1], x[16_000 * 120] = 32_767, -32_768
    with Recording.from_samples(x) as recording:
        outline = waveform(recording, 0, 7)
    assert np.flatnonzero(outline).tolist() == [60 * 7 - 1, 120 * 7]
    assert outline.max() == 255
