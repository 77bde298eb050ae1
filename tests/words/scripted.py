"""A stand-in for the recogniser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.words import RawWindow, RawWord, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np


class ScriptedRecognizer:
    """Gives each window what a function of its samples and the request says."""

    id = "scripted"

    def __init__(
        self,
        hear: Callable[[np.ndarray, Request], RawWindow],
        languages: frozenset[str] = frozenset({"en", "de"}),
        detected: Callable[[np.ndarray], Mapping[str, float]] = lambda window: {"en": 1.0},
    ) -> None:
        self.hear = hear
        self.languages = languages
        self.detected = detected
        self.groups: list[int] = []
        self.requests: list[Request] = []
        self.heard_for_language = 0

    def detect(self, windows: Sequence[np.ndarray]) -> list[Mapping[str, float]]:
        self.heard_for_language += len(windows)
        return [self.detected(window) for window in windows]

    def recognize(self, windows: Sequence[np.ndarray], request: Request) -> list[RawWindow]:
        self.groups.append(len(windows))
        self.requests.append(request)
        return [self.hear(window, request) for window in windows]


def recorded_window(data: Mapping[str, Any]) -> RawWindow:
    """A window as it lies in recorded/raw_windows.json."""
    words = tuple(RawWord(*word) for word in data["words"])
    return RawWindow(words, *(data[key] for key in ("avg_logprob", "no_speech_prob", "compression_ratio")))


def raw(*words: tuple[str, float, float] | tuple[str, float, float, float], **numbers: float) -> RawWindow:
    """A window from (text, start_s, end_s[, probability]) words."""
    return RawWindow(tuple(RawWord(*w) if len(w) == 4 else RawWord(*w, 0.9) for w in words), **numbers)
