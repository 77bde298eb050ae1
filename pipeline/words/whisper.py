"""Whisper through faster-whisper, behind the `Recognizer` port.

Windows are encoded one at a time (on CPUs that is faster than together) and decoded together, since a
decoder step costs nearly the same for one window as for eight. Only the public methods of
``faster_whisper.WhisperModel`` are used. Its own pipelines are not: they detect voices or languages by
themselves, and their fallback draws random numbers from a generator that can't be seeded twice, so that
a result would depend on what ran before.
"""

from __future__ import annotations

import math
import os
import zlib
from typing import TYPE_CHECKING, Any

from pipeline.errors import MissingComponentError, UsageError
from pipeline.words.recognizer import RawWindow, RawWord

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pipeline.words.recognizer import Request, Samples

_HOP = 160  # samples per frame of the spectrogram, at 16 kHz
_MAX_FRAMES = 3000  # 30 s
_MAX_TOKENS_PER_S = 12  # nobody speaks faster; fluent English is about 4
_MIN_TOKENS = 24
_PREPENDED = "\"'“¿([{-"
_APPENDED = "\"'.。,，!！?？:：”)]}、"
_FILES = ("model.bin", "config.json", "tokenizer.json")
_CAREFUL_NGRAM = 6  # tokens that a second try may not repeat


