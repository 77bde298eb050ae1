"""One party's voice coming back in the other's channel, changed on its way: by a room, or a drifting clock.

Nothing of it need be in phase with its source, so that it is found by loudness alone: where the source speaks
and the target is quiet, the target's level follows the source's, later and dying away as in a room.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.speech.frames import HOP_S, power_spectra
from pipeline.speech.noise import SPECTRUM_LENGTH

if TYPE_CHECKING:
    from pipeline.speech.frames import Floats, Samples
    from pipeline.speech.noise import LineNoise

EARLY = 2  # frames that an echo may seem to come before its source
DECAYS = (0.0, 0.72, 0.85, 0.92, 0.95)  # of the power from frame to frame: none, a room, a hall
HISTORY = 100  # frames, 1 s: an echo that is older has died away


@dataclass(frozen=True)
class Echo:
    """How a voice comes back.

    Parameters
    ----------
    delay : int
        Frames.
    decay : float
        Of its power, from frame to frame.
    likeness : float
        Correlation of the target's level with what this predicts, -1 to 1.
    """

    delay: int
    decay: float
    likeness: float


def find_echo(
    source: LineNoise, target: LineNoise, stretches: list[tuple[int, int]], delay_max_s: float
) -> Echo | None:
    """Return the delay and decay that explain the target's level best; ``None`` without any stretch.

    Parameters
    ----------
    source, target : LineNoise
    stretches : list of (int, int)
        Frames, first and last, in which the source speaks and the target is quiet.
    delay_max_s : float
    """
    if not stretches:
        return None
    latest = round(delay_max_s / HOP_S)
    heard = _amplitude(np.concatenate([target.energy[a:b] for a, b in stretches]))
    sent = [_sent(source, a - latest - HISTORY, b + EARLY) for a, b in stretches]
    best: Echo | None = None
    for decay in DECAYS:
        dying = [reverberated(power.copy(), decay) for power in sent]
        for delay in range(-EARLY, latest + 1):
            first = HISTORY + latest - delay
            cut = [one[first : first + b - a, 0] for one, (a, b) in zip(dying, stretches, strict=True)]
            likeness = float(heard @ _amplitude(np.concatenate(cut)))
            if best is None or likeness > best.likeness:
                best = Echo(delay, decay, likeness)
    return best


def echoed(recording: Samples, source: int, frames: tuple[int, int], delay: int, decay: float) -> Floats:
    """Return the source's power spectra as they come back, `delay` samples later, shape (frames, bins)."""
    first, last = frames
    before = HISTORY if decay else 0
    power = power_spectra(recording, source, (first - before, last), SPECTRUM_LENGTH, delay)
    return reverberated(power, decay)[before:]


def reverberated(power: Floats, decay: float) -> Floats:
    """Let power, shape (frames, bins), die away from frame to frame; changed in place."""
    if decay:
        for frame in range(1, len(power)):
            power[frame] += decay * power[frame - 1]
    return power


def _sent(source: LineNoise, first: int, last: int) -> Floats:
    """Return the source's power above its noise in the frames ``[first, last)``, shape (frames, 1)."""
    where = np.arange(first, last)
    inside = (where >= 0) & (where < len(source.energy))
    power = np.zeros(len(where), dtype=np.float32)
    power[inside] = np.maximum(source.energy[where[inside]] - source.floor[where[inside]], 0.0)
    return power[:, None]


def _amplitude(power: Floats) -> Floats:
    """Return the amplitude without its mean, of length one."""
    amplitude = np.sqrt(power)
    amplitude -= amplitude.mean()
    length = float(np.sqrt(amplitude @ amplitude))
    return (amplitude / length if length > 0 else amplitude).astype(np.float32)
