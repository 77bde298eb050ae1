"""Models and recordings for the tests of batches; worker processes import this file by its name, too."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import replace
from pathlib import Path

from stages.made import CountingModels, CountingRecognizer, lanes, write_wav

from pipeline.batch.options import BatchOptions
from pipeline.batch.settings import BatchSettings
from pipeline.settings import Settings
from pipeline.words.recognizer import RawWord

MODELS = "batch.fakes:make_models"
TROUBLE = "batch.fakes:make_troubled_models"
TROUBLE_VARIABLE = "HEAROUT_TEST_TROUBLE"
LONG_S = 5.0


def make_models(*, offline, threads):
    """Return models that load nothing; a language without a pack, so that nothing else is loaded either."""
    return CountingModels(CountingRecognizer(language="xx"))


class TroubledRecognizer(CountingRecognizer):
    """Gets into trouble with long speech: which trouble, the name of a file says."""

    def recognize(self, windows, request):
        for path in sorted(Path(os.environ[TROUBLE_VARIABLE]).glob("*")):
            if max(len(window) for window in windows) > LONG_S * 16_000:
                trouble(path.name, path)
        return super().recognize(windows, request)


def trouble(name, path):
    """Make the worker hang, die, die once, grow, or fail."""
    if name == "hang":
        path.with_name("hung").touch()
        threading.Event().wait()
    elif name == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif name == "dieonce":
        path.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    elif name == "fault":
        raise RuntimeError("the customer said: my secret")
    elif name == "memory":
        raise MemoryError


def make_troubled_models(*, offline, threads):
    """Return models that get into trouble; see `TroubledRecognizer`."""
    return CountingModels(TroubledRecognizer(language="xx"))


def record(path, seconds=3.0, seed=0):
    """Write a dual recording in which the agent talks longer than the customer."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_wav(
        path,
        lanes(seconds, (0.3, seconds - 1.2), seed=seed),
        lanes(seconds, (seconds - 1, seconds - 0.2), seed=seed + 20),
    )


def options(source, out, *, batch=None, models=MODELS, **changes):
    """Return options with one worker, and a need of memory that does not hang on this machine."""
    batch = replace(BatchSettings(workers=1, worker_mb=2000, name_patterns=()), **(batch or {}))
    return BatchOptions(str(source), out, Settings(), batch, models=models, **changes)


class ThankingRecognizer(CountingRecognizer):
    """Understands long speech as thanks to the customer."""

    def recognize(self, windows, request):
        heard = super().recognize(windows, request)
        return [
            replace(found, words=thanks()) if len(window) > 4 * 16_000 else found
            for window, found in zip(windows, heard, strict=True)
        ]


def thanks():
    """Return their words."""
    said = ["Thank", "you", "so", "much", "for", "your", "patience."]
    return tuple(RawWord(word, 0.5 + 0.4 * k, 0.85 + 0.4 * k, 0.95) for k, word in enumerate(said))


def make_thanking_models(*, offline, threads):
    """Return models that hear the agent of a long call thank the customer."""
    return CountingModels(ThankingRecognizer())
