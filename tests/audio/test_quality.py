"""Level, noise, clipping, offset and bandwidth, against signals of which they are known."""

import numpy as np
import pytest
from audio.signals import hiss, level_db, resampled, speech
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.audio import Recording, measure_quality, open_recording

SPEECH = speech(1, 20.0)


def quality_of(samples, rate_hz=16_000, channel=0):
    with Recording.from_samples(np.atleast_2d(samples), rate_hz) as recording:
        return measure_quality(recording, channel)


def codes(quality):
    return [note.code for note in quality.warnings]


@pytest.mark.parametrize("level", [-35, -26, -15])
def test_the_active_level_leaves_pauses_out(level):
    active = SPEECH[SPEECH != 0]
    x = SPEECH * 10 ** (level / 20) / np.sqrt(np.mean(active**2))
    quality = quality_of(np.clip(x, -1, 1) + hiss(2, len(x), 1e-4))
    assert quality.level_dbfs == pytest.approx(level, abs=1.5)
    assert quality.level_dbfs > level_db(x, 1.0) + 1.0
    assert quality.noise_floor_dbfs == pytest.approx(-80, abs=1.5)
    assert quality.snr_db == pytest.approx(level + 80, abs=3)
    assert codes(quality) == []


@pytest.mark.parametrize("rms_db", [-70, -55, -45])
def test_the_noise_floor_is_that_of_the_pauses(rms_db):
    quality = quality_of(SPEECH + hiss(3, len(SPEECH), 10 ** (rms_db / 20)))
    assert quality.noise_floor_dbfs == pytest.approx(rms_db, abs=1.5)


def test_noise_close_to_the_voice_is_a_warning():
    quality = quality_of(0.3 * SPEECH + hiss(3, len(SPEECH), 0.006))
    assert "high_noise" in codes(quality)


def test_a_quiet_voice_is_a_warning():
    assert codes(quality_of(0.1 * SPEECH + hiss(3, len(SPEECH), 2e-5))) == ["low_level"]


def test_gated_silence_has_no_noise_floor():
    quality = quality_of(SPEECH)
    assert quality.noise_floor_dbfs is None
    assert quality.snr_db is None
    assert quality.digital_silence_share > 0.3
    assert quality.level_dbfs is not None


CODECS = [
    ("pcm_s16le", "a.wav", {}),
    ("pcm_mulaw", "a.wav", {}),
    ("pcm_alaw", "a.wav", {}),
    ("flac", "a.flac", {}),
]


@pytest.mark.parametrize(("codec", "name", "options"), CODECS)
@pytest.mark.parametrize("gain_after", [1.0, 0.5])
@pytest.mark.parametrize("overdrive_db", [8, 16])
def test_clipping_is_seen_at_any_level_and_through_telephone_codecs(
    write, codec, name, options, gain_after, overdrive_db
):
    x = resampled(SPEECH[None], 16_000, 8_000)[0]
    x = x / np.abs(x).max() * 10 ** (overdrive_db / 20)
    truth = np.mean(np.abs(x) >= 1) * len(x)
    clipped = np.clip(x, -1, 1) * gain_after + hiss(4, len(x), 1e-4)
    with open_recording(write(name, clipped, 8_000, codec, **options)) as recording:
        quality = measure_quality(recording, 0)
        assert recording.clipped_samples(0) == pytest.approx(truth, rel=0.35)
        assert 0 < quality.clipped_share < 0.5
        assert codes(quality) == ["clipping"]


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100])
def test_one_sided_clipping_at_any_rate(rate_hz):
    x = resampled(0.5 * SPEECH[None] / np.abs(SPEECH).max(), 16_000, rate_hz)[0]
    assert "clipping" in codes(quality_of(np.minimum(x, 0.15), rate_hz))


