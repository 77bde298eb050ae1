"""From samples to frames: a 10 ms grid that every witness shares, and the spectra on it.

Frame ``t`` stands for the time ``[t * HOP_S, (t + 1) * HOP_S)``; its analysis window is centred on the
middle of that. The recording is walked in blocks, so that memory does not grow with its length: what is
kept for the whole call are scalars per frame, never samples or spectra.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import numpy as np

from pipeline.timeline import Span, SpanSet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Flags = NDArray[np.bool_]

RATE_HZ = 16_000
HOP_S = 0.01
HOP = int(RATE_HZ * HOP_S)
BLOCK_FRAMES = 3_000  # 30 s
SILENCE = 1e-6  # of the power of loud frames: rounding, dither, what a gate leaves; lost at a lower level
FIRST_SOUND = 2e-4  # of the whole swing, between quartiles: some 55 dB below loud frames
SILENT_POWER = 1e-13  # -130 dBFS: the rounding of the analysis itself; a single bit of int16 lies above


class Samples(Protocol):
    """What this room needs of a `pipeline.audio.Recording`."""

    @property
    def rate_hz(self) -> int: ...  # noqa: D102
    @property
    def n_samples(self) -> int: ...  # noqa: D102
    def read(self, channel: int, start: int, stop: int) -> NDArray[np.int16]: ...  # noqa: D102


class FromFirstSound:
    """A view of a recording without the silence in front of it.

    What follows is then analysed the same, to the sample, however much silence was put there.
    """

    def __init__(self, recording: Samples, channels: Sequence[int]) -> None:
        self._recording = recording
        self.rate_hz = recording.rate_hz
        firsts = [_first_sound(recording, channel) for channel in channels]
        self.offset = min((first for first in firsts if first is not None), default=0) * HOP
        self.n_samples = recording.n_samples - self.offset

    @property
    def skipped(self) -> int:
        """Number of frames left out."""
        return self.offset // HOP

    def read(self, channel: int, start: int, stop: int) -> NDArray[np.int16]:
        """Return samples counted from the first sound."""
        return self._recording.read(channel, start + self.offset, stop + self.offset)


def _first_sound(recording: Samples, channel: int) -> int | None:
    """Return the first frame in which a channel moves, against its whole swing; ``None`` if it never does.

    Half of the frame's samples must lie so far apart: an offset is no sound, nor is a resampler's ringing
    ahead of one. Nor is what is too faint for a copy at a lower level to have it too.
    """
    n_frames = -(-recording.n_samples // HOP)
    low, high = 0, 0
    for first, last in blocks(n_frames):
        samples = recording.read(channel, first * HOP, min(last * HOP, recording.n_samples))
        low, high = min(low, int(samples.min())), max(high, int(samples.max()))
    if low == high:
        return None
    for first, last in blocks(n_frames, 100):
        frames = read_padded(recording, channel, first * HOP, last * HOP).reshape(-1, HOP)
        quarters = np.percentile(frames, (25, 75), axis=1) * 32768.0
        found = np.flatnonzero(quarters[1] - quarters[0] > FIRST_SOUND * (high - low))
        if len(found):
            return first + int(found[0])
    return None


def frame_count(recording: Samples) -> int:
    """Return the number of 10 ms frames, the last one perhaps incomplete.

    Raises
    ------
    ValueError
        If the recording is not sampled at 16 kHz.
    """
    if recording.rate_hz != RATE_HZ:
        raise ValueError(f"speech detection works at {RATE_HZ} Hz, not at {recording.rate_hz} Hz")
    return -(-recording.n_samples // HOP)


def read_padded(recording: Samples, channel: int, start: int, stop: int) -> Floats:
    """Return samples ``[start, stop)`` as float32 in -1..1, zeros where the recording has none."""
    out = np.zeros(max(0, stop - start), dtype=np.float32)
    first, last = max(0, start), min(recording.n_samples, stop)
    if last > first:
        out[first - start : last - start] = recording.read(channel, first, last)
        out /= 32768.0
    return out


def blocks(n_frames: int, size: int = BLOCK_FRAMES) -> Iterator[tuple[int, int]]:
    """Yield ``(first, last)`` frame numbers of consecutive blocks, half-open."""
    for first in range(0, n_frames, size):
        yield first, min(n_frames, first + size)


@lru_cache(maxsize=8)
def _window(length: int) -> Floats:
    window = np.hanning(length + 1)[:-1]
    scaled: Floats = (window / np.sqrt(np.sum(window**2))).astype(np.float32)
    return scaled


def windows(recording: Samples, channel: int, frames: tuple[int, int], length: int, delay: int = 0) -> Floats:
    """Return the Hann-windowed samples of each frame.

    Parameters
    ----------
    recording : Samples
        The call.
    channel : int
        Which channel.
    frames : tuple of int
        First and last frame, half-open.
    length : int
        Window length in samples; the window is centred on the frame's middle.
    delay : int
        Read this many samples earlier (what was sent `delay` samples before it is heard).

    Returns
    -------
    ndarray, float32, shape (last - first, length)
    """
    first, last = frames
    if last <= first:
        return np.zeros((0, length), dtype=np.float32)
    start = first * HOP + HOP // 2 - length // 2 - delay
    samples = read_padded(recording, channel, start, start + (last - first - 1) * HOP + length)
    views = np.lib.stride_tricks.sliding_window_view(samples, length)[::HOP]
    weighted: Floats = views * _window(length)
    return weighted


def power_spectra(
    recording: Samples, channel: int, frames: tuple[int, int], length: int, delay: int = 0
) -> Floats:
    """Return the power spectrum of each frame, shape (frames, length // 2 + 1); its sum is mean power."""
    spectra = np.fft.rfft(windows(recording, channel, frames, length, delay), axis=1)
    power = (spectra.real**2 + spectra.imag**2).astype(np.float32)
    power *= 2.0 / length
    return power


def band_bins(low_hz: float, high_hz: float, length: int) -> slice:
    """Return the bins of a `length`-point spectrum whose centres lie in ``[low_hz, high_hz]``."""
    width = RATE_HZ / length
    return slice(int(np.ceil(low_hz / width)), int(np.floor(high_hz / width)) + 1)


def to_db(power: Floats, floor: float = SILENT_POWER) -> Floats:
    """Return decibels; nothing falls below `floor` (power, full scale = 1)."""
    return (10.0 * np.log10(np.maximum(power, floor))).astype(np.float32)


def moving_mean(values: Floats, width: int) -> Floats:
    """Return the mean over `width` frames (odd) around each, over fewer at the ends."""
    if len(values) == 0:
        return values
    half = width // 2
    sums = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
    first = np.maximum(0, np.arange(len(values)) - half)
    last = np.minimum(len(values), np.arange(len(values)) + half + 1)
    means: Floats = ((sums[last] - sums[first]) / (last - first)).astype(np.float32)
    return means


def widened(flags: Flags, frames: int) -> Flags:
    """Return the flags set also within `frames` frames of a set one."""
    near: Flags = moving_mean(flags.astype(np.float32), 2 * frames + 1) > 0.25 / (2 * frames + 1)
    return near


def runs(flags: Flags) -> NDArray[np.int64]:
    """Return the runs of set frames, shape (runs, 2): first frame, and the one after the last."""
    return np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0])))).reshape(-1, 2)


