"""Find where a word of a spoken line begins: speak the prefix, align it with the whole line (DTW)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kit.voices import RATE, speak

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kit.voices import Audio

HOP = RATE // 100  # 10 ms
EDGE_DB = 35.0  # speech lies within this of the line's loud frames
FLOOR_DB = -62.0
BAND = 90  # frames a prefix may run ahead of or behind the whole line


def frame_db(audio: Audio | NDArray[np.float64], hop: int) -> NDArray[np.float64]:
    """Level of each frame of `hop` samples, dB re full scale."""
    n = len(audio) // hop
    frames = audio[: n * hop].astype(np.float64).reshape(n, hop)
    return np.asarray(10 * np.log10(np.mean(frames**2, axis=1) + 1e-10))


def speech_frames(db: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Frames that hold speech: near enough to the loud ones; islands under 30 ms are dropped."""
    active = db > max(float(np.percentile(db, 95)) - EDGE_DB, FLOOR_DB)
    edges = np.flatnonzero(np.diff(np.r_[0, active.astype(np.int8), 0]))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end - start < 3:
            active[start:end] = False
    return active


def _log_mel(audio: Audio, bands: int = 26) -> NDArray[np.float64]:
    """Log mel energies, 25 ms windows every 10 ms, each band centred on its own mean."""
    size, win = 1024, 600
    padded = np.concatenate([audio, np.zeros(win, dtype=np.float32)]).astype(np.float64)
    count = max(1, (len(padded) - win) // HOP)
    index = np.arange(win)[None, :] + HOP * np.arange(count)[:, None]
    power = np.abs(np.fft.rfft(padded[index] * np.hanning(win), size)) ** 2
    mel = np.linspace(2595 * np.log10(1 + 100 / 700), 2595 * np.log10(1 + 7600 / 700), bands + 2)
    hz = 700 * (10 ** (mel / 2595) - 1)
    freqs = np.fft.rfftfreq(size, 1 / RATE)
    up = (freqs[None, :] - hz[:-2, None]) / (hz[1:-1] - hz[:-2])[:, None]
    down = (hz[2:, None] - freqs[None, :]) / (hz[2:] - hz[1:-1])[:, None]
    energies = np.log(power @ np.clip(np.minimum(up, down), 0, None).T + 1e-6)
    return np.asarray(energies)


def _dtw_end(prefix: NDArray[np.float64], whole: NDArray[np.float64]) -> int:
    """The frame of `whole` at which `prefix` ends, both starting together (open end)."""
    centre = prefix.mean(axis=0)
    dist = np.sqrt((((prefix - centre)[:, None, :] - (whole - centre)[None, :, :]) ** 2).sum(axis=2))
    rows, cols = dist.shape
    cost = np.full((rows, cols), np.inf)
    cost[0] = np.cumsum(dist[0])
    for i in range(1, rows):
        for j in range(max(0, i - BAND), min(cols, i + BAND)):
            best = cost[i - 1, j]
            if j:
                best = min(best, cost[i - 1, j - 1], cost[i, j - 1])
            cost[i, j] = best + dist[i, j]
    return int(np.argmin(cost[-1]))


def boundary(text: str, char: int, voice: str, speed: float) -> float:
    """Time in the spoken `text` at which its character `char` (the start of a word) is reached."""
    prefix = text[:char].rstrip()
    whole = speak(text, voice, speed)
    if not prefix:
        return 0.0
    if not text[char:].strip():
        return len(whole) / RATE
    part = speak(prefix, voice, speed, style_of=text)
    last = int(np.flatnonzero(speech_frames(frame_db(part, HOP)))[-1])
    end = _dtw_end(_log_mel(part)[: max(4, last - 2)], _log_mel(whole))
    return (end + 3) * HOP / RATE


def inside_word(text: str, char: int, voice: str, speed: float) -> float:
    """Time of a character in the middle of a word, between the word's edges in proportion."""
    start = text.rfind(" ", 0, char) + 1
    end = text.find(" ", char)
    end = len(text) if end < 0 else end
    if start == char:
        return boundary(text, char, voice, speed)
    first, last = boundary(text, start, voice, speed), boundary(text, end, voice, speed)
    share = (char - start) / max(1, len(text[start:end].rstrip(".,!?")))
    return first + (last - first) * min(1.0, share)


def full_voice(audio: Audio, at: float, window: float = 0.12) -> float:
    """The moment near `at` at which the last 100 ms are loudest: where a person is cut off at full voice."""
    db = frame_db(audio, HOP)
    best, best_score = at, -np.inf
    for frame in range(int((at - window) * 100), int((at + window) * 100) + 1):
        if not 12 <= frame <= len(db):
            continue
        last = db[frame - 10 : frame]
        score = 10 * np.log10(np.mean(10 ** (last / 10))) + 0.5 * last[-3:].mean()
        score -= 25 * abs(frame / 100 - at)
        if score > best_score:
            best, best_score = frame / 100, float(score)
    return best


def quiet_point(audio: Audio, at: float, window: float = 0.09) -> float:
    """The quietest moment near `at`: where a voice pauses between two words."""
    db = np.convolve(frame_db(audio, HOP), np.ones(3) / 3, mode="same")
    low, high = max(0, int((at - window) * 100)), min(len(db), int((at + window) * 100) + 1)
    frames = np.arange(low, high)
    score = db[low:high] + 40 * np.abs(frames / 100 - at)
    return float(frames[int(np.argmin(score))] + 0.5) / 100
