"""The decision: where one witness fails the fusion is right; what is not speech; level; limits."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest
from speech.scoring import edges_moved, f1, moved_s, recall
from speech.signals import (
    RATE,
    Memory,
    breath,
    dialling,
    gated,
    key_clicks,
    load_sample,
    music,
    noise,
    ringing,
)

from pipeline.speech import SpeechResult, SpeechSettings, detect_speech
from pipeline.timeline import SpanSet


def found(samples: np.ndarray):
    return detect_speech(Memory(samples)).channels


@cache
def found_in(name: str):
    return found(load_sample(name).samples)


@pytest.fixture(scope="module")
def clean_result(clean_call):
    return detect_speech(Memory(clean_call.samples))


@pytest.mark.parametrize("name", ["leap_model", "two_vents", "premature_solver", "last_thanks"])
def test_sample_calls(name):
    """A plain call, a clipped caller, a party 20 dB below the other, cross-talk."""
    call = load_sample(name).cut(0, 60)
    channels = found(call.samples)
    assert min(f1(c.spans, t) for c, t in zip(channels, call.truth, strict=True)) > 0.95
    times = [c.spans.bridged(0.3).duration_s for c in channels]
    true = [t.duration_s for t in call.truth]
    assert times[0] / sum(times) == pytest.approx(true[0] / sum(true), abs=0.02)


def test_edges_are_tight(clean_call, clean_result):
    errors = []
    for channel, truth in zip(clean_result.channels, clean_call.truth, strict=True):
        spans = list(channel.spans.bridged(0.3))
        for true in truth:
            nearest = min(spans, key=lambda s: abs(s.start_s - true.start_s))
            errors.append(abs(nearest.start_s - true.start_s))
            nearest = min(spans, key=lambda s: abs(s.end_s - true.end_s))
            errors.append(abs(nearest.end_s - true.end_s))
    assert np.median(errors) <= 0.02


def test_true_pauses_are_kept(clean_result):
    gaps = [gap.duration_s for c in clean_result.channels for gap in c.spans.gaps()]
    assert any(0.1 < gap < 0.3 for gap in gaps)


def test_a_breath_before_a_word_is_not_part_of_it(voices):
    """0.4 s of it, 25 dB below the voice and 0.07 s ahead, on a clean line."""
    span = next(
        s for s, gap in zip(voices.truth[1][1:], voices.truth[1].gaps(), strict=False) if gap.duration_s > 0.8
    )
    samples = voices.samples + [noise(40 * RATE, 41 + c, voices.power(c) / 10**3.6) for c in (0, 1)]
    first = int((span.start_s - 0.47) * RATE)
    puff = breath(int(0.4 * RATE), 43)
    samples[1, first : first + len(puff)] += puff * np.sqrt(voices.power(1) / 10**2.5 / np.mean(puff**2))
    start_s = min((s.start_s for s in found(samples)[1].spans), key=lambda t: abs(t - span.start_s))
    assert start_s == pytest.approx(span.start_s, abs=0.03)


class TestOneWitnessFails:
    def test_energy_drowns_in_noise(self, voices):
        """At 8 dB."""
        samples = voices.samples + [noise(40 * RATE, 20 + c, voices.power(c) / 6.3) for c in (0, 1)]
        left, right = found(samples)
        assert f1(left.witnesses["energy"], voices.truth[0]) < 0.8
        assert f1(left.spans, voices.truth[0]) > 0.93
        assert f1(right.witnesses["energy"], voices.truth[1]) < f1(right.spans, voices.truth[1]) - 0.02

    def test_the_likelihood_takes_keys_for_speech(self, clean_call):
        samples = clean_call.samples.copy()
        gap = max(clean_call.truth[0].gaps(), key=lambda s: s.duration_s)
        first, last = int((gap.start_s + 0.4) * RATE), int((gap.end_s - 0.4) * RATE)
        samples[0, first:last] += key_clicks(last - first, 21)
        channel = found(samples)[0]
        inside = SpanSet.of((gap.start_s + 0.35, gap.end_s - 0.35))
        assert (channel.witnesses["likelihood"] & inside).duration_s > 1
        assert (channel.spans & inside).duration_s < 0.1
        assert f1(channel.spans, clean_call.truth[0]) > 0.97

    def test_the_neural_one_is_late_and_misses_words(self, clean_call, clean_result):
        for channel, truth in zip(clean_result.channels, clean_call.truth, strict=True):
            assert f1(channel.spans, truth) > f1(channel.witnesses["silero"], truth) + 0.015

    def test_the_neural_one_hears_a_leak(self, voices):
        samples = voices.samples + noise(40 * RATE, 22, 1e-7)
        leak = np.concatenate((np.zeros(2400), samples[1]))[: 40 * RATE]
        samples[0] += 0.1 * leak
        lonely = SpanSet.of((0, 40)) - voices.truth[0].padded(0.5)
        from pipeline.speech.silero import speech_probabilities

        alone = speech_probabilities(Memory(samples), 0, 1.0) > SpeechSettings().silero_probability
        assert alone.sum() * 0.01 > 1.2 * voices.truth[0].duration_s
        assert (found(samples)[0].spans & lonely).duration_s < 0.2


SOUNDS = {
    "ringing": ringing,
    "dialling": dialling,
    "music": lambda n: music(n, 30),
    "another tune": lambda n: music(n, 31),
    "keys": lambda n: key_clicks(n, 32),
    "breath": lambda n: np.concatenate([np.r_[np.zeros(RATE), breath(RATE, s)] for s in range(n // RATE)])[
        :n
    ],
    "noise": lambda n: noise(n, 33, 1e-4),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_not_speech(name, clean_call):
    """12 s of it in front of a call are not heard as speech, and what follows is."""
    seconds = 12
    front = np.stack([SOUNDS[name](seconds * RATE), np.zeros(seconds * RATE)])
    front += [noise(seconds * RATE, 34 + c, 1e-6) for c in (0, 1)]
    channel = found(np.concatenate((front, clean_call.samples), axis=1))[0]
    assert channel.spans.within(SpanSet.of((0, seconds))[0]).duration_s < 0.4
    assert f1(channel.spans - SpanSet.of((0, seconds)), clean_call.truth[0].shifted(seconds)) > 0.95


def _scaled(*gains: float):
    return lambda samples: samples * np.array(gains)[:, None]


LEVELS = {
    "12 dB down": (_scaled(0.25, 0.25), 0.0),
    "12 dB up": (_scaled(4.0, 4.0), 0.0),
    "left 20 dB below": (_scaled(0.1, 1.0), 0.0),
    "right 20 dB below": (_scaled(1.0, 0.1), 0.0),
    "DC offset": (lambda samples: samples + 0.01, 0.0),
    "1 s of digital silence in front": (lambda s: np.concatenate((np.zeros((2, RATE)), s), axis=1), 1.0),
}


@pytest.mark.parametrize("name", LEVELS)
def test_level_does_not_matter(name, clean_call):
    quiet = clean_call.samples * (0.24 / np.abs(clean_call.samples).max())
    change, later_s = LEVELS[name]
    before, after = found(quiet), found(change(quiet))
    for a, b in zip(before, after, strict=True):
        assert a.spans.duration_s > 4
        assert moved_s(a.spans.shifted(later_s).bridged(0.3), b.spans.bridged(0.3)) <= 0.031


@pytest.fixture(scope="module", params=[0, 1], ids=["digital silence", "one bit"])
def gated_call(request, clean_call):
    """A loud call behind a noise gate, and what is heard in it."""
    samples = gated(clean_call.samples * (0.9 / np.abs(clean_call.samples).max()), request.param, seed=50)
    return samples, found(samples)


@pytest.mark.parametrize(
    ("change", "later_s"),
    [
        (_scaled(0.25, 0.25), 0.0),
        (_scaled(0.1, 1.0), 0.0),
        (_scaled(1.0, 0.1), 0.0),
        (lambda samples: 0.95 * samples + 0.03, 0.0),
        (lambda samples: np.concatenate((np.zeros((2, RATE)), samples), axis=1), 1.0),
    ],
    ids=["12 dB down", "left 20 dB below", "right 20 dB below", "DC offset", "1 s of silence in front"],
)
def test_level_does_not_matter_on_a_gated_line(change, later_s, gated_call):
    """Rounding takes away most of what a gate and the ends of words leave, so nothing may rest on that."""
    samples, before = gated_call
    for a, b in zip(before, found(change(samples)), strict=True):
        assert a.spans.duration_s > 4
        assert edges_moved(a.spans.shifted(later_s), b.spans) == []


def test_the_witnesses_of_a_gated_line_do_not_mind_its_level(gated_call):
    samples, before = gated_call
    for a, b in zip(before, found(samples * 0.1), strict=True):
        for name, heard in a.witnesses.items():
            differ = (heard - b.witnesses[name]).duration_s + (b.witnesses[name] - heard).duration_s
            assert differ < 0.02 * heard.duration_s


@pytest.mark.parametrize(
    ("name", "change", "later_s"),
    [
        ("many_backchannels", _scaled(0.25, 0.25), 0.0),
        ("many_backchannels", _scaled(1.0, 0.1), 0.0),
        ("customer_cuts_in", lambda s: np.concatenate((np.zeros((2, 8000)), s), axis=1), 1.0),
    ],
    ids=["12 dB down", "right 20 dB below", "1 s of silence in front"],
)
def test_level_does_not_matter_in_whole_sample_calls(name, change, later_s):
    """Each of these moved edges by up to 0.6 s."""
    for a, b in zip(found_in(name), found(load_sample(name, change).samples), strict=True):
        assert edges_moved(a.spans.shifted(later_s), b.spans) == []


class TestLimits:
    @pytest.mark.parametrize("n", [0, 1, 100, 160, 161, 512, 3000, RATE])
    def test_short_and_silent(self, n):
        for channel in found(np.zeros((2, n))):
            assert channel.spans == SpanSet()
            assert channel.agreement is None

    @pytest.mark.parametrize("n", [1, 160, 700, 5000])
    def test_short_and_noisy(self, n):
        for channel in found(np.random.default_rng(n).normal(0, 0.1, (2, n))):
            assert all(span.end_s <= n / RATE for span in channel.spans)

    def test_steady_full_scale(self):
        channels = found(np.stack([np.full(5 * RATE, 0.999), np.zeros(5 * RATE)]))
        assert [c.spans for c in channels] == [SpanSet(), SpanSet()]

    def test_one_silent_channel(self, clean_call):
        samples = clean_call.samples.copy()
        samples[1] = 0
        result = detect_speech(Memory(samples))
        assert f1(result.channels[0].spans, clean_call.truth[0]) > 0.97
        assert result.channels[1].spans == SpanSet()
        assert all(estimate.gain_db is None for estimate in result.crosstalk)

    def test_one_channel_only(self, clean_call):
        result = detect_speech(Memory(clean_call.samples), channels=(1,))
        assert len(result.channels) == 1
        assert result.crosstalk == ()
        assert f1(result.channels[0].spans, clean_call.truth[1]) > 0.97

    def test_a_party_that_hardly_speaks(self, voices):
        span = voices.truth[0][0]
        mask = np.zeros(40 * RATE)
        mask[int(span.start_s * RATE) : int((span.start_s + 0.6) * RATE)] = 1
        samples = voices.samples.copy()
        samples[0] *= mask
        samples += noise(40 * RATE, 40, 1e-6)
        said = SpanSet.of((span.start_s, span.start_s + 0.6))
        assert f1(found(samples)[0].spans, said) > 0.8

    def test_memory_does_not_grow_with_the_call(self, clean_call):
        call = Memory(np.tile(clean_call.samples, (1, 5)))
        detect_speech(call)
        assert call.most_read < 45 * RATE


def test_progress_counts_up_to_its_total(clean_call):
    steps = []
    detect_speech(Memory(clean_call.samples[:, : 5 * RATE]), progress=lambda *step: steps.append(step))
    assert steps == [(i, steps[-1][1]) for i in range(1, steps[-1][1] + 1)]


def test_round_trip_through_json(clean_result):
    stored = json.loads(json.dumps(clean_result.to_dict()))
    back = SpeechResult.from_dict(stored)
    assert back.to_dict() == stored
    for before, after in zip(clean_result.channels, back.channels, strict=True):
        assert moved_s(before.spans, after.spans) < 0.0011
        assert set(after.witnesses) == {"energy", "likelihood", "silero"}
        assert 0.5 < after.agreement <= 1
        assert all(set(d.heard_by) < set(after.witnesses) for d in after.disputed)


def test_candidates_hold_everything_any_witness_hears(clean_result):
    for channel in clean_result.channels:
        for heard in (channel.spans, *channel.witnesses.values()):
            assert (heard - channel.candidates).duration_s == pytest.approx(0)


def test_a_noisy_line_is_heard_as_generously_as_it_allows():
    call = load_sample("many_backchannels").cut(0, 60)
    for channel, truth in zip(found(call.samples), call.truth, strict=True):
        assert f1(channel.spans, truth) > 0.93
        assert recall(channel.spans, truth) > 0.93
