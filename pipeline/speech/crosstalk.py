"""One party's voice leaking into the other's channel: found, measured and predicted.

The delay is where the whitened cross-correlation (GCC-PHAT, Knapp & Carter 1976) of the two channels peaks,
summed over stretches in which the source speaks and the target is quiet; the gain per frequency is the
median power ratio there, noise taken off. What comes back changed, out of phase, is found by its loudness
(see `pipeline.speech.echo`). The predicted leak then counts as noise of the target channel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.speech.echo import echoed, find_echo
from pipeline.speech.frames import (
    HOP,
    RATE_HZ,
    Samples,
    band_bins,
    power_spectra,
    read_padded,
    windows,
)
from pipeline.speech.noise import SPECTRUM_LENGTH

if TYPE_CHECKING:
    from pipeline.speech.frames import Floats
    from pipeline.speech.noise import LineNoise
    from pipeline.speech.settings import SpeechSettings

STRETCH = 32_768  # samples, 2.048 s: long against the longest delay
STRETCHES_MAX = 120
ECHO_STRETCHES = 40
ECHO_OVER_DB = 2.0  # more than what keeps its phase: then that is the smaller part
LEAD_MS = 20.0  # a leak may seem to come this much early (channels not quite in step)


@dataclass(frozen=True)
class CrosstalkEstimate:
    """How much of one channel is heard in the other.

    Parameters
    ----------
    source, target : int
        Channel numbers: the voice of `source` leaks into `target`.
    gain_db : float or None
        Level of the leak against its source, over the speech band; ``None`` where none was found.
    delay_ms : float or None
        How much later it is heard.
    confidence : float
        0 to 1: how clearly the delay stands out.
    """

    source: int
    target: int
    gain_db: float | None
    delay_ms: float | None
    confidence: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        rounded = {
            "gain_db": None if self.gain_db is None else round(self.gain_db, 1),
            "delay_ms": None if self.delay_ms is None else round(self.delay_ms, 1),
        }
        return {
            "source": self.source,
            "target": self.target,
            **rounded,
            "confidence": round(self.confidence, 3),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> CrosstalkEstimate:
        """Read what `to_dict` wrote."""
        return cls(data["source"], data["target"], data["gain_db"], data["delay_ms"], data["confidence"])


@dataclass(frozen=True)
class Leak:
    """A found leak: its delay in samples, the gain of its power, and its decay from frame to frame."""

    estimate: CrosstalkEstimate
    delay: int
    gain: Floats
    decay: float = 0.0

    def predicted(self, recording: Samples, frames: tuple[int, int], bins: slice) -> Floats:
        """Return the power spectrum of the leak in the target's frames, shape (frames, bins)."""
        return echoed(recording, self.estimate.source, frames, self.delay, self.decay)[:, bins] * self.gain


def find_leak(
    recording: Samples, pair: tuple[int, int], lines: dict[int, LineNoise], settings: SpeechSettings
) -> tuple[CrosstalkEstimate, Leak | None]:
    """Look for the voice of one channel in another.

    Parameters
    ----------
    recording : Samples
        The call.
    pair : tuple of int
        The channel whose voice may leak, and the one it may leak into.
    lines : dict of int to LineNoise
        The noise of either.
    settings : SpeechSettings
        Thresholds.

    Returns
    -------
    estimate : CrosstalkEstimate
        Its gain and delay are ``None`` where no leak was found.
    leak : Leak or None
        What predicts it.
    """
    source, target = pair
    starts = _one_sided(lines[source], lines[target])
    none = CrosstalkEstimate(source, target, None, None, 0.0)
    if not starts:
        return none, None
    estimate, leak = _in_phase(recording, pair, starts, settings)
    echo = _echo(recording, pair, starts, lines, settings)
    found_db = estimate.gain_db
    if echo is not None and (found_db is None or (echo.estimate.gain_db or 0.0) > found_db + ECHO_OVER_DB):
        return echo.estimate, echo  # most of it is out of phase
    return estimate, leak


def _in_phase(
    recording: Samples, pair: tuple[int, int], starts: list[int], settings: SpeechSettings
) -> tuple[CrosstalkEstimate, Leak | None]:
    """Look for a leak that keeps its phase: an electrical one."""
    source, target = pair
    delay, confidence = _delay(recording, pair, starts, settings)
    if confidence < settings.leak_confidence:
        return CrosstalkEstimate(source, target, None, None, confidence), None
    bins = band_bins(settings.band_low_hz, settings.band_high_hz, SPECTRUM_LENGTH)
    gain, mean_sent = _gain(recording, pair, starts, delay)
    leak = _leak(pair, (gain[bins], mean_sent[bins]), delay, confidence)
    return leak.estimate if leak else CrosstalkEstimate(source, target, None, None, confidence), leak


def _leak(
    pair: tuple[int, int], measured: tuple[Floats, Floats], delay: int, confidence: float, decay: float = 0.0
) -> Leak | None:
    """Return the leak of so much gain where the source has its power; ``None`` if that is none at all."""
    gain, mean_sent = measured
    total = float((gain / (1.0 - decay) * mean_sent).sum() / max(float(mean_sent.sum()), 1e-20))
    if total <= 0:
        return None
    estimate = CrosstalkEstimate(*pair, 10 * float(np.log10(total)), 1000 * delay / RATE_HZ, confidence)
    return Leak(estimate, delay, gain, decay)


