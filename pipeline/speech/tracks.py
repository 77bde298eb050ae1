"""One channel as scalars per frame: what every witness measured, ready to be weighed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pipeline.speech.frames import band_bins, blocks, power_spectra, to_db
from pipeline.speech.likelihood import log_likelihood_ratio
from pipeline.speech.noise import SPECTRUM_LENGTH
from pipeline.speech.silero import speech_probabilities
from pipeline.speech.texture import LONG, Texture, describe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.speech.crosstalk import Leak
    from pipeline.speech.frames import Flags, Floats, Samples
    from pipeline.speech.noise import LineNoise
    from pipeline.speech.segmentation import NeuralWitness
    from pipeline.speech.settings import SpeechSettings


@dataclass(frozen=True)
class Tracks:
    """Per 10 ms frame, shape (frames,).

    Parameters
    ----------
    level_db : ndarray
        Level in the speech band.
    rise_db : ndarray
        The same above the floor, that is above noise and predicted leak.
    ratio : ndarray
        Mean log-likelihood ratio of speech against noise and predicted leak.
    neural : ndarray
        Probability by the neural witness, which hears a leak as well.
    leaking : ndarray of bool
        The predicted leak is stronger than the line's own noise, and explains the frame.
    texture : Texture
        What the sound is like.
    contrast_db : float
        Loud frames over noise, for the whole channel.
    unrest_db : float
        Spread of the noise beyond that of steady noise.
    further : dict of str to ndarray
        Probabilities by further neural witnesses, by their names.
    """

    level_db: Floats
    rise_db: Floats
    ratio: Floats
    neural: Floats
    leaking: Flags
    texture: Texture
    contrast_db: float
    unrest_db: float
    further: dict[str, Floats] = field(default_factory=dict)


def measure_tracks(
    recording: Samples,
    channel: int,
    line: LineNoise,
    leak: Leak | None,
    settings: SpeechSettings,
    further: Sequence[NeuralWitness] = (),
) -> Tracks:
    """Walk the channel a last time and let every witness measure."""
    n = len(line.energy)
    bins = band_bins(settings.band_low_hz, settings.band_high_hz, SPECTRUM_LENGTH)
    ratio = np.zeros(n, dtype=np.float32)
    leaked = np.zeros(n, dtype=np.float32)
    texture = Texture.empty(n)
    state, noise_state = None, None
    for first, last in blocks(n):
        wide = power_spectra(recording, channel, (first - LONG, last + LONG), SPECTRUM_LENGTH)[:, bins]
        block = describe(wide)
        texture.concentration[first:last] = block.concentration
        texture.steadiness[first:last] = block.steadiness
        texture.hold[first:last] = block.hold
        noise, noise_state = line.followed_at(first, wide[LONG:-LONG], noise_state)
        if leak is not None:
            predicted = leak.predicted(recording, (first, last), bins)
            leaked[first:last] = predicted.sum(axis=1)
            noise = noise + settings.leak_factor * predicted
        ratio[first:last], state = log_likelihood_ratio(
            wide[LONG:-LONG], noise, settings.likelihood_memory, state
        )
    gain = 10.0 ** (settings.silero_level_dbfs / 20.0) / max(line.loud_power, 1e-9) ** 0.5
    neural = speech_probabilities(recording, channel, gain)
    expected = settings.leak_factor * leaked
    level_db = to_db(line.energy)
    rise_db = level_db - to_db(line.floor + expected)
    leaking = (expected > line.floor) & (rise_db < settings.energy_rise_db)
    more = {witness.name: witness.probabilities(recording, channel, gain) for witness in further}
    return Tracks(
        level_db,
        rise_db,
        ratio,
        neural,
        leaking,
        texture,
        line.contrast_db,
        line.unrest_db,
        more,
    )
