"""What a sound is like: tones and music hold still, keys and breath are noise, a voice is neither.

Three scalars per frame, of the power spectrum in the speech band (32 ms windows). They decide only where
the neural witness hears no voice in what the statistical one takes for speech.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pipeline.speech.frames import Floats

LONG = 8  # frames to either side: spectra 160 ms apart, about a syllable
SHORT = 2  # spectra 40 ms apart: within one tone of a dial
PEAK_BINS = 6  # 190 Hz: two tones with their side lobes


@dataclass(frozen=True)
class Texture:
    """Scalars per frame, each 0 to 1, shape (frames,).

    Parameters
    ----------
    concentration : ndarray
        Share of the power in the six strongest bins: near 1 for tones, about 0.2 for noise, 0.4 to 0.8 for a
        voice.
    steadiness : ndarray
        Cosine between the magnitude spectra 80 ms before and after: a voice has moved on, music has not. Of
        noise it is pi / 4 on the mean, whatever its spectrum.
    hold : ndarray
        The same over 20 ms before and after.
    """

    concentration: Floats
    steadiness: Floats
    hold: Floats

    @classmethod
    def empty(cls, n_frames: int) -> Texture:
        """Return room for `n_frames` frames."""
        return cls(*(np.zeros(n_frames, dtype=np.float32) for _ in range(3)))


def describe(power: Floats, margin: int = LONG) -> Texture:
    """Describe each frame but the first and last `margin`, which serve as context.

    Parameters
    ----------
    power : ndarray, shape (frames + 2 * margin, bins)
        Power spectra, `margin` >= 8.

    Returns
    -------
    Texture
        Of the inner frames.
    """
    total = np.maximum(power.sum(axis=1), 1e-15)
    strongest = np.partition(power, -PEAK_BINS, axis=1)[:, -PEAK_BINS:].sum(axis=1)
    magnitude = np.sqrt(power / total[:, None])
    inner = slice(margin, len(power) - margin)

    def likeness(reach: int) -> Floats:
        before = magnitude[margin - reach : len(power) - margin - reach]
        after = magnitude[margin + reach : len(power) - margin + reach]
        same: Floats = np.einsum("ij,ij->i", before, after)
        return same

    return Texture(strongest[inner] / total[inner], likeness(LONG), likeness(SHORT))