def _echo(
    recording: Samples,
    pair: tuple[int, int],
    starts: list[int],
    lines: dict[int, LineNoise],
    settings: SpeechSettings,
) -> Leak | None:
    """Look for a leak that does not keep its phase: an acoustic one."""
    source, target = pair
    length = len(lines[source].energy)
    step = -(-len(starts) // ECHO_STRETCHES)
    stretches = [(at // HOP, min(at // HOP + STRETCH // HOP, length)) for at in starts[::step]]
    echo = find_echo(lines[source], lines[target], stretches, settings.echo_delay_max_ms / 1000)
    if echo is None or echo.likeness < settings.echo_likeness:
        return None
    bins = band_bins(settings.band_low_hz, settings.band_high_hz, SPECTRUM_LENGTH)
    gains, sent = [], []
    for frames in stretches:
        expected = echoed(recording, source, frames, echo.delay * HOP, echo.decay)[:, bins].mean(axis=0)
        heard = power_spectra(recording, target, frames, SPECTRUM_LENGTH)[:, bins]
        heard = (heard - lines[target].spectrum_at(*frames)).mean(axis=0)
        gains.append(np.maximum(heard, 0.0) / np.maximum(expected, 1e-20))
        sent.append(expected * (1.0 - echo.decay))
    gain = np.median(gains, axis=0).astype(np.float32)  # in some the target says something of its own
    return _leak(pair, (gain, np.mean(sent, axis=0)), echo.delay * HOP, echo.likeness, echo.decay)


def _one_sided(source: LineNoise, target: LineNoise) -> list[int]:
    """Return where (samples) the source speaks and the target is quietest against it."""
    if len(source.energy) == 0:
        return []
    size, hop = STRETCH // HOP, STRETCH // HOP // 2
    starts = np.arange(0, max(1, len(source.energy) - size), hop)
    sums = [np.concatenate(([0.0], np.cumsum(line.energy, dtype=np.float64))) for line in (source, target)]
    ends = np.minimum(starts + size, len(source.energy))
    sent, heard = ((s[ends] - s[starts]) / np.maximum(1, ends - starts) for s in sums)
    active = (sent > 30 * source.floor[starts]) & (sent > 0.03 * source.loud_power) & (sent > 0)
    chosen = starts[active]
    order = np.argsort(heard[active] / sent[active], kind="stable")
    keep = min(STRETCHES_MAX, (len(chosen) + 1) // 2)
    return [int(s) * HOP for s in chosen[order][:keep]]


def _delay(
    recording: Samples, pair: tuple[int, int], starts: list[int], settings: SpeechSettings
) -> tuple[int, float]:
    window = np.hanning(STRETCH).astype(np.float32)
    cross = np.zeros(STRETCH + 1, dtype=np.complex128)
    for start in starts:
        both = (read_padded(recording, channel, start, start + STRETCH) * window for channel in pair)
        x, y = (np.fft.rfft(samples, 2 * STRETCH) for samples in both)
        scale = float(np.sqrt(np.sum(np.abs(x) ** 2) * np.sum(np.abs(y) ** 2)))
        if scale > 0:
            cross += y * np.conj(x) / scale
    inside = band_bins(settings.band_low_hz, settings.band_high_hz, 2 * STRETCH)
    white = np.zeros_like(cross)
    white[inside] = cross[inside] / np.maximum(np.abs(cross[inside]), 1e-20)
    correlation = np.fft.irfft(white)
    lead = int(LEAD_MS * RATE_HZ / 1000)
    reach = int(settings.leak_delay_max_ms * RATE_HZ / 1000)
    lags = np.abs(np.concatenate((correlation[-lead:], correlation[: reach + 1])))
    peak = int(np.argmax(lags))
    spread = float(np.sqrt(np.mean(correlation**2)))
    prominence = float(lags[peak]) / spread if spread > 0 else 0.0
    # the highest of some thousand random lags stands out about fourfold
    return peak - lead, float(np.clip((prominence - 5.0) / 10.0, 0.0, 1.0))


def _gain(recording: Samples, pair: tuple[int, int], starts: list[int], delay: int) -> tuple[Floats, Floats]:
    """Return the leak's power gain per bin, and the source's mean power there.

    The gain is that of the coherent part alone, ``|mean(Y X*) / mean(|X|^2)|^2``: whatever else is heard in
    the target, noise, babble or its own party, has no fixed phase to the source and averages out.
    """
    source, target = pair
    cross = np.zeros(SPECTRUM_LENGTH // 2 + 1, dtype=np.complex128)
    sent = np.zeros(SPECTRUM_LENGTH // 2 + 1, dtype=np.float64)
    count = 0
    for start in starts:
        frames = (start // HOP, (start + STRETCH) // HOP)
        x = np.fft.rfft(windows(recording, source, frames, SPECTRUM_LENGTH, delay), axis=1)
        y = np.fft.rfft(windows(recording, target, frames, SPECTRUM_LENGTH), axis=1)
        cross += (y * np.conj(x)).sum(axis=0)
        sent += (x.real**2 + x.imag**2).sum(axis=0)
        count += len(x)
    gain = np.abs(cross / np.maximum(sent, 1e-20)) ** 2
    kernel = np.ones(5) / 5
    smooth = np.convolve(np.pad(gain, 2, mode="edge"), kernel, mode="valid")
    return smooth.astype(np.float32), (sent * 2.0 / SPECTRUM_LENGTH / max(1, count)).astype(np.float32)
