"""Noise that comes and goes, as of passing cars, followed from frame to frame.

Source: T. Gerkmann and R. C. Hendriks, "Unbiased MMSE-based noise power estimation with low complexity and
low tracking delay", IEEE Transactions on Audio, Speech, and Language Processing 20 (4), 2012; bounded here
by how restless the line's noise is, so that on a steady line a voice is never taken for noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pipeline.speech.frames import Floats

MEMORY = 0.9  # of the estimate, from frame to frame: it follows within 0.3 s
SPEECH_RATIO = 31.6  # 15 dB: signal-to-noise ratio that speech is supposed to have where there is any
SURE = 0.99  # speech is never certain for long, else the estimate would never move again


@dataclass(frozen=True)
class Following:
    """How the noise of a line is followed.

    Parameters
    ----------
    spectra : ndarray, shape (patches, bins)
        The noise that it moves about.
    reach_db : float
        How far up or down it may move.
    raise_db : float
        By how much what was followed is raised, for what unrest remains.
    share : float
        How far the followed noise counts, 0 to 1: by how much of the unrest following takes away. A babble
        is no calmer for being followed; there the noise of the patch counts.
    """

    spectra: Floats
    reach_db: float
    raise_db: float = 0.0
    share: float = 1.0


@dataclass(frozen=True)
class State:
    """Where the walk stands after a block: the estimate, and the smoothed probability of speech."""

    noise: Floats
    speech: Floats


def followed(
    power: Floats, noise: Floats, reach_db: float, state: State | None = None
) -> tuple[Floats, State]:
    """Return the noise spectrum of each frame.

    Parameters
    ----------
    power, noise : ndarray, shape (frames, bins)
        Power spectra, and the noise expected on the whole; > 0. At least one frame.
    reach_db : float
        How far from `noise` it may move.
    state : State, optional
        What the call before returned, to go on where it ended.

    Returns
    -------
    noise : ndarray, float32, shape (frames, bins)
    state : State
        For the next block.
    """
    factor = np.float32(10.0 ** (reach_db / 10.0))
    least, most = noise / factor, noise * factor
    out = np.empty_like(power)
    now = noise[0] if state is None else state.noise
    speech = np.zeros(power.shape[1], dtype=np.float32) if state is None else state.speech
    exponent = np.float32(-SPEECH_RATIO / (1.0 + SPEECH_RATIO))
    for t in range(len(power)):  # the recursion of the estimate
        quiet = np.float32(1.0 + SPEECH_RATIO) * np.exp(np.minimum(power[t] / now, 80.0) * exponent)
        present = 1.0 / (1.0 + quiet)
        speech = MEMORY * speech + (1.0 - MEMORY) * present
        present = np.where(speech > SURE, np.minimum(present, SURE), present)
        now = now + (1.0 - MEMORY) * (1.0 - present) * (power[t] - now)
        now = np.minimum(np.maximum(now, least[t]), most[t])
        out[t] = now
    return out, State(now, speech)
