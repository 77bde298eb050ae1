"""The optional second neural witness: pyannote segmentation-3.0, run over one channel.

Chunks of 10 s, each overlapping the next by half; of the seven sets of speakers that the model tells apart
(powerset encoding) only "nobody" matters here. This file needs no torch: the model is a callable.
Source: A. Plaquet and H. Bredin, "Powerset multi-class cross entropy loss for neural speaker diarization",
Interspeech 2023; MIT licence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from pipeline.speech.frames import HOP, frame_count, read_padded

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.speech.frames import Floats, Samples

CHUNK = 1000  # frames, 10 s: what the model was trained on
STEP = 0.5  # of a chunk; a tenth gives hardly better probabilities for five times the time
BATCH = 4  # chunks at once; more is no faster on one thread
NOBODY = 0  # the class that is the empty set of speakers


class NeuralWitness(Protocol):
    """A further neural detector of speech, told apart by its name and its model's SHA-256."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def digest(self) -> str: ...  # noqa: D102
    def probabilities(self, recording: Samples, channel: int, gain: float) -> Floats:
        """Return the probability of speech in each 10 ms frame, float32, shape (frames,).

        `gain` is the factor to put on the samples first, so that the level of the line does not matter.
        """
        ...


def speech_probabilities(
    recording: Samples,
    channel: int,
    gain: float,
    model: Callable[[Floats], Floats],
    step: float = STEP,
) -> Floats:
    """Return the probability that anybody speaks in each 10 ms frame.

    Parameters
    ----------
    recording : Samples
        The call.
    channel : int
        Which channel.
    gain : float
        Factor put on the samples first.
    model : callable
        ``chunks (n, 160000), float32 -> log-probabilities (n, frames, classes)``; the frames of a chunk are
        evenly spread over it.
    step : float
        From one chunk to the next, as a share of the chunk, above 0 and at most 1.

    Returns
    -------
    ndarray, float32, shape (frames,)
        Mean over the chunks that hold the frame.

    Raises
    ------
    ValueError
        If `step` is out of range.
    """
    if not 0 < step <= 1:
        raise ValueError(f"the step must be above 0 and at most 1, not {step}")
    n_frames = frame_count(recording)
    hop = max(1, round(CHUNK * step))
    starts = [*range(0, max(1, n_frames - CHUNK + hop), hop)] if n_frames else []
    total = np.zeros(n_frames, dtype=np.float32)
    count = np.zeros(n_frames, dtype=np.float32)
    for i in range(0, len(starts), BATCH):
        batch = starts[i : i + BATCH]
        chunks = [read_padded(recording, channel, s * HOP, (s + CHUNK) * HOP) for s in batch]
        scores = model(np.stack([_levelled(chunk, gain) for chunk in chunks]))
        for start, found in zip(batch, scores, strict=True):
            last = min(n_frames, start + CHUNK)
            total[start:last] += _on_grid(found)[: last - start]
            count[start:last] += 1
    mean: Floats = (total / np.maximum(count, 1)).astype(np.float32)
    return mean


def _levelled(samples: Floats, gain: float) -> Floats:
    levelled: Floats = np.clip((samples - samples.mean()) * gain, -1.0, 1.0).astype(np.float32)
    return levelled


def _on_grid(scores: Floats) -> Floats:
    """Return the probability of anybody in each frame of a chunk, from scores on the model's own frames."""
    anybody = np.nan_to_num(1.0 - np.exp(scores[:, NOBODY].astype(np.float64)), nan=0.0)
    own = (np.arange(len(anybody)) + 0.5) * CHUNK / len(anybody)
    on_grid: Floats = np.interp(np.arange(CHUNK) + 0.5, own, anybody).clip(0.0, 1.0).astype(np.float32)
    return on_grid
