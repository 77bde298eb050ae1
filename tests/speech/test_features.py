"""How spans begin and end, on voices made to order."""

from __future__ import annotations

import numpy as np
import pytest
from speech.signals import RATE, Memory, band, noise

from pipeline.speech.features import measure_voice, pitch
from pipeline.timeline import Span


def voice(seconds: float, hz: np.ndarray | float, fade_s: float = 0.0) -> np.ndarray:
    """Return harmonics of `hz` in the telephone band; a low fundamental is cut off."""
    n = int(seconds * RATE)
    phase = 2 * np.pi * np.cumsum(np.broadcast_to(hz, n)) / RATE
    samples = 0.02 * sum(np.sin(k * phase) for k in range(1, 25))
    if fade_s:
        t = np.arange(n) / RATE
        samples *= np.minimum(1.0, 10 ** (-(t - (seconds - fade_s)) / fade_s))
    return band(samples)


@pytest.mark.parametrize("hz", [85, 120, 210, 310])
def test_pitch_is_found_without_the_fundamental(hz):
    hertz = pitch(Memory(voice(1.0, hz)), 0, (10, 90))
    assert np.nanmedian(hertz) == pytest.approx(hz, rel=0.03)
    assert np.isfinite(hertz).mean() > 0.95


def test_noise_and_silence_have_no_pitch():
    for samples in (noise(RATE, 60, 1e-3), np.zeros(RATE)):
        hertz = pitch(Memory(samples), 0, (10, 90))
        assert np.isnan(hertz).mean() > 0.9


def test_a_voice_that_falls_away_and_one_that_is_cut_off():
    pause = np.zeros(RATE)
    call = Memory(np.concatenate((voice(3.0, 120, fade_s=0.3), pause, voice(3.0, 120))))
    finished, cut = measure_voice(call, 0, [Span(0, 3), Span(4, 7)])
    assert finished.end_drop_db < -8
    assert cut.end_drop_db == pytest.approx(0, abs=1)
    assert finished.end_fall_s > 0.1
    assert cut.end_fall_s <= 0.02


def test_pitch_that_settles_is_below_the_party_s_own():
    hz = np.r_[np.full(2 * RATE, 120.0), np.linspace(120, 85, RATE // 2), np.full(RATE // 2, 85.0)]
    call = Memory(np.concatenate((voice(3.0, hz), np.zeros(RATE), voice(3.0, 120.0))))
    settled, open_ = measure_voice(call, 0, [Span(0, 3), Span(4, 7)])
    assert settled.end_pitch_hz == pytest.approx(85, rel=0.03)
    assert settled.end_pitch_ratio == pytest.approx(85 / 120, rel=0.04)
    assert open_.end_pitch_ratio == pytest.approx(1.0, rel=0.04)


def test_level_does_not_matter():
    loud = voice(3.0, 140, fade_s=0.2)
    (a,), (b,) = (measure_voice(Memory(s), 0, [Span(0.1, 3)]) for s in (loud, 0.1 * loud))
    assert a.end_drop_db == pytest.approx(b.end_drop_db, abs=0.2)
    assert a.end_pitch_hz == pytest.approx(b.end_pitch_hz, rel=0.01)


def test_how_deep_a_gated_pause_is_does_not_matter():
    """What the gate left, one bit of 16, is lost 12 dB down."""
    bits = np.random.default_rng(61).integers(-1, 2, RATE // 10) / 32768
    loud = np.concatenate((voice(2.7, 140), bits, voice(0.2, 140)))
    (a,), (b,) = (measure_voice(Memory(s), 0, [Span(0, 3)]) for s in (loud, 0.25 * loud))
    assert a.end_fall_s == b.end_fall_s
    assert a.end_drop_db == pytest.approx(b.end_drop_db, abs=0.2)


def test_too_short_is_none():
    (found,) = measure_voice(Memory(voice(1.0, 120)), 0, [Span(0.5, 0.55)])
    assert found.end_drop_db is None
    assert found.end_fall_s is None
    assert found.end_pitch_hz is None
    assert measure_voice(Memory(np.zeros(RATE)), 0, []) == ()


def test_a_pause_before_the_end_does_not_lower_what_the_end_is_compared_with():
    part = voice(1.0, 120)
    (found,) = measure_voice(Memory(np.concatenate((part, np.zeros(RATE // 5), part))), 0, [Span(0, 2.2)])
    assert found.end_drop_db == pytest.approx(0, abs=1)
