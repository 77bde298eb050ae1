"""A light classifier per move: logistic regression on sentence vectors and on the exemplars' own words.

The fit of the shipped moves is shipped with them; one with a team's own moves is made when it is first needed
and kept in the user's cache. Either is known by the digest of all that went in. Thresholds are learned out of
fold, so that no exemplar is judged by a model that has seen it.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.configs import configs_dir
from pipeline.errors import OutputError
from pipeline.files import private_folder, write_atomic
from pipeline.moves.config import Mode
from pipeline.moves.rules import written
from pipeline.timeline import Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from pipeline.moves.config import Exemplar, MovesConfig, MoveSpec
    from pipeline.moves.embedding import Embedder

    Floats = NDArray[np.float32]

_VERSION = 2  # of this fit; raise it when the mathematics change
RULE_WEIGHT = 2.5  # log-odds that a pattern's hit adds in mode hybrid
_WORDS_WEIGHT = 1.0  # of the words beside the vector, both of length one
_MIN_COUNT = 2  # exemplars in which a word or pair occurs, to be used
_PENALTY = 0.3
_POSITIVE_WEIGHT = 2.0  # a move's exemplars are few among all others
_OVERLAP_WEIGHT = 0.5  # of a "no" that the exemplar's author has not thought about
_FOLDS = 5
_ITERATIONS = 25
_SLACK = 0.04  # of F1, given up for a higher threshold: wrong claims cost more than missed ones
_YES_FLOOR, _YES_CEILING = 0.4, 0.6
_UNION_FLOOR = 0.5  # of a classifier that speaks alone beside patterns
_AGREED_PRECISION, _AGREED_FLOOR = 0.9, 0.15
_UNSURE_FLOOR = 0.15
_UNSURE_RECALL = 0.92
_NEVER = -30.0  # log-odds
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|[?!]")


@dataclass(frozen=True, slots=True)
class Limits:
    """A move's thresholds on its score, and how it did out of fold (on its exemplars, not on calls)."""

    yes: float
    unsure: float
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """One party's classifiers.

    Parameters
    ----------
    moves : tuple of str
        Names, in the order of the columns.
    vocabulary : dict
        Word or pair of words to row number behind the vector's.
    weights : array, shape (dimensions + words + 1, moves)
        Last row: the constant.
    limits : tuple of Limits
        One a move.
    """

    moves: tuple[str, ...]
    vocabulary: dict[str, int]
    weights: Floats
    limits: tuple[Limits, ...]

    def log_odds(self, vectors: Floats, texts: Sequence[str]) -> Floats:
        """Return the classifiers' log-odds, shape (texts, moves).

        Parameters
        ----------
        vectors : array, shape (texts, dimensions)
            Of length one.
        texts : sequence of str
            The same sentences; their words count beside the vectors.
        """
        import numpy as np

        dimensions = vectors.shape[1]
        scores: Floats = vectors @ self.weights[:dimensions] + self.weights[-1]
        words = self.weights[dimensions:-1]
        for row, text in enumerate(texts):
            known = [self.vocabulary[token] for token in tokens(text) if token in self.vocabulary]
            if known:
                scores[row] += words[known].sum(axis=0) * (_WORDS_WEIGHT / np.sqrt(len(known)))
        return scores


def tokens(text: str) -> set[str]:
    """Return the words and pairs of neighbouring words, lower case; ``?`` and ``!`` are words too."""
    words = ["<s>", *_TOKEN.findall(written(text).lower())]
    return {*words[1:], *(f"{a} {b}" for a, b in itertools.pairwise(words))}


def unit_vectors(sums: Floats) -> Floats:
    """Scale each row to length one; rows of zeros stay."""
    import numpy as np

    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return (sums / np.where(lengths > 0, lengths, 1)).astype(np.float32)


_in_memory: dict[str, dict[Role, Fitted]] = {}


def fitted(config: MovesConfig, embedder: Embedder, cache: Path | None = None) -> dict[Role, Fitted]:
    """Return the classifiers of both parties: from memory, as shipped, from the cache, or fitted now.

    Parameters
    ----------
    config : MovesConfig
    embedder : Embedder
    cache : Path, optional
        Folder for the fit; without it nothing is stored. One that can't be written is passed over.
    """
    key = fit_key(config, embedder)
    if key not in _in_memory:
        path = None if cache is None else cache / "moves" / f"{key}.npz"
        found = _load(shipped_fit(config.language), key) or (None if path is None else _load(path, key))
        if found is None:
            found = fit(config, embedder)
            if path is not None:
                _store(path, found, key)
        _in_memory[key] = found
    return _in_memory[key]


def fit_key(config: MovesConfig, embedder: Embedder) -> str:
    """Return what a fit is known by: moves, sentence model and mathematics."""
    return hashlib.sha256(f"{config.digest}/{embedder.digest}/{_VERSION}".encode()).hexdigest()[:24]


