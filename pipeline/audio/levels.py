"""Level of a channel, frame by frame: the base of layout and quality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pipeline.audio.recording import Recording

FRAME_S = 0.02
"""Length of a frame in seconds."""

SILENT_DB = -120.0
"""Stands for the level of a frame without any signal."""

_FULL_SCALE = 32768.0
_MARGIN_DB = 15.9  # ITU-T P.56: speech is active down to this far below its active level
_ABOVE_FLOOR_DB = 6.0
_STEADY_DB = 6.0
_IDLE_SPREAD = 2  # a flickering last bit is no signal


@dataclass(frozen=True, slots=True)
class FrameLevels:
    """Levels of one channel, in frames of `FRAME_S` (an incomplete last frame is left out).

    Parameters
    ----------
    level_db : numpy.ndarray
        float32, shape ``(frames,)``: RMS without the frame's mean, in dB of full scale.
    digital_silence : numpy.ndarray
        bool, shape ``(frames,)``: all samples alike but for the last bit.
    mean : float
        Of all samples, as a share of full scale.
    peak : float
        Largest magnitude, as a share of full scale.
    """

    level_db: np.ndarray
    digital_silence: np.ndarray
    mean: float
    peak: float

    @property
    def noise_floor_db(self) -> float | None:
        """Level of the background in dB of full scale: the mean over the quieter frames.

        ``None`` without enough frames that hold a signal, or where digital silence is the background, so
        that there is no noise to measure.
        """
        heard = self.level_db[~self.digital_silence]
        if not len(heard) or self.digital_silence.mean() > 0.3:
            return None
        low, high = np.quantile(heard, (0.05, 0.2))
        quiet = heard[(heard >= low) & (heard <= high)]
        return mean_db(quiet) if len(quiet) else None

    @property
    def steady(self) -> bool:
        """Whether the level hardly moves: a tone, or line noise, or nothing at all; no speech."""
        heard = self.level_db[~self.digital_silence]
        if not len(heard):
            return True
        low, high = np.quantile(heard, (0.1, 0.99))
        return bool(high - low < _STEADY_DB) and not self.digital_silence.mean() > 0.02

    def active(self) -> np.ndarray:
        """Return which frames hold the signal: bool, shape ``(frames,)``; none if it is steady.

        Frames at most 15.9 dB below the active level (ITU-T P.56, method B) and above the noise floor.
        """
        floor_db = self.noise_floor_db
        nothing = np.zeros(len(self.level_db), bool)
        if self.steady:
            return nothing
        lowest_db = SILENT_DB / 2 - 30 if floor_db is None else floor_db + _ABOVE_FLOOR_DB
        threshold_db = lowest_db
        active = nothing
        for _ in range(20):
            active = ~self.digital_silence & (self.level_db > threshold_db)
            if not active.any():
                break
            higher_db = max(lowest_db, mean_db(self.level_db[active]) - _MARGIN_DB)
            if higher_db <= threshold_db + 0.01:
                break
            threshold_db = higher_db
        return active


def mean_db(level_db: np.ndarray) -> float:
    """Return the level of the mean power of some frames, in dB."""
    return float(10 * np.log10(np.mean(10 ** (level_db.astype(np.float64) / 10))))


def frame_levels(recording: Recording, channel: int) -> FrameLevels:
    """Measure one channel, streaming.

    Parameters
    ----------
    recording : Recording
        The call.
    channel : int
        0 is the left channel, 1 the right.
    """
    size = round(FRAME_S * recording.rate_hz)
    levels: list[np.ndarray] = []
    constant: list[np.ndarray] = []
    total, peak = 0, 0
    for _, block in recording.blocks(channel, block_s=500 * FRAME_S):
        total += int(block.sum(dtype=np.int64))
        peak = max(peak, int(block.max()), -int(block.min()))
        frames = block[: len(block) // size * size].reshape(-1, size)
        spread = frames.max(axis=1).astype(np.int32) - frames.min(axis=1)
        constant.append(spread <= _IDLE_SPREAD)
        power = frames.astype(np.float32).var(axis=1) / np.float32(_FULL_SCALE**2)
        levels.append((10 * np.log10(np.maximum(power, 10 ** (SILENT_DB / 10)))).astype(np.float32))
    none = np.zeros(0, np.float32)
    return FrameLevels(
        level_db=np.concatenate([none, *levels]),
        digital_silence=np.concatenate([none.astype(bool), *constant]),
        mean=total / max(1, recording.n_samples) / _FULL_SCALE,
        peak=peak / _FULL_SCALE,
    )
