"""The statistical witness: likelihood ratio of speech plus noise against noise alone.

Source: J. Sohn, N. S. Kim and W. Sung, "A statistical model-based voice activity detection", IEEE Signal
Processing Letters 6 (1), 1999; the prior signal-to-noise ratio follows the decision-directed rule of
Y. Ephraim and D. Malah (1984).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pipeline.speech.frames import Floats


def log_likelihood_ratio(
    power: Floats, noise: Floats, memory: float, state: Floats | None = None
) -> tuple[Floats, Floats]:
    """Return the mean log-likelihood ratio of each frame.

    Parameters
    ----------
    power : ndarray, shape (frames, bins)
        Power spectra.
    noise : ndarray, shape (frames, bins) or (bins,)
        Expected power of everything that is not this party's speech; > 0.
    memory : float
        Weight of the frame before in the prior signal-to-noise ratio, 0 to 1.
    state : ndarray, shape (bins,), optional
        What the call before returned, to go on where it ended.

    Returns
    -------
    ratio : ndarray, float32, shape (frames,)
        ``mean over bins of gamma * xi / (1 + xi) - log(1 + xi)``, with gamma the posterior and xi the prior
        signal-to-noise ratio.
    state : ndarray
        For the next block.
    """
    gamma = (power / noise).astype(np.float32)
    np.clip(gamma, 0.0, 1e6, out=gamma)
    fresh = (1.0 - memory) * np.maximum(gamma - 1.0, 0.0)
    prior = np.empty_like(gamma)
    kept = np.zeros(gamma.shape[1], dtype=np.float32) if state is None else state
    for t in range(gamma.shape[0]):  # the recursion of the decision-directed rule
        xi = prior[t]
        np.multiply(kept, memory, out=xi)
        xi += fresh[t]
        wiener = xi / (xi + 1.0)
        kept = wiener * wiener * gamma[t]
    ratio = gamma * prior / (1.0 + prior) - np.log1p(prior)
    return ratio.mean(axis=1).astype(np.float32), kept
