"""How each span of speech begins and ends: level, slope, pitch, voicing.

Evidence for later: a finished utterance falls away over its last tenths of a second, one that is cut off
stops at full voice. Measured once, with the speech, so that a re-score needs no audio.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.speech.frames import HOP, RATE_HZ, band_bins, power_spectra, to_db, windows
from pipeline.speech.noise import ENERGY_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.speech.frames import Floats, Samples
    from pipeline.timeline import Span

BAND_HZ = (250.0, 3500.0)
PITCH_HZ = (65.0, 400.0)
PITCH_LENGTH = 800  # 50 ms: three periods of a low voice
VOICED = 0.5  # normalised autocorrelation from which a frame is voiced
OCTAVE_SHARE = 0.85  # an earlier peak this close to the highest is the period, the highest a multiple of it
LAST, BEFORE, SLOPE, PITCH_END = 10, 200, 25, 30  # frames: 0.1 s, 2 s, 0.25 s, 0.3 s
OWN_SPANS = 40  # spans that are looked at for a party's own pitch


@dataclass(frozen=True)
class SpanFeatures:
    """The sound of one span of speech; ``None`` where the span is too short or has no voiced frame.

    Parameters
    ----------
    end_level_db : float or None
        Mean level of the last 0.1 s against that of up to 2 s before it; negative where the voice falls away.
    end_slope_db_per_s : float or None
        Slope of the level over the last 0.25 s.
    end_voicing : float or None
        Share of voiced frames in the last 0.1 s, 0 to 1.
    end_pitch_hz : float or None
        Median pitch of the voiced frames in the last 0.3 s.
    end_pitch_semitones : float or None
        The same against the party's own median pitch.
    onset_level_db : float or None
        Mean level of the first 0.1 s against that of up to 2 s after it.
    """

    end_level_db: float | None
    end_slope_db_per_s: float | None
    end_voicing: float | None
    end_pitch_hz: float | None
    end_pitch_semitones: float | None
    onset_level_db: float | None

    def to_dict(self) -> dict[str, float | None]:
        """Return plain values for JSON, rounded."""
        return {name: None if value is None else round(value, 3) for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SpanFeatures:
        """Read what `to_dict` wrote."""
        return cls(**data)


def measure_features(recording: Samples, channel: int, spans: Iterable[Span]) -> tuple[SpanFeatures, ...]:
    """Measure how each span begins and ends.

    Parameters
    ----------
    recording : pipeline.audio.Recording
        The call, 16 kHz.
    channel : int
        Which channel.
    spans : iterable of Span
        The party's speech, for example its inter-pausal units; edges should be exact to about 20 ms.

    Returns
    -------
    tuple of SpanFeatures
        One for each span, in their order.
    """
    frames = [(round(s.start_s * RATE_HZ / HOP), round(s.end_s * RATE_HZ / HOP)) for s in spans]
    own = _own_pitch_hz(recording, channel, frames)
    return tuple(_features(recording, channel, first, last, own) for first, last in frames)


def pitch(recording: Samples, channel: int, frames: tuple[int, int]) -> tuple[Floats, Floats]:
    """Return pitch (Hz, NaN where unvoiced) and voicing (0 to 1) of each frame.

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
    voicing = np.clip(highest, 0.0, 1.0).astype(np.float32)
    hertz: Floats = np.where(voicing >= VOICED, RATE_HZ / period, np.nan).astype(np.float32)
    return hertz, voicing


def _own_pitch_hz(recording: Samples, channel: int, frames: list[tuple[int, int]]) -> float | None:
    """Return the party's median pitch, over up to 2 s each of spans spread over the call."""
    step = max(1, len(frames) // OWN_SPANS)
    found = [pitch(recording, channel, (a, min(b, a + BEFORE)))[0] for a, b in frames[::step]]
    return _median(np.concatenate(found)) if found else None


def _features(recording: Samples, channel: int, first: int, last: int, own: float | None) -> SpanFeatures:
    end = max(first, last - LAST - BEFORE)
    bins = band_bins(*BAND_HZ, ENERGY_LENGTH)
    tail = power_spectra(recording, channel, (end, last), ENERGY_LENGTH)[:, bins].sum(axis=1)
    head = power_spectra(recording, channel, (first, min(last, first + LAST + BEFORE)), ENERGY_LENGTH)
    start = head[:, bins].sum(axis=1)
    hertz, voicing = pitch(recording, channel, (max(first, last - PITCH_END), last))
    end_hz = _median(hertz)
    return SpanFeatures(
        end_level_db=_against(tail[-LAST:], tail[:-LAST]),
        end_slope_db_per_s=_slope(to_db(tail[-SLOPE:])) if last - first >= SLOPE else None,
        end_voicing=float(np.mean(voicing[-LAST:] >= VOICED)) if last - first >= LAST else None,
        end_pitch_hz=end_hz,
        end_pitch_semitones=12.0 * float(np.log2(end_hz / own)) if end_hz and own else None,
        onset_level_db=_against(start[:LAST], start[LAST:]),
    )


def _median(hertz: Floats) -> float | None:
    known = hertz[np.isfinite(hertz)]
    return float(np.median(known)) if len(known) >= 3 else None


def _against(part: Floats, rest: Floats) -> float | None:
    if len(part) < LAST or len(rest) < LAST:
        return None
    level = 10.0 * np.log10(np.maximum([part.mean(), rest.mean()], 1e-12))
    return float(level[0] - level[1])


def _slope(level_db: Floats) -> float:
    seconds = np.arange(len(level_db)) * HOP / RATE_HZ
    return float(np.polyfit(seconds, level_db, 1)[0])
