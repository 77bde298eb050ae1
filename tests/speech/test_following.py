"""Noise that swells and fades: followed on a noisy line, and a voice is never taken for it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speech.scoring import f1
from speech.signals import RATE, Memory, band, load_sample, noise

from pipeline.speech import SpeechSettings, detect_speech
from pipeline.speech.following import followed
from pipeline.speech.frames import flags_of, moving_mean
from pipeline.speech.fusion import STEADY, STEADY_OVER
from pipeline.speech.noise import measure_noise
from pipeline.speech.tracks import measure_tracks

SETTINGS = SpeechSettings()
BINS = 104


def spectra(seed: int, frames: int, level_db: np.ndarray | float = 0.0) -> np.ndarray:
    power = np.random.default_rng(seed).exponential(1.0, (frames, BINS))
    return (power * 10 ** (np.broadcast_to(level_db, frames) / 10)[:, None]).astype(np.float32)


def level_of(noise_power: np.ndarray) -> float:
    return 10 * np.log10(float(noise_power.mean()))


def cars(n: int, seed: int, power: float) -> np.ndarray:
    """Noise with a swell of 6 dB, some 2 s wide, every 9 s."""
    t = np.arange(n) / RATE
    swell_db = 6 * sum(np.exp(-(((t - when) / 1.2) ** 2)) for when in np.arange(4, n / RATE, 9))
    return noise(n, seed, power) * 10 ** (swell_db / 20)


@given(st.integers(0, 1000), st.floats(0.1, 10), st.floats(-40, 40))
@settings(max_examples=25, deadline=None)
def test_it_never_moves_beyond_its_reach(seed, reach_db, level_db):
    expected = np.ones((40, BINS), dtype=np.float32)
    found, _ = followed(spectra(seed, 40, level_db), expected, reach_db)
    assert np.abs(10 * np.log10(found)).max() <= reach_db + 1e-3


def test_steady_noise_stays_where_it_is():
    found, _ = followed(spectra(1, 500), np.ones((500, BINS), dtype=np.float32), 6.0)
    assert level_of(found[100:]) == pytest.approx(-1, abs=0.5)  # the estimate lies 1 dB low in all noise


def test_a_swell_is_followed_within_half_a_second():
    level = np.repeat([0.0, 5.0, 0.0], 150)
    found, _ = followed(spectra(2, 450, level), np.ones((450, BINS), dtype=np.float32), 8.0)
    before, swell, after = (
        level_of(found[part]) for part in (slice(50, 150), slice(200, 300), slice(350, None))
    )
    assert swell - before == pytest.approx(5, abs=0.5)
    assert after == pytest.approx(before, abs=0.5)


def test_a_loud_burst_is_no_noise():
    level = np.repeat([0.0, 20.0, 0.0], 100)
    found, _ = followed(spectra(3, 300, level), np.ones((300, BINS), dtype=np.float32), 8.0)
    assert level_of(found[:200]) < 3


def test_blocks_go_on_where_the_last_one_ended():
    power, expected = spectra(4, 200, 3.0), np.ones((200, BINS), dtype=np.float32)
    whole, _ = followed(power, expected, 6.0)
    first, state = followed(power[:77], expected[:77], 6.0)
    second, _ = followed(power[77:], expected[77:], 6.0, state)
    assert np.allclose(whole, np.concatenate((first, second)))


class TestLine:
    @pytest.fixture(scope="class")
    @staticmethod
    def street(voices):
        return voices.samples + [cars(40 * RATE, 60 + c, voices.power(c) / 15) for c in (0, 1)]

    def test_passing_cars_are_followed_and_the_rest_is_calm(self, street):
        line = measure_noise(Memory(street), 1, SETTINGS)
        assert line.following is not None
        assert line.following.share > 0.9
        assert line.following.reach_db > 1
        assert line.unrest_db < 0.5

    @pytest.mark.parametrize("snr_db", [8, 30])
    def test_a_steady_or_a_clean_line_is_not(self, voices, snr_db):
        samples = voices.samples[0] + noise(40 * RATE, 62, voices.power(0) / 10 ** (snr_db / 10))
        way = measure_noise(Memory(samples), 0, SETTINGS).following
        assert way is None or way.reach_db < 1

    def test_nor_is_a_babble(self, voices):
        """Syllables of many come and go too fast to be followed."""
        rng = np.random.default_rng(63)
        loudness = np.interp(np.arange(40 * RATE), np.arange(0, 40 * RATE, 1600), rng.normal(0, 7, 400))
        babble = noise(40 * RATE, 63, voices.power(0) / 100) * 10 ** (loudness / 20)
        way = measure_noise(Memory(voices.samples[0] + babble), 0, SETTINGS).following
        assert way is None or way.share < 0.5

    def test_cars_are_not_heard_as_speech(self, street, voices):
        """The statistical witness alone takes them for speech."""
        heard = found = 0.0
        for channel, truth in zip(detect_speech(Memory(street)).channels, voices.truth, strict=True):
            heard += (channel.witnesses["likelihood"] - truth.padded(0.5)).duration_s
            found += (channel.spans - truth.padded(0.5)).duration_s
            assert f1(channel.spans, truth) > 0.85
        assert heard > 1.5
        assert found < 0.4 * heard


class TestSteadiness:
    """Noise of any spectrum and level is steady by pi / 4; a voice in it has moved on."""

    @staticmethod
    def of(samples: np.ndarray) -> np.ndarray:
        call = Memory(samples)
        found = measure_tracks(call, 0, measure_noise(call, 0, SETTINGS), None, SETTINGS)
        return moving_mean(found.texture.steadiness, STEADY_OVER)

    @pytest.mark.parametrize("hz", [(300, 3400), (300, 900), (1500, 3000)])
    def test_noise_is_steady(self, hz):
        found = self.of(band(noise(20 * RATE, 64, 1e-4), *hz))
        assert np.median(found[50:-50]) == pytest.approx(np.pi / 4, abs=0.025)

    def test_also_where_it_swells(self):
        assert np.percentile(self.of(cars(40 * RATE, 64, 1e-4)), 10) > STEADY

    def test_a_voice_is_not(self, voices):
        samples = voices.samples[1] + noise(40 * RATE, 65, voices.power(1) / 10)
        said = flags_of(voices.truth[1], 4000)
        assert np.percentile(self.of(samples)[said], 90) < STEADY


@pytest.mark.parametrize(("hz", "snr_db"), [((300, 1200), 6), ((700, 2800), 8), ((300, 700), 6)])
def test_a_lorry_on_a_quiet_line_is_not_heard_as_speech(voices, hz, snr_db):
    """Its noise has another spectrum than the line's, and comes as loud as a faint voice."""
    n = voices.samples.shape[1]
    t = np.arange(n) / RATE
    near = sum(np.exp(-(((t - when) / 1.5) ** 2)) for when in np.arange(3, n / RATE, 8))
    samples = voices.samples.copy()
    for channel in (0, 1):
        power = voices.power(channel)
        lorry = band(noise(n, 70 + channel, 1.0), *hz)
        lorry *= near * np.sqrt(power / 10 ** (snr_db / 10) / np.mean(lorry**2))
        samples[channel] += lorry + noise(n, 80 + channel, power / 10**2.8)
    for found, truth in zip(detect_speech(Memory(samples)).channels, voices.truth, strict=True):
        assert (found.spans - truth.padded(0.5)).duration_s < 0.05 * truth.duration_s
        assert f1(found.spans, truth) > 0.9


