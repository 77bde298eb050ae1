"""Made-up recordings and models that load nothing, for the tests of the stages."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pipeline.words.recognizer import RawWindow, RawWord

RATE = 8000


@dataclass
class CountingRecognizer:
    """Says one word per second of window, and counts how often it was asked."""

    id: str = "counting"
    languages: frozenset[str] = frozenset({"en", "xx"})
    language: str = "en"
    calls: int = 0

    def detect(self, windows):
        self.calls += 1
        return [{self.language: 0.9} for _ in windows]

    def recognize(self, windows, request):
        self.calls += 1
        return [
            RawWindow(
                tuple(
                    RawWord(f"word{second}", second + 0.1, second + 0.6, 0.9)
                    for second in range(len(window) // 16_000)
                ),
                avg_logprob=-0.2,
            )
            for window in windows
        ]


@dataclass
class CountingModels:
    """Models for the stages that load nothing."""

    heard: CountingRecognizer = field(default_factory=CountingRecognizer)
    asked: int = 0

    def whisper_id(self, settings):
        return settings.words.model, "0" * 64

    def recognizer(self, settings):
        self.asked += 1
        return self.heard

    def silero_id(self):
        return "silero-vad", "1" * 64


def voice(seconds: float, rate: int = RATE, seed: int = 0) -> np.ndarray:
    """A voice-like sound: harmonics of a wandering pitch in syllables."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * rate)) / rate
    pitch = 120 + 25 * np.sin(2 * np.pi * 0.7 * t + rng.uniform(0, 6))
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    tone = sum(np.sin(k * phase + rng.uniform(0, 6)) / k for k in range(2, 20))
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 4 * t + rng.uniform(0, 6))
    return 0.12 * tone * syllables


def write_wav(path: Path, *channels: np.ndarray, rate: int = RATE) -> Path:
    import wave

    samples = np.stack(channels, axis=1)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(samples.shape[1])
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def lanes(seconds: float, *spans: tuple[float, float], seed: int = 0) -> np.ndarray:
    """Voice in the spans, faint noise elsewhere."""
    signal = 0.0005 * np.random.default_rng(seed + 100).standard_normal(int(seconds * RATE))
    for i, (start, end) in enumerate(spans):
        piece = voice(end - start, seed=seed + i)
        at = int(start * RATE)
        signal[at : at + len(piece)] += piece
    return signal
