"""Calls in memory, the shipped sample calls, and sounds that are not speech; what is random has a seed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.timeline import SpanSet

if TYPE_CHECKING:
    from collections.abc import Callable

RATE = 16_000
SAMPLES = Path(__file__).parents[2] / "samples"


class Memory:
    """A recording in memory: what the speech room needs of `pipeline.audio.Recording`."""

    rate_hz = RATE

    def __init__(self, samples: np.ndarray) -> None:
        samples = np.atleast_2d(samples)
        if samples.dtype != np.int16:
            samples = np.clip(np.round(samples * 32768), -32768, 32767).astype(np.int16)
        self.samples = samples
        self.n_samples = samples.shape[1]
        self.most_read = 0

    def read(self, channel: int, start: int, stop: int) -> np.ndarray:
        self.most_read = max(self.most_read, stop - start)
        return self.samples[channel, start:stop]


@dataclass(frozen=True)
class Call:
    """Samples of both channels as float, shape (2, n), and the true speech of each."""

    samples: np.ndarray
    truth: tuple[SpanSet, SpanSet]

    def cut(self, start_s: float, end_s: float) -> Call:
        inside = SpanSet.of((start_s, end_s))
        truth = tuple((t & inside).shifted(-start_s) for t in self.truth)
        return Call(self.samples[:, int(start_s * RATE) : int(end_s * RATE)], truth)

    def power(self, channel: int) -> float:
        """Mean power over this party's speech."""
        parts = [
            self.samples[channel, int(s.start_s * RATE) : int(s.end_s * RATE)] for s in self.truth[channel]
        ]
        return float(np.mean(np.concatenate(parts) ** 2))


def load_sample(name: str, change: Callable[[np.ndarray], np.ndarray] | None = None) -> Call:
    """Decode a sample call; what is changed is rounded to 16 bits at the file's own rate, as in a file."""
    import av
    import soxr

    with av.open(str(SAMPLES / f"{name}.dual.flac")) as container:
        stream = container.streams.audio[0]
        frames = [frame.to_ndarray() for frame in container.decode(stream)]
        rate, channels = stream.rate, stream.channels
    planes = [f if f.shape[0] == channels else f.reshape(-1, channels).T for f in frames]
    samples = np.concatenate(planes, axis=1)
    samples = samples / (32768.0 if samples.dtype == np.int16 else 2.0**31)
    if change is not None:
        samples = np.clip(np.round(change(samples) * 32768), -32768, 32767) / 32768
    samples = np.stack([soxr.resample(channel, rate, RATE) for channel in samples])
    label = json.loads((SAMPLES / f"{name}.truth.json").read_text(encoding="utf-8"))
    left, right = ("agent", "customer") if label["agent_channel"] == "left" else ("customer", "agent")
    return Call(samples, tuple(SpanSet.from_pairs(label["speech"][party]) for party in (left, right)))


def gated(samples: np.ndarray, residue: int, seed: int, below_db: float = 30.0) -> np.ndarray:
    """Mute each channel, 0.15 s after it was last so far below its loud frames, to +-`residue` bits of 16."""
    rng = np.random.default_rng(seed)
    out = np.empty_like(samples)
    frame, held = RATE // 100, 15
    for i, channel in enumerate(samples):
        power = np.convolve(channel**2, np.ones(frame) / frame, mode="same")
        heard = power[::frame] > np.percentile(power, 98) / 10 ** (below_db / 10)
        opened = np.convolve(heard, np.ones(held + 1))[: len(heard)] > 0
        opened = np.repeat(opened, frame)[: len(channel)]
        rest = rng.integers(-residue, residue + 1, len(channel)) / 32768
        out[i] = np.where(opened, channel, rest)
    return np.round(out * 32768) / 32768


def band(samples: np.ndarray, low_hz: float = 300, high_hz: float = 3400) -> np.ndarray:
    spectrum = np.fft.rfft(samples)
    hz = np.fft.rfftfreq(len(samples), 1 / RATE)
    return np.fft.irfft(spectrum * ((hz > low_hz) & (hz < high_hz)), len(samples))


def noise(n: int, seed: int, power: float) -> np.ndarray:
    samples = band(np.random.default_rng(seed).standard_normal(n))
    return samples * np.sqrt(power / np.mean(samples**2))


def tones(n: int, *hz: float, level: float = 0.1) -> np.ndarray:
    t = np.arange(n) / RATE
    return level * sum(np.sin(2 * np.pi * f * t) for f in hz) / len(hz)


def ringing(n: int) -> np.ndarray:
    """British ringing tone: 0.4 s on, 0.2 off, 0.4 on, 2 off."""
    t = (np.arange(n) / RATE) % 3.0
    return tones(n, 400, 450, level=0.2) * ((t < 0.4) | ((t >= 0.6) & (t < 1.0)))


def dialling(n: int) -> np.ndarray:
    out = np.zeros(n)
    keys = [(697, 1209), (770, 1336), (852, 1477), (941, 1336), (697, 1477), (852, 1209)]
    for i in range(int(n / RATE / 0.22)):
        start = int(i * 0.22 * RATE)
        length = min(int(0.12 * RATE), n - start)
        out[start : start + length] = tones(length, *keys[i % len(keys)], level=0.3)
    return out


def music(n: int, seed: int) -> np.ndarray:
    """A tune over held chords, every note with overtones and a decay."""
    rng = np.random.default_rng(seed)
    out = np.zeros(n)
    beat = int(0.35 * RATE)
    for i, start in enumerate(range(0, n - beat, beat)):
        semitones = [rng.choice([0, 2, 4, 5, 7, 9, 12]) + 12] + ([0, 4, 7] if i % 4 == 0 else [])
        for semitone in semitones:
            length = min(beat * (2 if semitone >= 12 else 4), n - start)
            t = np.arange(length) / RATE
            f = 220 * 2 ** (semitone / 12)
            note = sum(np.sin(2 * np.pi * f * h * t) / h for h in (1, 2, 3, 4))
            out[start : start + length] += 0.05 * note * np.exp(-t / 0.8)
    return band(out)


def key_clicks(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    out = np.zeros(n)
    at = 0
    while at + 1000 < n:
        length = int(0.03 * RATE)
        decay = np.exp(-np.arange(length) / RATE / 0.004)
        out[at : at + length] += 0.15 * rng.uniform(0.4, 1.0) * rng.standard_normal(length)[:length] * decay
        at += int((0.08 + rng.exponential(0.12)) * RATE)
    return band(out)


def breath(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    samples = band(rng.standard_normal(n), 400, 2800)
    return 0.02 * samples / samples.std() * np.hanning(n)