def shipped_fit(language: str) -> Path:
    """Return where the fit of a language's shipped moves lies; there may be none."""
    return configs_dir() / "moves" / f"fitted.{language}.npz"


def fit(config: MovesConfig, embedder: Embedder) -> dict[Role, Fitted]:
    """Fit the classifiers of both parties; it takes half a minute for the shipped moves."""
    return {speaker: _fit_party(config, speaker, embedder) for speaker in (Role.AGENT, Role.CUSTOMER)}


def fit_bytes(found: dict[Role, Fitted], key: str) -> bytes:
    """Return a fit as it is stored: a NumPy archive without any object."""
    import numpy as np

    arrays: dict[str, Any] = {"key": np.frombuffer(key.encode(), np.uint8)}
    for role, one in found.items():
        arrays[f"{role}_weights"] = one.weights
        limits = [[x.yes, x.unsure, x.precision, x.recall] for x in one.limits]
        plain = {"moves": one.moves, "vocabulary": list(one.vocabulary), "limits": limits}
        arrays[f"{role}_rest"] = np.frombuffer(json.dumps(plain).encode(), np.uint8)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _fit_party(config: MovesConfig, speaker: Role, embedder: Embedder) -> Fitted:
    import numpy as np

    specs, rows = config.of(speaker), config.training(speaker)
    if not any(row.labels for row in rows):  # nothing to learn: nothing is ever claimed
        dimensions = embedder.embed(["Hello."])[0].shape[1]
        never = np.zeros((dimensions + 1, len(specs)), np.float32)
        never[-1] = _NEVER
        return Fitted(tuple(s.id for s in specs), {}, never, tuple(_fixed(s) for s in specs))
    texts = [row.text for row in rows]
    vectors = unit_vectors(embedder.embed(texts)[0])
    vocabulary = _vocabulary(texts)
    features = _features(vectors, texts, vocabulary)
    truth, weight = _targets(specs, rows)
    kernel = features @ features.T
    folds = np.array([hashlib.sha256(text.encode()).digest()[0] % _FOLDS for text in texts])
    out_of_fold = np.zeros_like(truth)
    for fold in range(_FOLDS):
        held = folds == fold
        if held.any() and not held.all():
            solution = _fit(kernel[np.ix_(~held, ~held)], truth[~held], weight[~held])
            out_of_fold[held] = kernel[np.ix_(held, ~held)] @ solution
    plain = [written(text) for text in texts]
    hits = np.array([[s.rules.hit(text) for s in specs] for text in plain])
    limits = tuple(
        _limits(s, out_of_fold[:, k], hits[:, k], truth[:, k] > 0, np.minimum(weight[:, k], 1))
        for k, s in enumerate(specs)
    )
    weights = (features.T @ _fit(kernel, truth, weight)).astype(np.float32)
    return Fitted(tuple(s.id for s in specs), vocabulary, weights, limits)


