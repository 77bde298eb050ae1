"""Signals and files for the audio tests, made on the fly."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
import soxr

if TYPE_CHECKING:
    from pathlib import Path

LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


def encode(path: Path, samples: np.ndarray, rate_hz: int, codec: str, **options: object) -> Path:
    """Write float samples, shape (channels, n); options: bit_rate, skip (packets of a time)."""
    layout = LAYOUTS[samples.shape[0]]
    skip = options.pop("skip", None)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate_hz, layout=layout)
        if "bit_rate" in options:
            stream.bit_rate = options["bit_rate"]
        stream.codec_context.open()
        size = stream.codec_context.frame_size or 960
        resampler = av.AudioResampler(stream.codec_context.format.name, layout, rate_hz, frame_size=size)
        packets = []
        for start in range(0, samples.shape[1], rate_hz):
            part = np.ascontiguousarray(samples[:, start : start + rate_hz], dtype=np.float32)
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate_hz, start, Fraction(1, rate_hz)
            for piece in resampler.resample(frame):
                packets += stream.encode(piece)
        for piece in resampler.resample(None):
            packets += stream.encode(piece)
        packets += stream.encode(None)
        for packet in packets:
            at_s = float(packet.pts * packet.time_base)
            if skip is None or not skip[0] <= at_s < skip[1]:
                container.mux(packet)
    return path


def speech(seed: int, seconds: float, rate_hz: int = 16_000, level: float = 0.05) -> np.ndarray:
    """Return something like speech: syllables of harmonics and hiss in phrases, with real pauses between."""
    rng = np.random.default_rng(seed)
    n = int(seconds * rate_hz)
    out = np.zeros(n)
    at = int(0.3 * rate_hz)
    while at < n - rate_hz:
        for _ in range(rng.integers(4, 12)):
            size = int(rng.uniform(0.09, 0.25) * rate_hz)
            t = np.arange(size) / rate_hz
            pitch = rng.uniform(90, 240)
            voiced = sum(
                np.cos(2 * np.pi * pitch * k * t + rng.uniform(0, 6)) / k**1.2
                for k in range(1, int(3400 / pitch))
            )
            hiss = rng.normal(size=size) * 0.3
            syllable = (voiced + hiss) * np.hanning(size) * rng.uniform(0.5, 1.5)
            stop = min(n, at + size)
            out[at:stop] += syllable[: stop - at]
            at = stop
        at += int(rng.uniform(0.5, 1.5) * rate_hz)
    return level * out / np.sqrt(np.mean(out[out != 0] ** 2))


def hiss(seed: int, n: int, rms: float) -> np.ndarray:
    """Return white noise."""
    return np.random.default_rng(seed).normal(size=n) * rms


def resampled(samples: np.ndarray, from_hz: int, to_hz: int) -> np.ndarray:
    """Return samples (channels, n) at another rate."""
    return np.clip(soxr.resample(samples.T, from_hz, to_hz, "VHQ").T, -1, 1)


def level_db(samples: np.ndarray, full_scale: float = 32768.0) -> float:
    """RMS level in dB of full scale."""
    return 20 * float(np.log10(max(np.sqrt(np.mean(np.square(samples / full_scale))), 1e-12)))