def test_colleagues_who_are_heard_are_not_the_agent(voices):
    """To a detector of speech theirs is speech; it is 20 dB fainter."""
    n = voices.samples.shape[1]
    others = [load_sample(name).samples for name in ("interrupter", "pause_jumper", "calm_booking")]
    room = sum(
        np.roll(channel, 7 * k * RATE)[:n] for k, channel in enumerate(c for call in others for c in call)
    )
    samples = voices.samples.copy()
    for channel in (0, 1):
        samples[channel] += room * np.sqrt(voices.power(channel) / 10**2.0 / np.mean(room**2))
    found = detect_speech(Memory(samples)).channels
    for channel, truth in zip(found, voices.truth, strict=True):
        assert (channel.witnesses["silero"] - truth.padded(0.5)).duration_s > 1
        assert (channel.spans - truth.padded(0.5)).duration_s < 0.1 * truth.duration_s
        assert f1(channel.spans, truth) > 0.9


def test_a_caller_in_the_street():
    """A sample with cars that pass, 10 dB below the voice."""
    call = load_sample("many_backchannels")
    channels = detect_speech(Memory(call.samples)).channels
    assert min(f1(c.spans, t) for c, t in zip(channels, call.truth, strict=True)) > 0.94
    times = [c.spans.bridged(0.3).duration_s for c in channels]
    true = [t.duration_s for t in call.truth]
    assert times[0] / sum(times) == pytest.approx(true[0] / sum(true), abs=0.01)
