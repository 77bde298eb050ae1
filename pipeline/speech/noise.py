"""What a line sounds like when nobody speaks: noise spectrum, level and unrest, following the call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pipeline.speech.following import Following, State, followed
from pipeline.speech.frames import (
    HOP_S,
    SILENCE,
    SILENT_POWER,
    band_bins,
    blocks,
    frame_count,
    moving_mean,
    power_spectra,
    runs,
    to_db,
    widened,
    without_short,
)

if TYPE_CHECKING:
    from pipeline.speech.frames import Flags, Floats, Samples
    from pipeline.speech.settings import SpeechSettings

SPECTRUM_LENGTH = 512  # 32 ms: the spectra of the statistical model
ENERGY_LENGTH = 256  # 16 ms: the energies that place the edges
PATCH_FRAMES = 500  # 5 s: one estimate of the noise
LEAST_FRAMES = 100  # 1 s of quiet frames is enough to know a line by
GATE_FRAMES = 5  # 50 ms
GATED_PER_MIN = 6  # a line that goes digitally silent more often is gated
LOUD_ROUNDS = 3  # what is silence depends on what is loud
LEAST_RISE_DB = 6.0  # noise alone stays within this of its 10th percentile
STEADY_SPREAD_DB = 1.3  # 50th minus 10th percentile of steady noise in 16 ms windows
STEADY_SWELL_DB = 1.5  # 90th minus 50th, with what little speech is taken for quiet
RAISED_BELOW_DB = 15.0  # however restless, the noise is not raised to nearer than this to the loud frames
FOLLOW_LEAST_DB = 0.05  # less unrest than this is not worth following
FOLLOW_MAX_DB = 5.0  # unrest beyond this is no noise that swells and fades
FOLLOW_NONE, FOLLOW_FULL = 0.3, 0.45  # of the unrest taken away: a babble below, passing cars above


@dataclass(frozen=True)
class LineNoise:
    """The noise of one channel over the call.

    Parameters
    ----------
    energy : ndarray, shape (frames,)
        Power in the speech band, 16 ms windows; in silence all the same.
    floor : ndarray, shape (frames,)
        Power in the speech band below which nothing is taken for speech, same windows.
    spectra : ndarray, shape (patches, bins)
        The same per frequency, for every 5 s.
    loud_power : float
        Power of loud frames (95th percentile); 0 when the channel is digitally silent throughout.
    noise_db, spread_db : float
        Median level of the quiet frames, and how far its 10th percentile lies below; medians over the call.
        What was followed is not part of the spread.
    following : Following or None
        How the noise is followed within the patches; ``None`` where it is steady, or the line clean.
    """

    energy: Floats
    floor: Floats
    spectra: Floats
    loud_power: float
    noise_db: float
    spread_db: float
    following: Following | None = None

    @property
    def contrast_db(self) -> float:
        """How far loud frames stand above the noise: the signal-to-noise ratio of the line, in dB."""
        return 10.0 * float(np.log10(max(self.loud_power, SILENT_POWER))) - self.noise_db

    @property
    def unrest_db(self) -> float:
        """How much wider than that of steady noise the spread of this noise is; 0 for steady noise."""
        return max(0.0, self.spread_db - STEADY_SPREAD_DB)

    def noisiness(self, settings: SpeechSettings) -> float:
        """Return 0 for a clean line, 1 for a noisy one, by its contrast."""
        return noisiness(self.contrast_db, settings)

    def spectrum_at(self, first: int, last: int) -> Floats:
        """Return the noise spectrum of the frames ``[first, last)``, not followed, shape (frames, bins)."""
        return _between_patches(self.spectra, first, last)

    def followed_at(self, first: int, power: Floats, state: State | None) -> tuple[Floats, State | None]:
        """Return the noise spectrum of each frame from `first` on, followed where it is worth it.

        Parameters
        ----------
        first : int
            Number of the first frame.
        power : ndarray, shape (frames, bins)
            Power spectra in the speech band.
        state : State or None
            What the call before returned; ``None`` for the first one.
        """
        fixed = self.spectrum_at(first, first + len(power))
        if self.following is None or not len(power):
            return fixed, state
        way = self.following
        plain = _between_patches(way.spectra, first, first + len(power))
        noise, state = followed(power, plain, way.reach_db, state)
        mixed: Floats = (noise * 10.0 ** (way.raise_db / 10.0)) ** way.share * fixed ** (1.0 - way.share)
        return mixed.astype(np.float32), state


def _between_patches(spectra: Floats, first: int, last: int) -> Floats:
    where = np.clip((np.arange(first, last) + 0.5) / PATCH_FRAMES - 0.5, 0, len(spectra) - 1)
    low = where.astype(np.int64)
    high = np.minimum(low + 1, len(spectra) - 1)
    share = (where - low).astype(np.float32)[:, None]
    mixed: Floats = spectra[low] * (1 - share) + spectra[high] * share
    return mixed


def noisiness(contrast_db: float, settings: SpeechSettings) -> float:
    """Return 0 for a clean line, 1 for a noisy one, by its contrast."""
    span = settings.clean_contrast_db - settings.noisy_contrast_db
    return float(np.clip((settings.clean_contrast_db - contrast_db) / span, 0.0, 1.0))


def measure_noise(recording: Samples, channel: int, settings: SpeechSettings) -> LineNoise:
    """Walk the channel twice: for its energies, then for the spectrum of its quiet frames.

    Quiet are the frames below the middle (in dB) between the quietest tenth around them and the loud frames
    of the call, away from louder ones. The noise at a time is taken from the quiet frames of the minute
    around it. Where the noise is restless (a babble, a codec that switches) it is raised by
    its own spread; on a noisy line it is followed as it swells and fades, as far as that makes it calmer (a
    third walk). Nothing that lies more than the dynamic range below the loud frames is speech either.
    """
    n_frames = frame_count(recording)
    fine = band_bins(settings.band_low_hz, settings.band_high_hz, ENERGY_LENGTH)
    energy = np.zeros(n_frames, dtype=np.float32)
    for first, last in blocks(n_frames):
        energy[first:last] = power_spectra(recording, channel, (first, last), ENERGY_LENGTH)[:, fine].sum(1)
    loud_power = _loud_power(energy)
    silence = max(loud_power * SILENCE, SILENT_POWER)
    silent = energy <= silence
    np.maximum(energy, silence, out=energy)  # what lies below tells nothing, not even how far below
    heard = ~widened(silent, 2)  # nor do the frames that a gate cuts in two tell about the line
    centre_db, spread_db, quiet = _quiet_frames(energy, (heard, silent), loud_power, settings)
    shape_quiet, shape_loud = _spectra(recording, channel, (energy, quiet, centre_db), loud_power, settings)
    least = max(loud_power * 10.0 ** (-settings.dynamic_range_db / 10.0), SILENT_POWER)
    unrest = settings.noise_unrest * np.maximum(0.0, spread_db - STEADY_SPREAD_DB)
    room_db = 10.0 * np.log10(max(loud_power, SILENT_POWER)) - RAISED_BELOW_DB - centre_db
    unrest = np.minimum(unrest, np.maximum(0.0, room_db))
    line, plain = (
        LineNoise(
            energy,
            _floor(centre_db + raised, least, n_frames),
            (shape_quiet * 10.0 ** ((centre_db + raised) / 10.0)[:, None] + shape_loud * least).astype(
                np.float32
            ),
            loud_power,
            float(np.median(centre_db)),
            float(np.median(spread_db)),
        )
        for raised in (unrest, np.zeros_like(unrest))
    )
    if quiet.sum() < LEAST_FRAMES:
        return line
    unrest_db = max(_unrest(energy[quiet], plain.floor[quiet]))
    restless = min(unrest_db, FOLLOW_MAX_DB) * line.noisiness(settings)
    if restless < FOLLOW_LEAST_DB:
        return line
    way = Following(plain.spectra, settings.noise_follow * restless)
    return _following(recording, channel, (line, plain, way), quiet, settings)


def _unrest(energy: Floats, floor: Floats) -> tuple[float, float]:
    """Return by how much the level spreads more than steady noise does: below its median, and above."""
    tenth, half, most = np.percentile(to_db(energy) - to_db(floor), (10, 50, 90))
    below, above = float(half - tenth) - STEADY_SPREAD_DB, float(most - half) - STEADY_SWELL_DB
    return max(0.0, below), max(0.0, above)


def _floor(level_db: Floats, least: float, n_frames: int) -> Floats:
    power = np.maximum(10.0 ** (level_db / 10.0), least)
    where = (np.arange(n_frames) + 0.5) / PATCH_FRAMES - 0.5
    floor: Floats = np.interp(where, np.arange(len(power)), power).astype(np.float32)
    return floor


def _following(
    recording: Samples,
    channel: int,
    known: tuple[LineNoise, LineNoise, Following],
    quiet: Flags,
    settings: SpeechSettings,
) -> LineNoise:
    """Return the line with its noise followed, as far as that takes away of its unrest."""
    line, plain, way = known
    bins = band_bins(settings.band_low_hz, settings.band_high_hz, SPECTRUM_LENGTH)
    gain = np.ones_like(line.energy)
    state = None
    for first, last in blocks(len(gain)):
        power = power_spectra(recording, channel, (first, last), SPECTRUM_LENGTH)[:, bins]
        expected = plain.spectrum_at(first, last)
        noise, state = followed(power, expected, way.reach_db, state)
        gain[first:last] = noise.sum(axis=1) / expected.sum(axis=1)
    floor = plain.floor * gain
    left_db, left_above_db = _unrest(line.energy[quiet], floor[quiet])
    taken = 1.0 - (left_db + left_above_db) / sum(_unrest(line.energy[quiet], plain.floor[quiet]))
    share = float(np.clip((taken - FOLLOW_NONE) / (FOLLOW_FULL - FOLLOW_NONE), 0.0, 1.0))
    if share == 0.0:
        return line
    raise_db = settings.noise_unrest * left_db
    floor = (floor * 10.0 ** (raise_db / 10.0)) ** share * line.floor ** (1.0 - share)
    spread_db = STEADY_SPREAD_DB + share * left_db + (1.0 - share) * line.unrest_db
    way = replace(way, raise_db=raise_db, share=share)
    return replace(line, floor=floor.astype(np.float32), spread_db=spread_db, following=way)


def _loud_power(energy: Floats) -> float:
    """Return the level of loud speech: the 95th percentile, or near the top where few speak.

    Silence does not count, for how much of a gated line is digital silence depends on its level.
    """
    loud = 0.0
    for _ in range(LOUD_ROUNDS):
        heard = energy[energy > max(loud * SILENCE, SILENT_POWER)]
        if not len(heard):
            return 0.0
        usual, top = np.percentile(heard, (95, 99.5))
        loud = float(max(usual, top * 10.0**-0.8))
    return loud


def _quiet_frames(
    energy: Floats, known: tuple[Flags, Flags], loud_power: float, settings: SpeechSettings
) -> tuple[Floats, Floats, Flags]:
    """Return per patch the level of the noise and its spread (dB), and per frame whether it is quiet."""
    heard, silent = known
    n_patches = max(1, -(-len(energy) // PATCH_FRAMES))
    level = to_db(energy)
    smooth = to_db(moving_mean(energy, 7))
    reach = round(settings.noise_reach_s / HOP_S)
    loud_db = 10.0 * np.log10(max(loud_power, SILENT_POWER))
    edge = np.empty(n_patches, dtype=np.float32)
    for i in range(n_patches):
        around = _around(i, reach, len(energy))
        near = smooth[around][heard[around]]
        low = float(np.percentile(near, 10)) if len(near) >= LEAST_FRAMES else loud_db - 40.0
        edge[i] = low + max(LEAST_RISE_DB, 0.5 * (loud_db - low))
    edges = np.repeat(edge, PATCH_FRAMES)[: len(energy)]
    quiet = heard & ~widened(smooth > edges, 15)
    overall = level[quiet] if quiet.sum() >= LEAST_FRAMES else level[heard & (smooth <= edges)]
    centre = np.full(n_patches, -90.0, dtype=np.float32)
    spread = np.full(n_patches, STEADY_SPREAD_DB, dtype=np.float32)
    shut = np.zeros(len(energy), dtype=np.bool_)
    shut[runs(without_short(silent, GATE_FRAMES))[:, 0]] = True
    for i in range(n_patches):
        around = _around(i, reach, len(energy))
        near = level[around][quiet[around]]
        near = near if len(near) >= LEAST_FRAMES else overall
        if len(near):
            tenth, half = np.percentile(near, (10, 50))
            gated = shut[around].sum() * 6000 > GATED_PER_MIN * (around.stop - around.start)
            # a gate leaves little but speech: what noise there is lies at the bottom
            centre[i], spread[i] = (tenth, STEADY_SPREAD_DB) if gated else (half, half - tenth)
    return centre, spread, quiet


def _around(patch: int, reach: int, n_frames: int) -> slice:
    middle = patch * PATCH_FRAMES + PATCH_FRAMES // 2
    return slice(max(0, middle - reach), min(n_frames, middle + reach))


def _spectra(
    recording: Samples,
    channel: int,
    seen: tuple[Floats, Flags, Floats],
    loud_power: float,
    settings: SpeechSettings,
) -> tuple[Floats, Floats]:
    """Return the shape (sum 1) of the noise per patch, and that of the loud frames."""
    energy, quiet, centre_db = seen
    bins = band_bins(settings.band_low_hz, settings.band_high_hz, SPECTRUM_LENGTH)
    n_bins = bins.stop - bins.start
    sums = np.zeros((len(centre_db), n_bins))
    loud = np.full(n_bins, 1e-12)
    level = to_db(energy)
    typical = quiet & (np.abs(level - np.repeat(centre_db, PATCH_FRAMES)[: len(energy)]) < 3.0)
    for first, last in blocks(len(energy)):
        power = power_spectra(recording, channel, (first, last), SPECTRUM_LENGTH)[:, bins]
        loud += power[energy[first:last] > 0.1 * loud_power].sum(axis=0)
        for start in range(first, last, PATCH_FRAMES):
            stop = min(last, start + PATCH_FRAMES)
            sums[start // PATCH_FRAMES] += power[start - first : stop - first][typical[start:stop]].sum(
                axis=0
            )
    reach = max(1, round(settings.noise_reach_s / (PATCH_FRAMES * HOP_S)))
    total = sums.sum(axis=0)
    shapes = np.empty((len(centre_db), n_bins), dtype=np.float32)
    for i in range(len(centre_db)):
        near = sums[max(0, i - reach) : i + reach + 1].sum(axis=0)
        shape = near if near.sum() > 0 else total
        shape = shape / shape.sum() if shape.sum() > 0 else np.full(n_bins, 1.0 / n_bins)
        shapes[i] = np.maximum(shape, 1e-3 / n_bins)  # a bin the line does not carry is no witness
    return shapes, (loud / loud.sum()).astype(np.float32)
