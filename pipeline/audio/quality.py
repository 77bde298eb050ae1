"""How good the sound of a channel is, in numbers and as warnings."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from pipeline.audio.levels import FRAME_S, frame_levels, mean_db
from pipeline.timeline.notes import Note

if TYPE_CHECKING:
    from pipeline.audio.recording import Recording

_STEADY_SIGNAL_DB = -50.0  # what never moves and is louder than this is a signal (a tone), not line noise
_SPECTRA = 3000
_FFT = 512
_EDGE_DB = -45.0  # below the strongest part of the spectrum: G.711's own noise stays below this
_MIN_SPECTRA = 10


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """Beyond these a channel gets a warning.

    Parameters
    ----------
    clipped_share : float
        Share of the active samples.
    low_level_dbfs : float
        Active level, dB of full scale.
    low_snr_db : float
        Active level over the noise floor.
    dc_offset : float
        Share of full scale.
    """

    clipped_share: float = 0.001
    low_level_dbfs: float = -40.0
    low_snr_db: float = 15.0
    dc_offset: float = 0.01


@dataclass(frozen=True, slots=True)
class ChannelQuality:
    """The sound of one channel; ``None`` where it cannot be measured.

    Parameters
    ----------
    level_dbfs : float or None
        RMS over the active frames (as in ITU-T P.56), dB of full scale; a full-scale sine has -3.01.
    peak_dbfs : float or None
        Largest sample.
    noise_floor_dbfs : float or None
        Level of the background; ``None`` where digital silence is the background.
    snr_db : float or None
        Active level over the noise floor.
    clipped_share : float or None
        Share of the active samples that were clipped, at the file's own rate.
    dc_offset : float or None
        Mean, as a share of full scale.
    bandwidth_hz : float or None
        Upper edge of what the active frames hold: about 3400 to 4000 for telephone, up to 8000 for wideband.
    digital_silence_share : float or None
        Share of the time in which all samples are alike.
    warnings : tuple of Note
        ``clipping``, ``low_level``, ``high_noise``, ``dc_offset``.
    """

    level_dbfs: float | None
    peak_dbfs: float | None
    noise_floor_dbfs: float | None
    snr_db: float | None
    clipped_share: float | None
    dc_offset: float | None
    bandwidth_hz: float | None
    digital_silence_share: float | None
    warnings: tuple[Note, ...] = ()

    def to_dict(self) -> dict[str, float | None]:
        """Return the numbers for the result's quality block, rounded; the warnings are not in it."""
        digits = {"clipped_share": 5, "dc_offset": 5, "digital_silence_share": 4, "bandwidth_hz": 0}
        numbers = {
            field.name: getattr(self, field.name) for field in fields(self) if field.name != "warnings"
        }
        return {
            name: None if number is None else round(number, digits.get(name, 1)) + 0.0
            for name, number in numbers.items()
        }


def measure_quality(
    recording: Recording, channel: int, limits: QualityLimits | None = None
) -> ChannelQuality:
    """Measure the sound of one channel, streaming.

    Parameters
    ----------
    recording : Recording
        The call.
    channel : int
        0 is the left channel, 1 the right.
    limits : QualityLimits, optional
        When to warn; the defaults unless given.
    """
    levels = frame_levels(recording, channel)
    if not len(levels.level_db):
        return ChannelQuality(None, None, None, None, None, None, None, None)
    active = levels.active()
    floor_db = levels.noise_floor_db
    level_db = mean_db(levels.level_db[active]) if active.any() else None
    if level_db is None and levels.steady and not levels.digital_silence.all():
        steady_db = mean_db(levels.level_db)
        if steady_db > _STEADY_SIGNAL_DB:
            active = np.ones(len(levels.level_db), bool)
            level_db, floor_db = steady_db, None
    active_s = float(active.sum()) * FRAME_S
    clipped = recording.clipped_samples(channel) / recording.source.rate_hz
    quality = ChannelQuality(
        level_dbfs=level_db,
        peak_dbfs=20 * float(np.log10(levels.peak)) if levels.peak > 0 else None,
        noise_floor_dbfs=floor_db,
        snr_db=level_db - floor_db if level_db is not None and floor_db is not None else None,
        clipped_share=min(1.0, clipped / active_s) if active_s else None,
        dc_offset=levels.mean,
        bandwidth_hz=_bandwidth_hz(recording, channel, active),
        digital_silence_share=float(levels.digital_silence.mean()),
    )
    warnings = _warnings(quality, _side(recording, channel), limits or QualityLimits())
    return ChannelQuality(
        **{f.name: getattr(quality, f.name) for f in fields(quality)} | {"warnings": warnings}
    )


def _side(recording: Recording, channel: int) -> str:
    return "The recording" if recording.channels == 1 else f"The {('left', 'right')[channel]} channel"


def _warnings(quality: ChannelQuality, side: str, limits: QualityLimits) -> tuple[Note, ...]:
    notes = []
    share, level_db, snr_db, offset = (
        quality.clipped_share,
        quality.level_dbfs,
        quality.snr_db,
        quality.dc_offset,
    )
    if share is not None and share > limits.clipped_share:
        notes.append(Note("clipping", f"{side} is clipped: {share * 100:.1f} % of its active samples."))
    if level_db is not None and level_db < limits.low_level_dbfs:
        notes.append(Note("low_level", f"{side} is very quiet: {level_db:.0f} dBFS."))
    if snr_db is not None and snr_db < limits.low_snr_db:
        text = f"{side} is noisy: the signal is only {snr_db:.0f} dB above the background."
        notes.append(Note("high_noise", text))
    if offset is not None and abs(offset) > limits.dc_offset:
        notes.append(Note("dc_offset", f"{side} has a DC offset of {offset:+.1%} of full scale."))
    return tuple(notes)


def _bandwidth_hz(recording: Recording, channel: int, active: np.ndarray) -> float | None:
    """Return the upper edge of the spectrum over active frames.

    The upper edge is sought in what each band reaches in its loudest 2 % of frames: hissing sounds alone
    fill the upper bands of speech.
    """
    frames = np.flatnonzero(active)
    if len(frames) < _MIN_SPECTRA:
        return None
    chosen = frames[np.linspace(0, len(frames) - 1, min(_SPECTRA, len(frames))).astype(int)]
    size = round(FRAME_S * recording.rate_hz)
    window = np.hanning(size)
    spectra = np.empty((len(chosen), _FFT // 2 + 1), np.float32)
    for row, frame in enumerate(chosen):
        samples = recording.read(channel, int(frame) * size, (int(frame) + 1) * size).astype(np.float64)
        spectra[row] = np.abs(np.fft.rfft((samples - samples.mean()) * window, _FFT)) ** 2
    width = 8  # 250 Hz
    bands = spectra[:, 1:].reshape(len(chosen), -1, width).mean(axis=2)
    reach = np.quantile(bands, 0.98, axis=0)
    if reach.max() <= 0:
        return None
    held = np.flatnonzero(10 * np.log10(np.maximum(reach / reach.max(), 1e-12)) > _EDGE_DB)
    return float((held[-1] + 1) * width * recording.rate_hz / _FFT)
