"""Made-up recordings and models that load nothing, for the tests of the stages."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from pipeline.audio import open_recording
from pipeline.errors import MissingComponentError
from pipeline.words.recognizer import RawWindow, RawWord

RATE = 16_000
SAMPLES = Path(__file__).parents[2] / "samples"


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

    def segmentation_id(self, settings):
        return None

    def witnesses(self, settings):
        return ()

    def diarizer_ids(self, settings):
        raise MissingComponentError("Telling speakers apart is not to be had.", "Have it.")

    def sentences_id(self, settings):
        return None

    def embedder(self, settings):
        return None


@cache
def spoken() -> np.ndarray:
    """Return a sample's customer without the pauses: real (well, neural) speech, as floats at `RATE`."""
    truth = json.loads((SAMPLES / "leap_model.truth.json").read_text(encoding="utf-8"))
    channel = 1 if truth["agent_channel"] == "left" else 0
    with open_recording(SAMPLES / "leap_model.dual.flac") as recording:
        pieces = [
            recording.read(channel, round(start_s * RATE), round(end_s * RATE))
            for start_s, end_s in truth["speech"]["customer"]
        ]
    return np.concatenate(pieces) / 32768


def voice(seconds: float, seed: int = 0) -> np.ndarray:
    """Return so much speech, from another place for another seed."""
    said = spoken()
    start = seed * 3 * RATE % (len(said) - int(seconds * RATE))
    return said[start : start + int(seconds * RATE)]


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
