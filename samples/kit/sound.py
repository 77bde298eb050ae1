"""From the placed clean speech to a recorded telephone call: band, noise, cross-talk, clipping, G.711."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.signal import butter, lfilter, sosfilt

from kit.place import OUT_RATE, PlacedSound, Signal, Stage, spans_of, telephone_band

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROLES = ("agent", "customer")


def _rng(stage: Stage, name: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(f"{stage.dialogue.call_id}/{name}".encode()))


def _rms(x: Signal) -> float:
    return float(np.sqrt(np.mean(x**2))) if len(x) else 0.0


def _slow(rng: np.random.Generator, n: int, seconds: float, depth_db: float) -> Signal:
    """A slow random level, as a factor."""
    points = rng.standard_normal(int(n / OUT_RATE / seconds) + 3)
    db = np.interp(np.arange(n) / OUT_RATE / seconds, np.arange(len(points)), points) * depth_db / 2
    return np.asarray(10 ** (db / 20))


def noise(kind: str, n: int, rng: np.random.Generator) -> Signal:
    """Line noise (`line`), an office (`office`), a street with passing cars (`street`), about unit level."""
    white = rng.standard_normal(n)
    tilt = np.asarray(lfilter([1.0], [1.0, -1.7, 0.72], white))
    tilt /= _rms(tilt)
    if kind == "line":
        return tilt
    if kind == "office":
        return tilt * _slow(rng, n, 0.7, 3.0)
    rumble = np.asarray(sosfilt(butter(2, 700, fs=OUT_RATE, output="sos"), tilt))
    rumble /= _rms(rumble)
    street = rumble * _slow(rng, n, 1.5, 4.0) + 0.25 * tilt
    t = np.arange(n) / OUT_RATE
    for when in np.arange(rng.uniform(2, 8), n / OUT_RATE, 11.0):  # cars pass
        wide = rng.uniform(1.2, 2.2)
        street += 1.6 * np.exp(-(((t - when) / wide) ** 2)) * rng.permutation(rumble) * 0.2
        street += 1.2 * np.exp(-(((t - when) / wide) ** 2)) * tilt
    return street


def _clean(stage: Stage, role: str) -> Signal:
    """The speech of one party, brought to its level as a whole."""
    out = np.zeros(round(stage.duration * OUT_RATE) + OUT_RATE)
    for placed in stage.lines:
        if placed.line.speaker == role:
            at = round(placed.start * OUT_RATE)
            out[at : at + len(placed.audio)] += placed.audio
    out = telephone_band(out[: round(stage.duration * OUT_RATE)])
    level = float(stage.dialogue.audio.get("level_dbfs", {}).get(role, -24.0))
    return out * (10 ** (level / 20) / _rms(out[speech_mask(stage, role)]))


def speech_mask(stage: Stage, role: str) -> NDArray[np.bool_]:
    """Samples in which a party speaks."""
    mask = np.zeros(round(stage.duration * OUT_RATE), dtype=bool)
    for a, b in spans_of(stage, role, join=0.05):
        mask[round(a * OUT_RATE) : round(b * OUT_RATE)] = True
    return mask


def _tone(freqs: tuple[float, ...], seconds: float) -> Signal:
    t = np.arange(int(seconds * OUT_RATE)) / OUT_RATE
    return np.asarray(sum(np.sin(2 * np.pi * f * t) for f in freqs) / len(freqs))


def _music(seconds: float) -> Signal:
    """Plain hold music: a slow arpeggio with soft decays."""
    notes = [392.0, 493.9, 587.3, 784.0, 587.3, 493.9, 440.0, 523.3, 659.3, 880.0, 659.3, 523.3]
    out, step = np.zeros(int(seconds * OUT_RATE) + OUT_RATE), 0.42
    for k in range(int(seconds / step)):
        f = notes[k % len(notes)]
        t = np.arange(int(0.9 * OUT_RATE)) / OUT_RATE
        tone = (np.sin(2 * np.pi * f * t) + 0.4 * np.sin(4 * np.pi * f * t)) * np.exp(-3.2 * t)
        at = int(k * step * OUT_RATE)
        out[at : at + len(tone)] += tone[: len(out) - at]
    out = out[: int(seconds * OUT_RATE)]
    fade = int(0.1 * OUT_RATE)
    out[:fade] *= np.linspace(0, 1, fade)
    out[-fade:] *= np.linspace(1, 0, fade)
    return out / _rms(out)


def _keys(seconds: float, rng: np.random.Generator) -> Signal:
    """Key clicks: short bursts at a typist's pace."""
    out, at = np.zeros(int(seconds * OUT_RATE)), 0.05
    while at < seconds - 0.05:
        n = int(rng.uniform(0.006, 0.014) * OUT_RATE)
        click = rng.standard_normal(n) * np.exp(-np.arange(n) / (n / 3)) * rng.uniform(0.5, 1.0)
        start = int(at * OUT_RATE)
        out[start : start + n] += click
        at += rng.choice([0.11, 0.14, 0.19, 0.32]) * rng.uniform(0.8, 1.2)
    return out


