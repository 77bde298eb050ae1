"""The two models of diarization, loaded from verified files: torch is touched here.

segmentation-3.0 is pyannote.audio's own network; CAM++ is run by `CampplusNetwork` on the filter bank that
torchaudio computes. Neither needs a network, and nothing is unpickled freely.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from pipeline.errors import MissingComponentError
from pipeline.speech.diarization.campplus import BINS, DIMENSION, LEAST_FRAMES, CampplusNetwork
from pipeline.speech.frames import RATE_HZ
from pipeline.speech.pyannote_model import WEIGHTS as SEGMENTATION_WEIGHTS
from pipeline.speech.pyannote_model import load_network

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline.speech.frames import Floats

CAMPPLUS_WEIGHTS = "campplus_cn_en_common.pt"
_BATCH_CPU, _BATCH_GPU = 4, 32  # chunks at once


class VoiceModels(Protocol):
    """What diarization asks of its models."""

    @property
    def batch(self) -> int:
        """How many chunks to give at once."""
        ...

    def segment(self, chunks: Floats) -> Floats:
        """Return the probabilities of the sets of speakers.

        ``(n, 160000) -> (n, frames, 7)``, float32, for chunks of 10 s at 16 kHz in -1..1.
        """
        ...

    def embed(self, stretches: Sequence[Floats]) -> Floats:
        """Return one embedding per stretch of samples, shape (n, dimensions).

        Of length 1; NaN where a stretch is too short.
        """
        ...


@dataclass(frozen=True)
class TorchModels:
    """segmentation-3.0 and CAM++ on the CPU or a GPU.

    Parameters
    ----------
    segmentation : pyannote.audio.Model
    network : CampplusNetwork
    device : str
        ``cpu`` or ``cuda``.
    threads : int
        CPU threads while they run; torch's own setting is put back afterwards.
    """

    segmentation: Any
    network: CampplusNetwork
    device: str = "cpu"
    threads: int = 1

    @property
    def batch(self) -> int:
        """How many chunks to give at once; on one CPU thread more is no faster."""
        return _BATCH_CPU if self.device == "cpu" else _BATCH_GPU

    def segment(self, chunks: Floats) -> Floats:
        """Return the probabilities of the sets of speakers."""
        torch: Any = import_module("torch")
        with _running(torch, self.threads):
            scores = self.segmentation(torch.from_numpy(chunks[:, None, :]).to(self.device))
            probabilities: Floats = scores.exp().cpu().numpy()
        return probabilities

    def embed(self, stretches: Sequence[Floats]) -> Floats:
        """Return one embedding per stretch of samples."""
        torch: Any = import_module("torch")
        kaldi: Any = import_module("torchaudio.compliance.kaldi")
        found = np.full((len(stretches), DIMENSION), np.nan, dtype=np.float32)
        least = (LEAST_FRAMES + 2) * RATE_HZ // 100
        with _running(torch, self.threads):
            for row, samples in zip(found, stretches, strict=True):
                if len(samples) < least:
                    continue
                waveform = torch.from_numpy(samples)[None]
                bank = kaldi.fbank(waveform, num_mel_bins=BINS, sample_frequency=RATE_HZ, dither=0.0)
                voice = self.network((bank - bank.mean(0)).to(self.device))
                row[:] = (voice / voice.norm().clamp(min=1e-9)).cpu().numpy()
        return found


def load_models(segmentation: Path, campplus: Path, device: str = "auto", threads: int = 1) -> TorchModels:
    """Load both models.

    Parameters
    ----------
    segmentation, campplus : Path
        Folders with their files, whose SHA-256 must have been checked.
    device : {"auto", "cpu", "cuda"}
        ``auto``: a GPU if there is one.
    threads : int
        CPU threads.

    Raises
    ------
    MissingComponentError
        If the extra ``mono`` is not installed, or a file is not the model that it should be.
    """
    network = load_network(segmentation / SEGMENTATION_WEIGHTS)
    torch: Any = import_module("torch")
    weights = campplus / CAMPPLUS_WEIGHTS
    try:
        voices = CampplusNetwork(torch.load(weights, map_location="cpu", weights_only=True))
    except Exception as error:  # torch raises many kinds for a file that is not the weights
        raise MissingComponentError(
            f"The voice model {weights.name} does not load.",
            "Fetch it again with: hearout models pull campplus",
        ) from error
    chosen = pick_device(torch, device)
    voices.tensors = {name: tensor.to(chosen) for name, tensor in voices.tensors.items()}
    return TorchModels(network.to(chosen), voices, chosen, threads)


def pick_device(torch: Any, asked: str) -> str:
    """Return ``cpu`` or ``cuda``.

    Raises
    ------
    MissingComponentError
        If a GPU is asked for and torch sees none.
    """
    there = bool(torch.cuda.is_available())
    if asked == "cuda" and not there:
        raise MissingComponentError("torch sees no GPU.", "Use --device cpu, or install torch for your GPU.")
    return "cuda" if there and asked != "cpu" else "cpu"


@contextmanager
def _running(torch: Any, threads: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with torch.inference_mode():
            yield
    finally:
        torch.set_num_threads(before)
