"""Load pyannote segmentation-3.0 from a verified folder: the only file here that touches torch.

`Model.from_pretrained` would unpickle whatever the file holds; here the weights are read with torch's
restricted reader, which builds tensors and the four plain types that the checkpoint names, nothing else.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pipeline.errors import MissingComponentError
from pipeline.speech import segmentation
from pipeline.speech.torchaudio_import import import_torchaudio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pipeline.speech.frames import Floats, Samples

WEIGHTS = "pytorch_model.bin"
NAME = "segmentation"


@dataclass(frozen=True)
class Segmentation:
    """segmentation-3.0 as a `NeuralWitness`.

    Parameters
    ----------
    model : callable
        ``chunks (n, 160000) -> log-probabilities (n, frames, 7)``.
    digest : str
        SHA-256 of the weights.
    step : float
        From one 10 s chunk to the next, as a share of the chunk.
    """

    model: Callable[[Floats], Floats]
    digest: str
    step: float = segmentation.STEP

    @property
    def name(self) -> str:
        """Return the name of the witness."""
        return NAME

    def probabilities(self, recording: Samples, channel: int, gain: float) -> Floats:
        """Return the probability of speech in each 10 ms frame."""
        return segmentation.speech_probabilities(recording, channel, gain, self.model, self.step)


def load_segmentation(
    folder: Path, digest: str, step: float = segmentation.STEP, threads: int = 1
) -> Segmentation:
    """Load the model on the CPU.

    Parameters
    ----------
    folder : Path
        Where ``pytorch_model.bin`` lies; its SHA-256 must have been checked.
    digest : str
        That SHA-256.
    step : float
        From one 10 s chunk to the next, as a share of the chunk.
    threads : int
        CPU threads while it runs; torch's own setting is put back afterwards.

    Raises
    ------
    MissingComponentError
        If the extra ``mono`` is not installed, or the file is not this model.
    """
    network = load_network(folder / WEIGHTS)
    torch: Any = import_module("torch")

    def run(chunks: Floats) -> Floats:
        with _threads(torch, threads), torch.inference_mode():
            scores: Floats = network(torch.from_numpy(chunks[:, None, :])).numpy()
        return scores

    return Segmentation(run, digest, step)


def load_network(path: Path) -> Any:
    """Return the network (`pyannote.audio.Model`), in evaluation mode.

    Raises
    ------
    MissingComponentError
        If the extra ``mono`` is not installed, or the file is not this model.
    """
    import_pyannote()
    torch: Any = import_module("torch")
    task: Any = import_module("pyannote.audio.core.task")
    pyannet: Any = import_module("pyannote.audio.models.segmentation").PyanNet
    plain = [torch.torch_version.TorchVersion, task.Problem, task.Resolution, task.Specifications]
    try:
        with torch.serialization.safe_globals(plain):
            stored = torch.load(path, map_location="cpu", weights_only=True)
        network = pyannet(**stored["hyper_parameters"])
        network.specifications = stored["pyannote.audio"]["specifications"]
        network.build()
        network.load_state_dict(stored["state_dict"])
    except Exception as error:  # torch and pyannote raise many kinds for a file that is not the model
        raise MissingComponentError(
            f"The speech model {path.name} does not load.",
            "Fetch it again with: hearout models pull segmentation-3.0",
        ) from error
    network.eval()
    return network


def import_pyannote() -> None:
    """Import pyannote.audio; its telemetry is off (`pipeline`).

    Raises
    ------
    MissingComponentError
        If the extra ``mono`` is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torchcodec may be missing: audio is passed as samples
            import_torchaudio()
            for module in ("torch", "pyannote.audio", "pyannote.audio.models.segmentation"):
                import_module(module)
    except ImportError as error:
        raise MissingComponentError(
            "Who speaks when on a shared channel is told with the extra packages of mono calls.",
            "Install them with: pip install 'hearout[mono]'",
        ) from error


@contextmanager
def _threads(torch: Any, threads: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
