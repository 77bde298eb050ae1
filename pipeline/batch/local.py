"""The models of this machine, for a batch: fetched once by the driver, loaded by each worker."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.batch.machine import visible_gpus
from pipeline.stages.models import LocalModels

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.settings import Settings
    from pipeline.stages.models import Progress
    from pipeline.words import Recognizer

_BASE_MB = 1000  # a worker without its speech model, with room for long calls (docs/batch.md)
_PER_MODEL_MB = 1.5  # memory per size of the speech model's files


class ThreadedModels(LocalModels):
    """Models that use as many CPU threads as the worker may, whatever the settings leave open.

    The settings stay as they are: they are part of the result, the number of threads is not.
    """

    def __init__(self, *, offline: bool, threads: int) -> None:
        super().__init__(offline=offline, say=_say, progress=lambda *_: None)
        self._threads = threads

    def recognizer(self, settings: Settings) -> Recognizer:
        """Return the recogniser; see `LocalModels.recognizer`."""
        if settings.words.threads == 0:
            settings = replace(settings, words=replace(settings.words, threads=self._threads))
        return super().recognizer(settings)


def make_local_models(*, offline: bool, threads: int) -> ThreadedModels:
    """Return a worker's models; nothing is loaded yet."""
    return ThreadedModels(offline=offline, threads=threads)


@dataclass(frozen=True)
class Needs:
    """What the models need.

    Parameters
    ----------
    worker_mb : int
        Memory of one worker.
    gpus : tuple of str
        GPUs that they will use.
    """

    worker_mb: int = _BASE_MB
    gpus: tuple[str, ...] = ()


def prepare(settings: Settings, *, offline: bool, say: Callable[[str], None], progress: Progress) -> Needs:
    """Fetch and check what the workers will load, so that each need not do it.

    Raises
    ------
    MissingComponentError
        If a model can't be had.
    """
    if not settings.transcript:
        return Needs()
    from pipeline.weights.store import Kind, resolve

    found = resolve(
        settings.words.model,
        kind=Kind.WHISPER_CT2,
        offline=offline,
        progress=lambda event: progress(f"fetching {event.step}", event.completed, event.total),
        notify=say,
    )
    size_mb = sum(path.stat().st_size for path in found.path.iterdir() if path.is_file()) / 2**20
    gpus: tuple[str, ...] = ()
    if settings.words.device != "cpu":
        import ctranslate2

        gpus = visible_gpus(ctranslate2.get_cuda_device_count())
    return Needs(round(_BASE_MB + _PER_MODEL_MB * size_mb), gpus)


def _say(message: str) -> None:
    print(message, file=sys.stderr)  # noqa: T201 - a worker's only voice
