"""One party heard in the other's channel: found, measured, and no speech."""

from __future__ import annotations

import numpy as np
import pytest
from speech.scoring import f1
from speech.signals import RATE, Memory, noise

from pipeline.speech import CrosstalkEstimate, SpeechSettings, detect_speech
from pipeline.speech.echo import find_echo
from pipeline.speech.noise import measure_noise
from pipeline.timeline import SpanSet


def with_leak(samples: np.ndarray, gain_db: float, delay_ms: float, source: int = 1) -> np.ndarray:
    """Add the other party's voice, coloured and late; the level is over the speech band."""
    late = np.concatenate((np.zeros(int(delay_ms * RATE / 1000)), samples[source]))[: samples.shape[1]]
    coloured = np.convolve(late, [1.0, -0.6, 0.3], "same")
    coloured *= np.sqrt(np.mean(samples[source] ** 2) / np.mean(coloured**2)) * 10 ** (gain_db / 20)
    out = samples.copy()
    out[1 - source] += coloured
    return out


@pytest.fixture(scope="module")
def line(voices):
    return voices.samples + [noise(40 * RATE, 50 + c, 2e-7) for c in (0, 1)]


@pytest.mark.parametrize(("gain_db", "delay_ms"), [(-20, 0), (-20, 180), (-28, 300), (-35, 60), (-45, 120)])
def test_a_leak_is_measured_and_is_no_speech(line, voices, gain_db, delay_ms):
    result = detect_speech(Memory(with_leak(line, gain_db, delay_ms)))
    (into_left,) = [e for e in result.crosstalk if e.target == 0]
    assert into_left.source == 1
    assert into_left.confidence > 0.5
    assert into_left.delay_ms == pytest.approx(delay_ms, abs=1.0)
    assert into_left.gain_db == pytest.approx(gain_db, abs=3.0)
    for channel, truth in zip(result.channels, voices.truth, strict=True):
        assert f1(channel.spans, truth) > 0.95


def test_no_leak_is_invented(line):
    for estimate in detect_speech(Memory(line)).crosstalk:
        assert estimate.gain_db is None
        assert estimate.confidence < 0.3


def test_a_backchannel_over_the_leak_survives(line, voices):
    """A short word of the left party while the right one speaks and leaks at -25 dB."""
    loud = max(voices.truth[1], key=lambda s: s.duration_s)
    word = min((s for s in voices.truth[0] if s.duration_s > 0.3), key=lambda s: s.duration_s)
    length = int(min(word.duration_s, 0.8) * RATE)
    at = int((loud.start_s + 0.4 * loud.duration_s) * RATE)
    samples = line.copy()
    source = int(word.start_s * RATE)
    samples[0, at : at + length] += 0.5 * voices.samples[0, source : source + length]
    spans = detect_speech(Memory(with_leak(samples, -25, 90))).channels[0].spans
    said = SpanSet.of((at / RATE, (at + length) / RATE))
    around = SpanSet.of((loud.start_s + 0.1, loud.end_s - 0.1)) - voices.truth[0].padded(0.1)
    assert f1(spans & around, said) > 0.8


def test_both_leak(line, voices):
    samples = with_leak(with_leak(line, -25, 120, source=1), -25, 120, source=0)
    result = detect_speech(Memory(samples))
    assert [round(e.delay_ms) for e in result.crosstalk] == [120, 120]
    for channel, truth in zip(result.channels, voices.truth, strict=True):
        assert f1(channel.spans, truth) > 0.95


def with_echo(samples: np.ndarray, gain_db: float, delay_ms: float, source: int = 1) -> np.ndarray:
    """Add the other party's voice as a room gives it back: late, and dying away over some 0.2 s."""
    rng = np.random.default_rng(7)
    t = np.arange(int(0.25 * RATE))
    room = rng.standard_normal(len(t)) * np.exp(-t / (0.06 * RATE))
    size = samples.shape[1] + len(room)
    heard = np.fft.irfft(np.fft.rfft(samples[source], size) * np.fft.rfft(room, size), size)
    late = np.concatenate((np.zeros(int(delay_ms * RATE / 1000)), heard))[: samples.shape[1]]
    late *= np.sqrt(np.mean(samples[source] ** 2) / np.mean(late**2)) * 10 ** (gain_db / 20)
    out = samples.copy()
    out[1 - source] += late
    return out


class TestEcho:
    @pytest.mark.parametrize(("gain_db", "delay_ms"), [(-14, 80), (-20, 150), (-20, 450)])
    def test_a_rooms_echo_is_measured_and_is_no_speech(self, line, voices, gain_db, delay_ms):
        result = detect_speech(Memory(with_echo(line, gain_db, delay_ms)))
        into_left, into_right = result.crosstalk
        assert (into_left.source, into_left.target) == (1, 0)
        assert into_left.delay_ms == pytest.approx(delay_ms, abs=30.0)
        assert into_left.gain_db == pytest.approx(gain_db, abs=3.0)
        assert into_right.gain_db is None
        for channel, truth in zip(result.channels, voices.truth, strict=True):
            assert f1(channel.spans, truth) > 0.9

    def test_without_it_the_echo_is_speech(self, line, voices):
        settings = SpeechSettings(echo_likeness=1.0)
        result = detect_speech(Memory(with_echo(line, -14, 450)), settings)
        assert f1(result.channels[0].spans, voices.truth[0]) < 0.9

    def test_what_explains_the_level_best(self, line, voices):
        plain, late = (
            measure_noise(Memory(samples), 0, SpeechSettings())
            for samples in (line, with_echo(line, -20, 200))
        )
        source = measure_noise(Memory(line), 1, SpeechSettings())
        alone = voices.truth[1] - voices.truth[0].padded(0.5)
        stretches = [(round(100 * span.start_s), round(100 * span.end_s)) for span in alone.at_least(1.0)]
        found = find_echo(source, late, stretches, 0.6)
        assert found.delay in range(19, 25)
        assert found.likeness > find_echo(source, plain, stretches, 0.6).likeness + 0.2
        assert find_echo(source, late, [], 0.6) is None


def test_round_trip():
    for estimate in (CrosstalkEstimate(0, 1, -31.4, 120.1, 0.9), CrosstalkEstimate(1, 0, None, None, 0.1)):
        assert CrosstalkEstimate.from_dict(estimate.to_dict()) == estimate