@pytest.mark.parametrize(("codec", "name"), [(c, n) for c, n, _ in CODECS] + [("libmp3lame", "a.mp3")])
def test_loud_is_not_clipped(write, codec, name):
    x = resampled(SPEECH[None], 16_000, 8_000)[0]
    with open_recording(write(name, 0.95 * x / np.abs(x).max(), 8_000, codec)) as recording:
        quality = measure_quality(recording, 0)
        assert quality.clipped_share < 1e-4
        assert "clipping" not in codes(quality)


@given(hz=st.floats(40, 3500), amplitude=st.floats(0.05, 0.99))
@settings(max_examples=25, deadline=None)
def test_a_pure_tone_is_not_clipped_and_has_its_level(hz, amplitude):
    quality = quality_of(amplitude * np.sin(2 * np.pi * hz * np.arange(24_000) / 8_000), 8_000)
    assert quality.clipped_share == 0.0
    assert quality.level_dbfs == pytest.approx(20 * np.log10(amplitude) - 3.01, abs=0.3)


@pytest.mark.parametrize("offset", [0.05, -0.02])
def test_a_dc_offset(offset):
    quality = quality_of(0.5 * SPEECH + offset)
    assert quality.dc_offset == pytest.approx(offset, abs=0.001)
    assert codes(quality) == ["dc_offset"]
    clean = quality_of(0.5 * SPEECH)
    assert quality.level_dbfs == pytest.approx(clean.level_dbfs, abs=0.2)


@pytest.mark.parametrize("edge_hz", [3400, 5000, 7000])
def test_the_bandwidth_is_the_upper_edge(edge_hz):
    rng = np.random.default_rng(5)
    x = np.zeros(160_000)
    for start in range(8_000, 150_000, 24_000):
        x[start : start + 8_000] = rng.normal(size=8_000)
    spectrum = np.fft.rfft(x)
    spectrum[np.fft.rfftfreq(len(x), 1 / 16_000) > edge_hz] = 0
    x = 0.1 * np.fft.irfft(spectrum) + hiss(6, len(x), 1e-4)
    assert quality_of(x).bandwidth_hz == pytest.approx(edge_hz, abs=260)


def test_silence_is_measured_as_nothing():
    quality = quality_of(np.zeros(48_000))
    numbers = quality.to_dict()
    assert numbers["digital_silence_share"] == 1.0
    for name in ("level_dbfs", "peak_dbfs", "noise_floor_dbfs", "snr_db", "clipped_share", "bandwidth_hz"):
        assert numbers[name] is None, name
    assert codes(quality) == []


def test_line_noise_alone_has_a_floor_and_no_level():
    quality = quality_of(hiss(7, 160_000, 0.001))
    assert quality.level_dbfs is None
    assert quality.noise_floor_dbfs == pytest.approx(-60, abs=1)


def test_an_empty_recording_has_no_quality():
    assert set(quality_of(np.zeros((1, 0))).to_dict().values()) == {None}


def test_each_channel_is_measured_alone_and_named():
    with Recording.from_samples(np.stack([0.5 * SPEECH, 0.5 * SPEECH + 0.1])) as recording:
        left, right = (measure_quality(recording, channel) for channel in (0, 1))
        assert codes(left) == []
        assert codes(right) == ["dc_offset"]
        assert right.warnings[0].message.startswith("The right channel")


def test_the_numbers_are_rounded():
    numbers = quality_of(SPEECH + hiss(1, len(SPEECH), 0.001)).to_dict()
    assert list(numbers) == [
        "level_dbfs",
        "peak_dbfs",
        "noise_floor_dbfs",
        "snr_db",
        "clipped_share",
        "dc_offset",
        "bandwidth_hz",
        "digital_silence_share",
    ]
    assert all(number == round(number, 5) for number in numbers.values())


@pytest.mark.parametrize("duration_ms", [50, 60, 75, 80, 100, 120])
def test_a_moment_of_sound_has_finite_numbers_or_none(duration_ms):
    n = 16 * duration_ms
    for samples in (hiss(5, n, 0.1), hiss(6, n, 0.1) * np.linspace(0, 1, n), SPEECH[:n]):
        numbers = quality_of(samples).to_dict().values()
        assert all(number is None or np.isfinite(number) for number in numbers)