def closed(flags: Flags, frames: int) -> Flags:
    """Return the flags with inner gaps of up to `frames` frames set."""
    out, found = flags.copy(), runs(flags)
    for end, start in zip(found[:-1, 1].tolist(), found[1:, 0].tolist(), strict=True):
        if start - end <= frames:
            out[end:start] = True
    return out


def without_short(flags: Flags, frames: int) -> Flags:
    """Return the flags with runs shorter than `frames` frames cleared."""
    out = flags.copy()
    for start, end in runs(flags).tolist():
        if end - start < frames:
            out[start:end] = False
    return out


def spans_of(flags: Flags, end_s: float, skipped: int = 0) -> SpanSet:
    """Return the runs of set frames as spans, none beyond `end_s`; `skipped` frames lie before the first."""
    per_s = RATE_HZ // HOP
    pairs = ((skipped + a) / per_s for a in runs(flags).reshape(-1).tolist())
    return SpanSet(Span(a, min(b, end_s)) for a, b in zip(pairs, pairs, strict=True) if a < end_s)


def flags_of(spans: SpanSet, n_frames: int) -> Flags:
    """Return which frames have their middle inside the spans."""
    flags = np.zeros(n_frames, dtype=np.bool_)
    for span in spans:
        first = int(np.ceil(span.start_s / HOP_S - 0.5 - 1e-9))
        last = int(np.ceil(span.end_s / HOP_S - 0.5 - 1e-9))
        flags[max(0, first) : max(0, last)] = True
    return flags
