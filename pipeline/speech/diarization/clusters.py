"""How many voices there are, and what each sounds like: the windows' embeddings, grouped."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.speech.diarization.settings import SPEAKERS_MAX

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.speech.diarization.evidence import Numbers, Windows
    from pipeline.speech.diarization.settings import DiarizationSettings

_SEED = 0
_STARTS = 10  # of k-means; the best is kept
_LEAST_SHARE = 0.03  # of the windows: a voice that is counted has at least this
_FAIR_SHARE = 0.1  # of the windows: with alike voices a smaller group is no voice
_VOTES_FROM = 0.75  # of the best grouping's consistency
_NEAR_S, _TOUCH_S = 0.5, 1e-6  # from the end of one window to the start of the next of a pair
_DIMENSIONS, _SHRINK, _AXES = (15, 20, 30, 40, 50), (0.2, 0.3, 0.4), (1, 2)  # what is tried out


@dataclass(frozen=True)
class Voices:
    """The voices of a call.

    Parameters
    ----------
    scores : ndarray, shape (windows, voices)
        How near each window is to each voice; the mean over voices is 0, and two voices lie 1 apart.
    alike : float
        Largest cosine between two voices' means; -1 with one voice.
    """

    scores: Numbers
    alike: float

    @property
    def count(self) -> int:
        """How many voices."""
        return int(self.scores.shape[1])


def find_voices(windows: Windows, settings: DiarizationSettings) -> Voices:
    """Group the windows by voice.

    Where two means are hardly apart, as two voices of one kind on one line are, the embeddings are looked at
    along the directions in which windows of one breath are alike and the call's windows differ.

    Parameters
    ----------
    windows : Windows
        Audible ones.
    settings : DiarizationSettings

    Returns
    -------
    Voices
        Fewer than asked for where there are fewer windows; none without windows.
    """
    vectors = windows.embeddings
    if len(vectors) == 0:
        return Voices(np.zeros((0, 0)), -1.0)
    count = settings.speakers if settings.speakers != "auto" else _count(vectors, settings.alike_cosine)
    count = min(count, len(vectors))
    if count == 1:
        return Voices(np.zeros((len(vectors), 1)), -1.0)
    labels = _kmeans(vectors, count)
    means = _means(vectors, labels)
    alike = _closest(means)
    if alike < settings.alike_cosine or len(vectors) < _DIMENSIONS[-1]:
        return Voices(_centred(vectors @ means.T, 1.0 - alike), alike)
    return Voices(_by_breaths(windows, labels), alike)


def _count(vectors: Numbers, alike: float) -> int:
    """Return the largest number of voices of which no two are alike and each is heard often enough."""
    best = 1
    for count in range(2, min(SPEAKERS_MAX, len(vectors)) + 1):
        labels = _kmeans(vectors, count)
        if _closest(_means(vectors, labels)) >= alike:
            break
        if np.bincount(labels).min() >= _LEAST_SHARE * len(vectors):
            best = count
    return best


def _kmeans(vectors: Numbers, count: int) -> Any:
    cluster: Any = import_module("sklearn.cluster")
    return cluster.KMeans(count, n_init=_STARTS, random_state=_SEED).fit_predict(vectors)


def _means(vectors: Numbers, labels: Any) -> Numbers:
    means = np.stack([vectors[labels == k].mean(axis=0) for k in range(int(labels.max()) + 1)])
    unit: Numbers = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
    return unit


def _closest(means: Numbers) -> float:
    similar = means @ means.T
    return float(max(similar[i, j] for i in range(len(means)) for j in range(i)))


def _centred(scores: Numbers, apart: float) -> Numbers:
    centred: Numbers = (scores - scores.mean(axis=1, keepdims=True)) / max(apart, 0.05)
    return centred


def _by_breaths(windows: Windows, plain: NDArray[np.int64]) -> Numbers:
    """Score the voices by groupings along directions that tell breaths apart but not windows of one breath.

    How many directions, and how far the scatter within breaths is trusted, is tried out. Those groupings
    vote in which one breath is nearly as often one voice as in the best of them.

    Returns
    -------
    ndarray, shape (windows, voices)
        Shares of the votes, their mean over voices taken off.
    """
    count = int(plain.max()) + 1
    pairs = _breath_pairs(windows)
    tried = [(_consistency(plain, pairs), plain)]
    linalg: Any = import_module("scipy.linalg")
    centred = windows.embeddings - windows.embeddings.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    for size, shrink in itertools.product(_DIMENSIONS if len(pairs) else (), _SHRINK):
        small = centred @ axes[:size].T
        differences = small[pairs[:, 0]] - small[pairs[:, 1]]
        within = differences.T @ differences / len(differences) / 2
        within = (1 - shrink) * within + shrink * np.trace(within) / size * np.eye(size)
        _, directions = linalg.eigh(small.T @ small / len(small), within)
        for number in _AXES:
            labels = _kmeans(small @ directions[:, ::-1][:, :number], count)
            if np.bincount(labels).min() >= _FAIR_SHARE * len(labels):
                tried.append((_consistency(labels, pairs), labels))
    best, leader = max(tried, key=lambda one: one[0])
    votes = np.zeros((len(plain), count))
    for found, labels in tried:
        if found >= _VOTES_FROM * best:
            votes[np.arange(len(plain)), _renamed(labels, leader)] += 1
    shares = votes / votes.sum(axis=1, keepdims=True)
    return _centred(shares, 1.0)


def _renamed(labels: NDArray[np.int64], leader: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the grouping with its groups numbered as they agree best with the leader's."""
    optimize: Any = import_module("scipy.optimize")
    count = int(leader.max()) + 1
    shared = np.zeros((count, count))
    np.add.at(shared, (labels, leader), 1)
    rows, columns = optimize.linear_sum_assignment(shared, maximize=True)
    names = np.zeros(count, dtype=np.int64)
    names[rows] = columns
    renamed: NDArray[np.int64] = names[labels]
    return renamed


def _breath_pairs(windows: Windows) -> NDArray[np.int64]:
    """Return pairs of windows of one breath that do not overlap but nearly touch, shape (pairs, 2)."""
    starts, ends = windows.times[:, 0], windows.times[:, 1]
    breath = np.concatenate(([0], np.cumsum(starts[1:] > ends[:-1] + _TOUCH_S)))
    pairs = []
    for i, end_s in enumerate(ends.tolist()):
        j = int(np.searchsorted(starts, end_s - _TOUCH_S))
        while j < len(starts) and breath[j] == breath[i] and starts[j] <= end_s + _NEAR_S:
            pairs.append((i, j))
            j += 1
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _consistency(labels: Any, pairs: NDArray[np.int64]) -> float:
    """Return how far above chance the windows of a pair have one voice: 1 = always, 0 = as by chance."""
    if len(pairs) == 0:
        return 0.0
    shares = np.bincount(labels) / len(labels)
    chance = float((shares**2).sum())
    same = float((labels[pairs[:, 0]] == labels[pairs[:, 1]]).mean())
    return (same - chance) / (1 - chance) if chance < 1 else 0.0
