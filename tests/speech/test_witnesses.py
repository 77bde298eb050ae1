"""Each witness by itself: what it hears, and what it must not care about."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from speech.scoring import f1
from speech.signals import RATE, Memory, band, gated, key_clicks, music, noise, tones

from pipeline.errors import MissingComponentError
from pipeline.speech import SpeechSettings, silero
from pipeline.speech.frames import closed, flags_of, spans_of
from pipeline.speech.fusion import witness_flags
from pipeline.speech.likelihood import log_likelihood_ratio
from pipeline.speech.noise import measure_noise
from pipeline.speech.texture import LONG, describe
from pipeline.speech.tracks import measure_tracks

SETTINGS = SpeechSettings()


def witnesses(samples: np.ndarray) -> dict:
    call = Memory(samples)
    tracks = measure_tracks(call, 0, measure_noise(call, 0, SETTINGS), None, SETTINGS)
    end_s = call.n_samples / RATE
    return {name: spans_of(flags, end_s) for name, flags in witness_flags(tracks, SETTINGS).items()}


class TestNoise:
    def test_level_of_steady_noise_is_found_under_speech(self, voices):
        power = voices.power(0)
        for snr_db in (30, 15, 8):
            floor = power / 10 ** (snr_db / 10)
            line = measure_noise(Memory(voices.samples[0] + noise(40 * RATE, 1, floor)), 0, SETTINGS)
            assert line.noise_db == pytest.approx(10 * np.log10(floor), abs=1.0)
            assert line.unrest_db < 0.5

    def test_a_line_that_gets_louder_is_followed(self):
        n = 150 * RATE
        samples = noise(n, 2, 1e-6) * np.where(np.arange(n) < n // 2, 1.0, 10.0)
        line = measure_noise(Memory(samples), 0, SETTINGS)
        early, late = line.floor[1000], line.floor[-1000]
        assert 10 * np.log10(late / early) == pytest.approx(20, abs=1.5)

    def test_restless_noise_shows(self):
        n = 40 * RATE
        loudness = np.repeat(np.random.default_rng(3).normal(0, 6, n // 1600), 1600)
        line = measure_noise(Memory(noise(n, 3, 1e-5) * 10 ** (loudness / 20)), 0, SETTINGS)
        assert line.unrest_db > 2

    def test_digital_silence_tells_nothing_about_the_line(self):
        samples = noise(40 * RATE, 4, 1e-5)
        half = samples.copy()
        half[: 20 * RATE] = 0
        lines = [measure_noise(Memory(s), 0, SETTINGS) for s in (samples, half)]
        assert lines[0].noise_db == pytest.approx(lines[1].noise_db, abs=0.3)

    @pytest.mark.parametrize("gain", [0.25, 0.1])
    def test_a_gated_line_is_as_loud_at_any_level(self, gain, voices):
        samples = gated(voices.samples * (0.9 / np.abs(voices.samples).max()), 1, seed=6)[0]
        lines = [measure_noise(Memory(s), 0, SETTINGS) for s in (samples, samples * gain)]
        assert lines[1].loud_power / lines[0].loud_power == pytest.approx(gain**2, rel=0.01)
        for line in lines:  # whatever the gate left, silence lies 60 dB below loud frames
            assert line.energy.min() == pytest.approx(1e-6 * line.loud_power, rel=0.001)


class TestEnergy:
    def test_hears_speech_on_a_clean_line(self, clean_call):
        assert f1(witnesses(clean_call.samples[0])["energy"], clean_call.truth[0]) > 0.95

    def test_hears_nothing_in_steady_noise(self):
        assert witnesses(noise(20 * RATE, 5, 1e-4))["energy"].duration_s == 0


class TestLikelihood:
    def test_steady_noise_stays_below_the_threshold(self):
        power = np.random.default_rng(6).exponential(1.0, (3000, 104))
        ratio, _ = log_likelihood_ratio(power, np.ones(104), 0.92)
        assert np.percentile(ratio, 99.9) < 0.2
        assert np.median(ratio) < 0.1

    def test_a_sound_10_db_above_the_noise_stands_out(self):
        power = np.random.default_rng(7).exponential(1.0, (300, 104))
        power[100:200] *= 10
        ratio, _ = log_likelihood_ratio(power, np.ones(104), 0.92)
        assert ratio[105:195].min() > 1.0

    def test_blocks_go_on_where_the_last_one_ended(self):
        power = np.random.default_rng(8).exponential(1.0, (200, 50))
        whole, _ = log_likelihood_ratio(power, np.ones(50), 0.92)
        first, state = log_likelihood_ratio(power[:77], np.ones(50), 0.92)
        second, _ = log_likelihood_ratio(power[77:], np.ones(50), 0.92, state)
        assert np.allclose(whole, np.concatenate((first, second)))

    def test_hears_speech_at_10_db(self, voices):
        samples = voices.samples[0] + noise(40 * RATE, 9, voices.power(0) / 10)
        assert f1(witnesses(samples)["likelihood"], voices.truth[0]) > 0.85


class TestSilero:
    def test_hears_speech_and_neither_music_nor_keys(self, clean_call):
        heard = witnesses(clean_call.samples[0])["silero"]
        assert f1(heard, clean_call.truth[0]) > 0.85
        for sound in (music(15 * RATE, 10), key_clicks(15 * RATE, 10)):
            assert witnesses(sound + noise(15 * RATE, 10, 1e-6))["silero"].duration_s < 0.5

    def test_hears_speech_after_long_music(self, clean_call):
        """Run in one go, the model hears next to nothing for minutes after music."""
        tune = music(30 * RATE, 11) + noise(30 * RATE, 11, 1e-6)
        heard = witnesses(np.concatenate((tune, clean_call.samples[0])))["silero"]
        assert f1(heard, clean_call.truth[0].shifted(30)) > 0.85

    def test_each_step_has_its_context_and_no_padding(self):
        seen = []

        def model(steps, h, c):
            seen.append((steps, h.copy()))
            return steps[:, -1], h + 1, c

        n = (silero.STRETCH + 10) * silero.STEP
        samples = np.arange(n) % 20000
        call = Memory(samples.astype(np.int16))
        silero.speech_probabilities(call, 0, 1.0, model)
        (first, h), (second, h_again) = seen
        assert first.shape == (silero.STRETCH, silero.CONTEXT + silero.STEP)
        assert second.shape == (silero.WARM_UP + 10, silero.CONTEXT + silero.STEP)
        assert not h.any()
        assert not h_again.any()
        for steps in (first, second):
            assert np.array_equal(steps[1:, : silero.CONTEXT], steps[:-1, -silero.CONTEXT :])

    def test_what_no_telephone_line_carries_does_not_reach_it(self):
        """Above 4 kHz a call from a telephone has only rounding, more of it the lower its level."""
        seen = []

        def model(steps, h, c):
            seen.append(steps)
            return steps[:, -1], h, c

        line = noise(2 * RATE, 14, 1e-3)
        for hiss in (0.0, 0.01):
            high = hiss * band(np.random.default_rng(15).standard_normal(2 * RATE), 4100, 8000)
            silero.speech_probabilities(Memory(line + high), 0, 1.0, model)
        assert np.std(seen[0]) > 0.02
        assert np.std(seen[0] - seen[1]) < 1e-4

    def test_not_a_number_is_no_speech(self):
        call = Memory(noise(RATE, 12, 1e-3))
        found = silero.speech_probabilities(call, 0, 1.0, lambda s, h, c: (np.full(len(s), np.nan), h, c))
        assert found.shape == (100,)
        assert not found.any()

    def test_a_missing_model_is_named_with_its_remedy(self, monkeypatch):
        monkeypatch.setattr(silero, "find_spec", lambda name: None)
        with pytest.raises(MissingComponentError, match="faster-whisper"):
            silero.model_path()

    def test_the_model_is_found_without_importing_its_package(self):
        assert importlib.util.find_spec("faster_whisper") is not None
        assert silero.model_path().suffix == ".onnx"


class TestTexture:
    @staticmethod
    def of(samples: np.ndarray):
        from pipeline.speech.frames import band_bins, power_spectra

        wide = power_spectra(Memory(samples), 0, (20 - LONG, 180 + LONG), 512)
        return describe(wide[:, band_bins(250, 3500, 512)])

    def test_two_tones_are_concentrated_and_held(self):
        found = self.of(tones(2 * RATE, 770, 1336))
        assert found.concentration.min() > 0.95
        assert found.hold.min() > 0.97
        assert found.steadiness.min() > 0.97

    def test_noise_is_spread(self):
        assert np.median(self.of(noise(2 * RATE, 13, 1e-3)).concentration) < 0.3

    def test_a_voice_lies_between_and_moves(self, voices):
        span = max(voices.truth[0], key=lambda s: s.duration_s)
        found = self.of(voices.samples[0, int(span.start_s * RATE) :][: 2 * RATE])
        assert 0.35 < found.concentration.mean() < 0.9
        assert found.steadiness.mean() < 0.72


def test_flags_of_a_witness_bridge_what_lies_inside_a_word(clean_call):
    heard = witnesses(clean_call.samples[0])["energy"]
    flags = flags_of(heard, 4000)
    assert np.array_equal(closed(flags, 3), flags)
