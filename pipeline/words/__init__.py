"""What was said: recognised words with times.

The door is `transcribe`; `load_whisper` gives it its recogniser, and `refit` moves its words into the speech
as finally decided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.words.fitting import fit_words
from pipeline.words.placing import refit
from pipeline.words.recognizer import RawWindow, RawWord, Recognizer, Request
from pipeline.words.settings import CleaningSettings, WordSettings
from pipeline.words.speakers import UNWORDED_S, Contested, SpokenWords, give_words, with_more, without_words
from pipeline.words.transcribe import transcribe
from pipeline.words.transcript import Transcript

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.words.whisper import WhisperRecognizer


def load_whisper(folder: Path, settings: WordSettings) -> WhisperRecognizer:
    """Load the Whisper model in a folder.

    Parameters
    ----------
    folder : Path
        Holds model.bin, config.json, tokenizer.json (CTranslate2's format).
    settings : WordSettings
        Its device, arithmetic and threads are taken; its model's name becomes the recogniser's id.

    Raises
    ------
    MissingComponentError, UsageError
        See `WhisperRecognizer`.
    """
    from pipeline.words.whisper import WhisperRecognizer

    return WhisperRecognizer(
        folder,
        settings.model,
        device=settings.device,
        compute_type=settings.compute_type,
        threads=settings.threads,
    )


__all__ = [
    "UNWORDED_S",
    "CleaningSettings",
    "Contested",
    "RawWindow",
    "RawWord",
    "Recognizer",
    "Request",
    "SpokenWords",
    "Transcript",
    "WordSettings",
    "fit_words",
    "give_words",
    "load_whisper",
    "refit",
    "transcribe",
    "with_more",
    "without_words",
]