def _vocabulary(texts: Sequence[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for text in texts:
        for token in tokens(text):
            counts[token] = counts.get(token, 0) + 1
    frequent = sorted(token for token, count in counts.items() if count >= _MIN_COUNT)
    return {token: k for k, token in enumerate(frequent)}


def _features(vectors: Floats, texts: Sequence[str], vocabulary: dict[str, int]) -> Floats:
    import numpy as np

    words = np.zeros((len(texts), len(vocabulary)), np.float32)
    for row, text in enumerate(texts):
        known = [vocabulary[token] for token in tokens(text) if token in vocabulary]
        if known:
            words[row, known] = _WORDS_WEIGHT / np.sqrt(len(known))
    return np.hstack([vectors, words, np.ones((len(texts), 1), np.float32)])


def _targets(specs: Sequence[MoveSpec], rows: Sequence[Exemplar]) -> tuple[Floats, Floats]:
    import numpy as np

    truth = np.array([[s.id in row.labels for s in specs] for row in rows], np.float32)
    unknown = np.array([[s.id in row.unknown for s in specs] for row in rows])
    of_a_move = np.array([[bool(row.labels)] for row in rows])
    weight = np.where(unknown, np.where(of_a_move, _OVERLAP_WEIGHT, 0.0), 1.0)
    return truth, (weight * np.where(truth > 0, _POSITIVE_WEIGHT, 1.0)).astype(np.float32)


def _fit(kernel: Floats, truth: Floats, weight: Floats) -> Floats:
    """Fit all moves at once: logistic regression in the dual, by Böhning's bound with Nesterov's momentum.

    Minimises sum(weight * log-loss) + penalty/2 * |w|²; the same bound of the curvature serves all moves,
    so that one inverse does. Source: Böhning, Ann. Inst. Statist. Math. 44 (1992) 197-200.
    """
    import numpy as np

    bound = 0.25 * weight.max(axis=1, keepdims=True) * kernel
    bound[np.diag_indices_from(bound)] += _PENALTY
    inverse = np.linalg.inv(bound).astype(np.float32)
    now = np.zeros_like(truth)
    ahead, step = now, 1.0
    for _ in range(_ITERATIONS):
        probability = 1 / (1 + np.exp(-np.clip(kernel @ ahead, -30, 30)))
        after = ahead - inverse @ (weight * (probability - truth) + np.float32(_PENALTY) * ahead)
        next_step = (1 + (1 + 4 * step * step) ** 0.5) / 2
        ahead = after + np.float32((step - 1) / next_step) * (after - now)
        now, step = after, next_step
    return now


def _limits(
    spec: MoveSpec,
    log_odds: Floats,
    hits: NDArray[np.bool_],
    truth: NDArray[np.bool_],
    weight: Floats,
) -> Limits:
    """Choose thresholds on out-of-fold scores: the highest one whose F1 is near the best."""
    import numpy as np

    known = weight > 0
    if not (truth & known).any():
        return _fixed(spec)
    raised = log_odds + (RULE_WEIGHT * hits if spec.mode is Mode.HYBRID else 0)
    scores, truth, weight = 1 / (1 + np.exp(-raised[known])), truth[known], weight[known]
    candidates = np.unique(scores[truth])
    parts = [_parts(scores >= limit, truth, weight) for limit in candidates]
    best = max(f1 for _, _, f1 in parts)
    chosen = max(limit for limit, (_, _, f1) in zip(candidates, parts, strict=True) if f1 >= best - _SLACK)
    floor = _UNION_FLOOR if spec.mode is Mode.UNION else _YES_FLOOR
    yes = float(np.clip(chosen, floor, _YES_CEILING)) if spec.yes is None else spec.yes
    if spec.mode is Mode.BOTH and spec.unsure is None:
        return _agreeing(scores, hits[known], truth, weight, yes)
    reaching = [c for c, (_, recall, _) in zip(candidates, parts, strict=True) if recall >= _UNSURE_RECALL]
    learned = float(np.clip(max(reaching, default=_UNSURE_FLOOR), _UNSURE_FLOOR, yes * 0.8))
    unsure = min(learned if spec.unsure is None else spec.unsure, yes)
    precision, recall, _ = _parts(scores >= yes, truth, weight)
    return Limits(yes, unsure, precision, recall)


def _agreeing(
    scores: NDArray[Any], hits: NDArray[np.bool_], truth: NDArray[np.bool_], weight: Floats, yes: float
) -> Limits:
    """Choose the score that must back a pattern's hit: the lowest at which both are right 9 times in 10."""
    import numpy as np

    chosen = yes
    for limit in sorted((float(x) for x in np.unique(scores[hits & truth])), reverse=True):
        if _parts(hits & (scores >= limit), truth, weight)[0] >= _AGREED_PRECISION:
            chosen = limit
    unsure = min(max(chosen, _AGREED_FLOOR), yes)
    precision, recall, _ = _parts(hits & (scores >= unsure), truth, weight)
    return Limits(yes, unsure, precision, recall)


def _parts(said: NDArray[np.bool_], truth: NDArray[np.bool_], weight: Floats) -> tuple[float, float, float]:
    right, claimed = float(weight[said & truth].sum()), float(weight[said].sum())
    wanted = float(weight[truth].sum())
    return right / max(claimed, 1e-9), right / max(wanted, 1e-9), 2 * right / max(claimed + wanted, 1e-9)


def _fixed(spec: MoveSpec) -> Limits:
    yes = 0.5 if spec.yes is None else spec.yes
    return Limits(yes, min(0.3 if spec.unsure is None else spec.unsure, yes), 0.0, 0.0)


def _store(path: Path, found: dict[Role, Fitted], key: str) -> None:
    try:
        private_folder(path.parent)
        write_atomic(path, fit_bytes(found, key))
    except OutputError:
        return  # a cache that can't be written costs half a minute, no more


def _load(path: Path, key: str) -> dict[Role, Fitted] | None:
    import zipfile

    import numpy as np

    found = {}
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            if arrays["key"].tobytes() != key.encode():
                return None  # of other moves
            for role in (Role.AGENT, Role.CUSTOMER):
                plain = json.loads(arrays[f"{role}_rest"].tobytes())
                vocabulary = {token: k for k, token in enumerate(plain["vocabulary"])}
                limits = tuple(Limits(*row) for row in plain["limits"])
                found[role] = Fitted(tuple(plain["moves"]), vocabulary, arrays[f"{role}_weights"], limits)
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile):
        return None  # none yet, or a damaged one: it is fitted again
    return found
