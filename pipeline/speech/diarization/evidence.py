"""What the models heard, as plain arrays: recorded once, judged without torch."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.speech.frames import runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from pipeline.speech.frames import Floats
    from pipeline.timeline import SpanSet

    Numbers = NDArray[np.floating]

CHUNK = 1000  # frames of 10 ms: what the segmentation model was trained on
SETS = np.array(
    [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]], dtype=np.float32
)
"""Which of a chunk's three local speakers each class of the segmentation model holds (powerset encoding)."""
_SIGN, _LEAST_S = 0.4, 0.4  # of a change of speaker; and what a voice is told by at least
_HEARD = 0.2  # of the time around a change somebody must be heard on either side


@dataclass(frozen=True)
class Turns:
    """What the segmentation model hears in each 10 ms frame; each array has the shape (frames,).

    Parameters
    ----------
    speech, overlap : ndarray
        Probability that anybody, and that more than one, speaks.
    change : ndarray
        How much of what is heard after the frame is another speaker than before, 0 to 1.
    """

    speech: Numbers
    overlap: Numbers
    change: Numbers


@dataclass(frozen=True)
class Windows:
    """Short stretches of speech, each with the embedding of the voice in it.

    Parameters
    ----------
    times : ndarray, shape (windows, 2)
        Start and end in seconds.
    embeddings : ndarray, shape (windows, dimensions)
        Of length 1; a row of NaN where there was too little to hear.
    """

    times: Numbers
    embeddings: Numbers

    def audible(self) -> Windows:
        """Return the windows that have an embedding."""
        heard = ~np.isnan(self.embeddings).any(axis=1)
        return Windows(self.times[heard], self.embeddings[heard])


def chunk_starts(n_frames: int, step: float) -> list[int]:
    """Return the first frame of each chunk, so that every frame is in one."""
    hop = max(1, round(CHUNK * step))
    return [*range(0, max(1, n_frames - CHUNK + hop), hop)] if n_frames else []


def turns_of(chunks: Iterable[tuple[int, Floats]], n_frames: int, reach_s: float) -> Turns:
    """Join what was heard in overlapping chunks.

    The model numbers the speakers of each chunk anew, so a change is looked for within each chunk.

    Parameters
    ----------
    chunks : iterable of (int, ndarray of shape (model frames, 7))
        First frame of the chunk, and the probability of each set of speakers, evenly spread over it.
    n_frames : int
        Of the recording.
    reach_s : float
        How long before and after a change is compared.
    """
    speech, overlap, change = (np.zeros(n_frames, dtype=np.float32) for _ in range(3))
    count, compared = (np.zeros(n_frames, dtype=np.float32) for _ in range(2))
    reach = max(1, round(100 * reach_s))
    for start, found in chunks:
        last = min(n_frames, start + CHUNK)
        nearest = ((np.arange(last - start) + 0.5) * len(found) / CHUNK).astype(np.int64)
        probabilities = np.nan_to_num(found[nearest].astype(np.float32))
        speech[start:last] += 1.0 - probabilities[:, 0]
        overlap[start:last] += probabilities[:, SETS.sum(axis=1) > 1].sum(axis=1)
        count[start:last] += 1
        inner = slice(start + reach, last - reach)
        if inner.stop > inner.start:
            change[inner] += _changes(probabilities @ SETS, reach)
            compared[inner] += 1
    seen = np.maximum(count, 1)
    return Turns(speech / seen, overlap / seen, change / np.maximum(compared, 1))


def _changes(local: Floats, reach: int) -> Floats:
    """Return, for each inner frame, one minus the cosine of the speakers' shares before and after."""
    sums = np.concatenate((np.zeros((1, local.shape[1]), np.float32), np.cumsum(local, axis=0)))
    at = np.arange(reach, len(local) - reach)
    before, after = (sums[at] - sums[at - reach]) / reach, (sums[at + reach] - sums[at]) / reach
    sizes = np.linalg.norm(before, axis=1), np.linalg.norm(after, axis=1)
    cosine = (before * after).sum(axis=1) / np.maximum(sizes[0] * sizes[1], 1e-9)
    heard = (sizes[0] > _HEARD) & (sizes[1] > _HEARD)
    changes: Floats = np.where(heard, np.clip(1.0 - cosine, 0.0, 1.0), 0.0).astype(np.float32)
    return changes


def change_points(turns: Turns) -> list[float]:
    """Return where the segmentation model most hears another speaker, seconds: once in each such stretch."""
    sign = np.maximum(turns.change, turns.overlap)
    return [(first + int(sign[first:last].argmax())) / 100 for first, last in runs(sign >= _SIGN).tolist()]


def plan_windows(
    speech: SpanSet, window_s: float, hop_s: float, join_s: float = 0.3, cuts: Sequence[float] = ()
) -> Numbers:
    """Return windows over stretches of speech, shape (windows, 2): start and end in seconds.

    No window leaves its stretch, or reaches over one of `cuts` that leaves enough of a voice on both sides;
    a stretch shorter than a window has one window, the whole of it.
    """
    times: list[tuple[float, float]] = []
    for stretch in speech.bridged(join_s):
        edges = [stretch.start_s]
        edges += [at for at in cuts if stretch.start_s + _LEAST_S <= at <= stretch.end_s - _LEAST_S]
        edges = [at for k, at in enumerate(edges) if k == 0 or at - edges[k - 1] >= _LEAST_S]
        for start_s, end_s in itertools.pairwise([*edges, stretch.end_s]):
            count = max(1, int(np.ceil((end_s - start_s - window_s) / hop_s)) + 1)
            last_s = max(start_s, end_s - window_s)
            times += [
                (at_s, min(end_s, at_s + window_s)) for at_s in np.linspace(start_s, last_s, count).tolist()
            ]
    return np.array(times, dtype=np.float64).reshape(-1, 2)
