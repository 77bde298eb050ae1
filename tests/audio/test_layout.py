"""One party per channel, one mix twice, or one channel: found from the signal."""

import numpy as np
import pytest
from audio.signals import hiss, resampled, speech
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.audio import Recording, find_layout, open_recording

N = 20 * 16_000
AGENT, CUSTOMER = speech(1, 20.0), speech(2, 20.0)
NOISE = np.stack([hiss(3, N, 0.0003), hiss(4, N, 0.0003)])
COLOUR = np.array([0.1, 0.5, -0.3, 0.2, 0.05])


def layout_of(samples, **keys):
    with Recording.from_samples(np.atleast_2d(samples)) as recording:
        return find_layout(recording, **keys)


def codes(layout):
    return [note.code for note in layout.warnings]


def leaked(samples, db):
    """Each party is heard in the other's channel, through a filter and 8 ms late."""
    leak = np.stack([np.convolve(x, COLOUR)[:N] for x in samples])
    leak = np.roll(leak * 10 ** (db / 20) / np.sqrt(np.sum(COLOUR**2)), 128, axis=1)
    return samples + leak[::-1]


def test_dual():
    layout = layout_of(np.stack([AGENT, CUSTOMER]) + NOISE)
    assert (layout.kind, layout.channels, layout.names, codes(layout)) == (
        "dual",
        (0, 1),
        ("left", "right"),
        [],
    )


@pytest.mark.parametrize("db", [-40, -25, -15, -6])
def test_dual_stays_dual_with_cross_talk(db):
    assert layout_of(leaked(np.stack([AGENT, CUSTOMER]), db) + NOISE).kind == "dual"


def test_dual_stays_dual_when_one_party_never_speaks_and_the_other_leaks():
    layout = layout_of(leaked(np.stack([AGENT, np.zeros(N)]), -25) + NOISE / 10)
    assert layout.kind == "dual"


def test_dual_stays_dual_with_the_same_hold_music_in_both():
    music = np.zeros(N)
    music[: N // 2] = 0.1 * np.sin(2 * np.pi * 440 * np.arange(N // 2) / 16_000) + hiss(9, N // 2, 0.05)
    agent, customer = AGENT.copy(), CUSTOMER.copy()
    agent[: N // 2] = customer[: N // 2] = 0
    assert layout_of(np.stack([agent + music, customer + music]) + NOISE).kind == "dual"


@pytest.mark.parametrize("gain_db", [0, -6, 4, -10])
@pytest.mark.parametrize("lag", [0, 3, -160])
@pytest.mark.parametrize("sign", [1, -1])
def test_dual_mono_with_gain_delay_and_noise(gain_db, lag, sign):
    mix = AGENT + CUSTOMER
    right = sign * np.roll(mix, lag) * 10 ** (gain_db / 20)
    layout = layout_of(0.5 * np.stack([mix, right]) + NOISE)
    assert layout.kind == "dual_mono"
    assert layout.channels == ((0,) if gain_db <= 0 else (1,))
    assert layout.names == ("mix",)
    assert codes(layout) == ["dual_mono"]


def test_dual_mono_exact():
    mix = AGENT + CUSTOMER
    layout = layout_of(np.stack([mix, mix]))
    assert (layout.kind, layout.channels) == ("dual_mono", (0,))


@pytest.mark.parametrize(("codec", "name"), [("libmp3lame", "a.mp3"), ("libopus", "a.ogg"), ("aac", "a.m4a")])
def test_lossy_coding_changes_no_layout(write, codec, name):
    mix = AGENT + CUSTOMER
    for samples, kind in (
        (np.stack([mix, 0.7 * mix]) + NOISE, "dual_mono"),
        (leaked(np.stack([AGENT, CUSTOMER]), -25) + NOISE, "dual"),
    ):
        with open_recording(write(name, samples, 16_000, codec, bit_rate=32_000)) as recording:
            assert find_layout(recording).kind == kind


def test_dual_mono_through_two_telephone_codecs(write):
    mix = resampled(np.stack([AGENT + CUSTOMER] * 2), 16_000, 8_000)
    with open_recording(write("a.wav", mix * [[1.0], [0.6]], 8_000, "pcm_mulaw")) as recording:
        assert find_layout(recording).kind == "dual_mono"


@pytest.mark.parametrize("silent", [0, 1])
def test_one_silent_channel_is_mono_with_a_warning(silent):
    samples = np.stack([AGENT, AGENT]) + NOISE
    samples[silent] = 0.01  # constant, though not zero
    layout = layout_of(samples)
    assert (layout.kind, layout.channels, layout.names) == ("mono", (1 - silent,), ("mix",))
    assert codes(layout) == ["silent_channel"]
    assert ("left", "right")[silent] in layout.warnings[0].message


@pytest.mark.parametrize("silent", [0, 1])
def test_where_the_parties_have_channels_of_their_own_one_silent_channel_is_a_silent_party(silent):
    samples = np.stack([AGENT, AGENT]) + NOISE
    samples[silent] = 0.0
    layout = layout_of(samples, own_channels=True)
    assert (layout.kind, layout.channels, codes(layout)) == ("dual", (0, 1), ["silent_channel"])
    assert f"{('left', 'right')[silent]} channel is silent" in layout.warnings[0].message


def test_a_silent_channel_stays_silent_through_mp3(write):
    samples = np.stack([AGENT, np.zeros(N)])
    with open_recording(write("a.mp3", samples, 16_000, "libmp3lame", bit_rate=48_000)) as recording:
        assert find_layout(recording).kind == "mono"


def test_a_channel_with_line_noise_only_stays_dual_with_a_warning():
    layout = layout_of(np.stack([AGENT, np.zeros(N)]) + 3 * NOISE)
    assert layout.kind == "dual"
    assert codes(layout) == ["no_speech_channel"]
    assert "right" in layout.warnings[0].message


def test_mono():
    layout = layout_of(AGENT + CUSTOMER)
    assert (layout.kind, layout.channels, layout.names, codes(layout)) == ("mono", (0,), ("mix",), [])


@pytest.mark.parametrize("channels", [1, 2])
def test_silence_is_no_error(channels):
    layout = layout_of(np.zeros((channels, N)))
    assert codes(layout) == ["silent_recording"]
    assert len(layout.channels) == channels


def test_a_very_short_recording_has_a_layout():
    assert layout_of(np.stack([AGENT, CUSTOMER])[:, 8_000:9_600]).kind == "dual"


@given(seed=st.integers(10, 10_000), gain_db=st.floats(-9, 9))
@settings(max_examples=10, deadline=None)
def test_swapping_the_channels_never_changes_the_kind(seed, gain_db):
    a, b = speech(seed, 8.0), speech(seed + 1, 8.0)
    for pair in ((a, b), (a, a * 10 ** (gain_db / 20))):
        samples = 0.3 * np.stack(pair)
        assert layout_of(samples).kind == layout_of(samples[::-1]).kind