def _extra(item: PlacedSound, rng: np.random.Generator, speech_rms: float) -> Signal:
    seconds = item.sound.seconds
    if item.sound.kind == "hold":
        silent = item.sound.fill != "music"
        return np.zeros(int(seconds * OUT_RATE)) if silent else 0.35 * speech_rms * _music(seconds)
    if item.sound.kind == "ring":
        return 0.5 * speech_rms * _tone((400.0, 450.0), seconds)
    return 0.9 * speech_rms * _keys(seconds, rng)


def _breaths(stage: Stage, role: str, rng: np.random.Generator, speech_rms: float) -> Signal:
    out = np.zeros(round(stage.duration * OUT_RATE))
    for placed in stage.lines:
        if placed.line.breath and placed.line.speaker == role:
            n = int(0.38 * OUT_RATE)
            swell = np.sin(np.pi * np.linspace(0, 1, n)) ** 1.5 * rng.standard_normal(n) * speech_rms * 0.05
            at = round((placed.start - 0.45) * OUT_RATE)
            if at > 0:
                out[at : at + n] += swell
    return out


def g711(x: Signal, law: str) -> NDArray[np.int16]:
    """Encode to G.711 and back, as 16 bit."""
    pcm = np.clip(np.round(x * 32768), -32768, 32767)
    sign, mag = np.where(pcm < 0, -1, 1), np.abs(pcm)
    if law == "a":
        mag = np.minimum(mag, 32767)
        exp = np.maximum(0, np.floor(np.log2(np.maximum(mag, 1))).astype(int) - 7)
        step = np.where(exp <= 1, 16.0, 8.0 * 2.0**exp)
        out = np.floor(mag / step) * step + step / 2
    else:
        mag = np.minimum(mag, 32635) + 132
        exp = np.floor(np.log2(mag)).astype(int) - 7
        step = 8.0 * 2.0**exp
        out = np.floor(mag / step) * step + step / 2 - 132
    return np.asarray(sign * out, dtype=np.int16)


def _leak(x: Signal, setting: dict[str, Any]) -> Signal:
    """Speech of the other channel as it comes back: later, softer, coloured."""
    sos = butter(2, (350.0, 1700.0), btype="bandpass", fs=OUT_RATE, output="sos")
    coloured = np.asarray(sosfilt(sos, x))
    coloured *= _rms(x) / max(_rms(coloured), 1e-12) * 10 ** (float(setting["db"]) / 20)
    delay = round(float(setting["delay_ms"]) * OUT_RATE / 1000)
    return np.concatenate([np.zeros(delay), coloured[: len(coloured) - delay]])


def record(stage: Stage) -> tuple[NDArray[np.int16], dict[str, Any]]:
    """The stereo recording (left, right) and what was measured on it."""
    audio = stage.dialogue.audio
    n = round(stage.duration * OUT_RATE)
    clean = {role: _clean(stage, role) for role in ROLES}
    channels, measured = {}, {}
    for role in ROLES:
        rng = _rng(stage, role)
        mask = speech_mask(stage, role)
        speech_rms = _rms(clean[role][mask])
        out = clean[role] + telephone_band(_breaths(stage, role, rng, speech_rms))
        for item in stage.sounds:
            if item.sound.channel == role:
                at = round(item.start * OUT_RATE)
                extra = _extra(item, rng, speech_rms)[: n - at]
                out[at : at + len(extra)] += telephone_band(extra)
        bed = telephone_band(noise(str(audio.get("noise", {}).get(role, "line")), n, rng))
        bed *= speech_rms / _rms(bed) * 10 ** (-float(audio.get("snr_db", {}).get(role, 30.0)) / 20)
        out = out + bed
        for setting in audio.get("crosstalk", []):
            if setting["into"] == role:
                out = out + _leak(clean["customer" if role == "agent" else "agent"], setting)
        clipped = np.abs(out) >= 1.0
        channels[role] = g711(np.clip(out, -1.0, 1.0), str(audio.get("law", "a")))
        coded = channels[role].astype(float) / 32768
        measured[role] = {
            "speech_dbfs": round(20 * np.log10(_rms(coded[mask])), 1),
            "snr_db": round(20 * np.log10(speech_rms / _rms(bed)), 1),
            "clipped_share": round(float(np.mean(clipped)), 5),
        }
    order = ROLES if stage.dialogue.agent_channel == "left" else ROLES[::-1]
    return np.stack([channels[role] for role in order], axis=1), measured