class WhisperRecognizer:
    """A Whisper model in CTranslate2's format.

    Parameters
    ----------
    folder : Path
        Holds model.bin, config.json, tokenizer.json.
    model_id : str
        Its name for the result file, such as "whisper-base".
    device : {"auto", "cpu", "cuda"}
        Where it runs.
    compute_type : str
        CTranslate2's name of the arithmetic; "auto" is int8 on a CPU, float16 on a GPU.
    threads : int
        CPU threads; 0: as many as this process may use.

    Raises
    ------
    MissingComponentError
        If the folder lacks a file or doesn't hold such a model.
    UsageError
        If this machine can't do the device or the arithmetic.
    """

    def __init__(
        self,
        folder: Path,
        model_id: str,
        *,
        device: str = "auto",
        compute_type: str = "auto",
        threads: int = 0,
    ) -> None:
        for name in _FILES:
            if not (folder / name).is_file():
                raise MissingComponentError(
                    f"The speech model in {folder} lacks its file {name}.",
                    "Get it with `hearout models pull`, or name another folder.",
                )
        import ctranslate2
        from faster_whisper import WhisperModel

        if device == "auto":
            device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
        if compute_type == "auto":
            compute_type = "int8" if device == "cpu" else "float16"
        try:
            self._model: Any = WhisperModel(
                str(folder),
                device=device,
                compute_type=compute_type,
                cpu_threads=threads or available_cores(),
                local_files_only=True,
            )
        except ValueError as error:  # CTranslate2: no such device or arithmetic here
            raise UsageError(
                f"This machine can't run the speech model on {device} with {compute_type}: {error}.",
                "Choose another device or compute type.",
            ) from error
        except Exception as error:  # its reader raises RuntimeError, the tokenizer's a bare Exception
            raise MissingComponentError(
                f"The folder {folder} doesn't hold a Whisper model that can be read: {error}.",
                "Get it again with `hearout models pull`.",
            ) from error
        self._id = model_id
        self._device = device
        self._tokenizers: dict[str, Any] = {}

    @property
    def id(self) -> str:
        """Which model this is."""
        return self._id

    @property
    def device(self) -> str:
        """Where it runs: "cpu" or "cuda"."""
        return self._device

    @property
    def languages(self) -> frozenset[str]:
        """Codes of the languages the model knows."""
        return frozenset(self._model.supported_languages)

    def detect(self, windows: Sequence[Samples]) -> list[Mapping[str, float]]:
        """Return for each window the probability of each language."""
        if not self._model.model.is_multilingual:
            return [{"en": 1.0} for _ in windows]
        heard: list[Mapping[str, float]] = []
        for window in windows:
            (found,) = self._model.model.detect_language(self._encode([window]))
            heard.append({token[2:-2]: float(probability) for token, probability in found})
        return heard

    def recognize(self, windows: Sequence[Samples], request: Request) -> list[RawWindow]:
        """Return what is said in each window.

        Raises
        ------
        ValueError
            If a window is longer than 30 s.
        UsageError
            If the model doesn't know the language.
        """
        if not windows:
            return []
        if max(len(window) for window in windows) > _HOP * _MAX_FRAMES:
            raise ValueError("a window is 30 s long at most")
        tokenizer = self._tokenizer(request.language)
        encoded = self._encode(windows)
        results = self._generate(encoded, windows, tokenizer, request)
        segments: list[list[dict[str, Any]]] = [
            [{"tokens": list(result.sequences_ids[0]), "seek": 0, "start": 0.0, "end": len(window) / 16_000}]
            for result, window in zip(results, windows, strict=True)
        ]
        frames = [math.ceil(len(window) / _HOP) for window in windows]
        self._model.add_word_timestamps(segments, tokenizer, encoded, frames, _PREPENDED, _APPENDED, 0.0)
        return [
            _raw_window(result, segment["words"], tokenizer.decode(segment["tokens"]))
            for result, (segment,) in zip(results, segments, strict=True)
        ]

    def _tokenizer(self, language: str) -> Any:
        from faster_whisper.tokenizer import Tokenizer

        if language not in self.languages:
            known = "English only" if len(self.languages) == 1 else f"{len(self.languages)} others"
            raise UsageError(
                f'The speech model {self._id} doesn\'t know the language "{language}", but {known}.',
                'Choose another model, or the language "auto".',
            )
        if language not in self._tokenizers:
            self._tokenizers[language] = Tokenizer(
                self._model.hf_tokenizer,
                self._model.model.is_multilingual,
                task="transcribe",
                language=language,
            )
        return self._tokenizers[language]

    def _encode(self, windows: Sequence[Samples]) -> Any:
        import ctranslate2
        import numpy as np
        from faster_whisper.audio import pad_or_trim

        features = [
            pad_or_trim(self._model.feature_extractor(window)[..., :-1], _MAX_FRAMES) for window in windows
        ]
        if self._device != "cpu" or len(windows) == 1:
            return self._model.encode(np.stack(features))
        states = [np.asarray(self._model.encode(one)) for one in features]
        return ctranslate2.StorageView.from_array(np.concatenate(states))

    def _generate(self, encoded: Any, windows: Sequence[Samples], tokenizer: Any, request: Request) -> Any:
        from faster_whisper.transcribe import get_suppressed_tokens

        prompt = self._model.get_prompt(
            tokenizer,
            [],
            without_timestamps=True,
            hotwords=", ".join(request.hotwords) or None,
        )
        longest_s = max(len(window) for window in windows) / 16_000
        room = _MIN_TOKENS + math.ceil(longest_s * _MAX_TOKENS_PER_S)
        return self._model.model.generate(
            encoded,
            [prompt] * len(windows),
            beam_size=request.beam_size,
            max_length=min(self._model.max_length, len(prompt) + room),
            no_repeat_ngram_size=_CAREFUL_NGRAM if request.careful else 0,
            return_scores=True,
            return_no_speech_prob=True,
            suppress_tokens=list(get_suppressed_tokens(tokenizer, [-1])),
        )


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _raw_window(result: Any, words: Sequence[Mapping[str, Any]], text: str) -> RawWindow:
    count = len(result.sequences_ids[0])
    data = text.strip().encode()
    return RawWindow(
        words=_joined(words),
        avg_logprob=float(result.scores[0]) * count / (count + 1),
        no_speech_prob=min(1.0, max(0.0, float(result.no_speech_prob))),
        compression_ratio=len(data) / len(zlib.compress(data)) if data else 0.0,
    )


def _joined(parts: Sequence[Mapping[str, Any]]) -> tuple[RawWord, ...]:
    """Return the parts as words.

    A part that Whisper wrote without a blank before it ("high", "-end") belongs to the word before;
    in writing without blanks (Chinese, …) each part is a word.
    """
    blanks = any(str(part["word"]).startswith(" ") for part in parts[1:])
    words: list[RawWord] = []
    for part in parts:
        text = str(part["word"])
        if not text.strip():
            continue
        start_s = float(part["start"])
        end_s = max(start_s, float(part["end"]))
        probability = min(1.0, max(0.0, float(part["probability"])))
        if words and blanks and not text.startswith(" "):
            last = words.pop()
            text = last.text + text
            start_s, end_s = last.start_s, max(last.end_s, end_s)
            probability = (last.probability + probability) / 2
        words.append(RawWord(text.strip(), start_s, end_s, probability))
    return tuple(words)
