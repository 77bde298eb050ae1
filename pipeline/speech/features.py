"""How the voice behaves at the end of each span of speech: level and pitch.

Evidence for later: a finished utterance falls away over its last tenths of a second, one that is cut off
stops at full voice. Measured once, with the speech, so that a re-score needs no audio.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.speech.frames import HOP, RATE_HZ, SILENCE, band_bins, power_spectra, to_db, windows
from pipeline.speech.noise import ENERGY_LENGTH
from pipeline.timeline.voice import VoiceFeatures

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.speech.frames import Floats, Samples
    from pipeline.timeline import Span

BAND_HZ = (250.0, 3500.0)
PITCH_HZ = (65.0, 400.0)
PITCH_LENGTH = 800  # 50 ms: three periods of a low voice
VOICED = 0.5  # normalised autocorrelation from which a frame is voiced
OCTAVE_SHARE = 0.85  # an earlier peak this close to the highest is the period, the highest a multiple of it
LAST, BEFORE, SHORTEST, FALL_MAX = 10, 200, 30, 60  # frames: 0.1 s, 2 s, 0.3 s, 0.6 s
ACTIVE_DB, FALL_DB = 30.0, 6.0  # below the loudest: a pause; below the level before: fallen away
OWN_SPANS = 40  # spans that are looked at for a party's own pitch


def measure_voice(recording: Samples, channel: int, spans: Iterable[Span]) -> tuple[VoiceFeatures, ...]:
    """Measure how the voice behaves at the end of each span.

    Parameters
    ----------
    recording : pipeline.audio.Recording
        The call, 16 kHz.
    channel : int
        Which channel.
    spans : iterable of Span
        The party's speech; edges should be exact to about 20 ms.

    Returns
    -------
    tuple of VoiceFeatures
        One for each span, in their order; a span under 0.3 s has only the party's own pitch.
    """
    frames = [(round(s.start_s * RATE_HZ / HOP), round(s.end_s * RATE_HZ / HOP)) for s in spans]
    own_hz = _own_pitch_hz(recording, channel, frames)
    return tuple(_features(recording, channel, first, last, own_hz) for first, last in frames)


def pitch(recording: Samples, channel: int, frames: tuple[int, int]) -> Floats:
    """Return the pitch of each frame in Hz, NaN where unvoiced.

    The highest peak of the normalised autocorrelation of 50 ms; it stands at the period also where the
    telephone band has cut off the fundamental.
    """
    cut = windows(recording, channel, frames, PITCH_LENGTH)
    size = 2 * PITCH_LENGTH
    power = np.abs(np.fft.rfft(cut, size, axis=1)) ** 2
    inside = band_bins(*BAND_HZ, size)
    power[:, : inside.start] = 0.0
    power[:, inside.stop :] = 0.0
    same = np.fft.irfft(power, axis=1)
    taper = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(PITCH_LENGTH), size)) ** 2)
    shortest, longest = (int(RATE_HZ / hz) for hz in (PITCH_HZ[1], PITCH_HZ[0]))
    lags = slice(shortest, longest + 1)
    norm = np.maximum(same[:, :1], 1e-15) * (taper[lags] / taper[0])
    likeness = np.where(same[:, :1] > 1e-15, same[:, lags] / norm, 0.0)
    peaks = np.zeros(likeness.shape, dtype=np.bool_)
    peaks[:, 1:-1] = (likeness[:, 1:-1] >= likeness[:, :-2]) & (likeness[:, 1:-1] > likeness[:, 2:])
    highest = np.where(peaks, likeness, 0.0).max(axis=1, initial=0.0)
    near = peaks & (likeness >= OCTAVE_SHARE * np.maximum(highest, 1e-9)[:, None])
    period = near.argmax(axis=1) + shortest
    hertz: Floats = np.where(highest >= VOICED, RATE_HZ / period, np.nan).astype(np.float32)
    return hertz


def _own_pitch_hz(recording: Samples, channel: int, frames: list[tuple[int, int]]) -> float | None:
    """Return the party's median pitch, over up to 2 s each of spans spread over the call."""
    step = max(1, len(frames) // OWN_SPANS)
    found = [pitch(recording, channel, (a, min(b, a + BEFORE))) for a, b in frames[::step]]
    return _median(np.concatenate(found)) if found else None


def _features(recording: Samples, channel: int, first: int, last: int, own_hz: float | None) -> VoiceFeatures:
    if last - first < SHORTEST:
        return VoiceFeatures(median_pitch_hz=own_hz)
    bins = band_bins(*BAND_HZ, ENERGY_LENGTH)
    spectra = power_spectra(recording, channel, (max(first, last - LAST - BEFORE), last), ENERGY_LENGTH)
    power = spectra[:, bins].sum(axis=1)
    power = np.maximum(power, SILENCE * power.max())
    level_db = to_db(power)
    voice = power[:-LAST][level_db[:-LAST] > level_db[:-LAST].max() - ACTIVE_DB]  # pauses left out
    before_db = 10.0 * float(np.log10(max(voice.mean(), 1e-12)))
    drop_db = 10.0 * float(np.log10(max(power[-LAST:].mean(), 1e-12))) - before_db
    quiet = level_db[-FALL_MAX:][::-1] < before_db - FALL_DB
    fall = len(quiet) if quiet.all() else int(quiet.argmin())
    hertz = pitch(recording, channel, (last - SHORTEST, last))
    return VoiceFeatures(
        end_drop_db=drop_db,
        end_fall_s=fall * HOP / RATE_HZ,
        end_pitch_hz=_median(hertz),
        median_pitch_hz=own_hz,
        level_db=before_db,
    )


def _median(hertz: Floats) -> float | None:
    known = hertz[np.isfinite(hertz)]
    return float(np.median(known)) if len(known) >= 3 else None
