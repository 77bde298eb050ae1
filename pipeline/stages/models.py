"""The models of this machine: checked, loaded when first needed, kept for the next call."""

from __future__ import annotations

from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from pipeline.errors import MissingComponentError
from pipeline.stages.diarizers import Fetching, find_diarizer, load_diarizer
from pipeline.weights import registry
from pipeline.weights.store import Kind, resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.moves.embedding import Embedder
    from pipeline.settings import Settings
    from pipeline.speech import NeuralWitness
    from pipeline.stages.speakers import Diarizer
    from pipeline.weights.progress import Progress as Download
    from pipeline.weights.store import ResolvedModel
    from pipeline.words import Recognizer

    Progress = Callable[[str, float, float | None], None]

_SILERO = "silero-vad-v6"  # comes with an installed package, never fetched
_SENTENCES = "minilm"


class Models(Protocol):
    """Where the stages get their models from; loaded when first needed, kept for the next call."""

    def whisper_id(self, settings: Settings) -> tuple[str, str]:
        """Return the recogniser's name and SHA-256 without loading it."""
        ...

    def recognizer(self, settings: Settings) -> Recognizer:
        """Return the loaded recogniser."""
        ...

    def silero_id(self) -> tuple[str, str]:
        """Return the neural speech detector's name and SHA-256 without loading it."""
        ...

    def segmentation_id(self, settings: Settings) -> tuple[str, str] | None:
        """Return name and SHA-256 of the segmentation model, or ``None`` if it is not to be heard."""
        ...

    def witnesses(self, settings: Settings) -> tuple[NeuralWitness, ...]:
        """Return the further neural witnesses of speech, loaded."""
        ...

    def diarizer_ids(self, settings: Settings) -> dict[str, tuple[str, str]]:
        """Return names and SHA-256 of the models that tell speakers on one channel apart, fetched if need be.

        Raises
        ------
        MissingComponentError
            If they or the packages that they need can't be had.
        """
        ...

    def diarizer(self, settings: Settings) -> Diarizer:
        """Return those models, loaded."""
        ...

    def sentences_id(self, settings: Settings) -> tuple[str, str] | None:
        """Return name and SHA-256 of the sentence model, fetched if need be; ``None``: there is none."""
        ...

    def embedder(self, settings: Settings) -> Embedder | None:
        """Return the loaded sentence model."""
        ...


class LocalModels:
    """Gets models from the store (`pipeline.weights`) and keeps them loaded.

    Parameters
    ----------
    offline : bool
        Fetch nothing.
    say : callable
        Receives one line for people, such as what is fetched.
    progress : callable
        Called with (step, completed, total) while fetching.
    """

    def __init__(self, *, offline: bool, say: Callable[[str], None], progress: Progress) -> None:
        self._offline = offline
        self._say = say
        self._progress = progress
        self._loaded: dict[tuple[str, ...], Recognizer] = {}
        self._diarizers: dict[tuple[str, str], Diarizer] = {}

    def whisper_id(self, settings: Settings) -> tuple[str, str]:
        """Return the recogniser's id and SHA-256; a published model need not be there for that."""
        spec = registry.find(settings.words.model)
        if spec is not None and spec.files[0].sha256 is not None:
            return spec.id, spec.files[0].sha256
        found = resolve(settings.words.model, kind=Kind.WHISPER_CT2, offline=True)
        return found.id, found.digest

    def recognizer(self, settings: Settings) -> Recognizer:
        """Return the recogniser, fetched, checked and loaded on first use.

        Raises
        ------
        MissingComponentError
            If its files can't be had or are not what their digests say.
        """
        from pipeline.words import load_whisper

        words = settings.words
        key = (words.model, words.device, words.compute_type)
        if key not in self._loaded:
            found = resolve(
                words.model,
                kind=Kind.WHISPER_CT2,
                offline=self._offline,
                progress=self._draw,
                notify=self._say,
            )
            self._loaded[key] = load_whisper(found.path, words)
        return self._loaded[key]

    def silero_id(self) -> tuple[str, str]:
        """Return the neural speech detector's id and SHA-256."""
        found = resolve(_SILERO, kind=Kind.VAD, offline=True)
        return found.id, found.sha256

    def segmentation_id(self, settings: Settings) -> tuple[str, str] | None:
        """Return id and SHA-256 of pyannote's segmentation model if it is to be heard, else ``None``.

        Raises
        ------
        MissingComponentError
            If it is asked for (``on``) and the extra or the weights are missing.
        """
        found = self._segmentation(settings)
        return (found.id, found.sha256) if found else None

    def witnesses(self, settings: Settings) -> tuple[NeuralWitness, ...]:
        """Return the further neural witnesses of speech, loaded."""
        found = self._segmentation(settings)
        if found is None:
            return ()
        from pipeline.speech.pyannote_model import load_segmentation

        return (load_segmentation(found.path, found.sha256),)

    def diarizer_ids(self, settings: Settings) -> dict[str, tuple[str, str]]:
        """Return names and SHA-256 of the models that tell speakers on one channel apart, fetched if need be.

        Raises
        ------
        MissingComponentError
            If they or the packages that they need can't be had.
        """
        found = self._diarization(settings.diarization.diarizer)
        return {name: (model.id, model.sha256) for name, model in found.items()}

    def diarizer(self, settings: Settings) -> Diarizer:
        """Return those models, loaded on first use."""
        chosen, device = settings.diarization.diarizer, settings.words.device
        if (chosen, device) not in self._diarizers:
            found = self._diarization(chosen)
            self._diarizers[chosen, device] = load_diarizer(found, device)
        return self._diarizers[chosen, device]

    def _diarization(self, diarizer: str) -> dict[str, ResolvedModel]:
        return find_diarizer(diarizer, Fetching(self._offline, self._draw, self._say))

    def sentences_id(self, settings: Settings) -> tuple[str, str] | None:
        """Return id and SHA-256 of the sentence model, or ``None`` if it can't be had."""
        found = self._sentences if settings.moves.sentence_model else None
        return (found.id, found.digest) if found else None

    def embedder(self, settings: Settings) -> Embedder | None:
        """Return the sentence model, loaded on first use, or ``None`` if it can't be had."""
        return self._embedder if settings.moves.sentence_model else None

    @cached_property
    def _sentences(self) -> ResolvedModel | None:
        try:
            return resolve(_SENTENCES, offline=self._offline, progress=self._draw, notify=self._say)
        except MissingComponentError:  # moves are found by patterns alone; the result says so
            return None

    @cached_property
    def _embedder(self) -> Embedder | None:
        from pipeline.moves.embedding import MiniLmEmbedder

        return MiniLmEmbedder(self._sentences.path) if self._sentences else None

    def _segmentation(self, settings: Settings) -> ResolvedModel | None:
        mode = settings.speech.segmentation
        if mode == "off":
            return None
        try:
            if find_spec("pyannote") is None or find_spec("torch") is None:
                raise MissingComponentError(
                    "The segmentation model needs the extra 'mono' (pyannote.audio, torch).",
                    "Install it with: pip install 'hearout[mono]'",
                )
            return resolve(
                "segmentation-3.0",
                kind=Kind.SEGMENTATION,
                offline=self._offline or mode == "auto",
                progress=self._draw,
                notify=self._say,
            )
        except MissingComponentError:
            if mode == "auto":
                return None
            raise

    def _draw(self, event: Download) -> None:
        self._progress(f"fetching {event.step}", event.completed, event.total)
