"""The shipped moves, the real sentence model with one cache for the run, and a small made-up model."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pipeline.errors import MissingComponentError
from pipeline.moves import load_moves
from pipeline.moves.embedding import MiniLmEmbedder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class WordVectors:
    """A model without weights: each word has a fixed random vector, so that shared words make neighbours."""

    digest = "made-up"

    def __init__(self, dimensions: int = 48) -> None:
        self.dimensions = dimensions
        self.calls: list[list[str]] = []

    def _vector(self, word: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
        return np.random.default_rng(seed).normal(size=self.dimensions).astype(np.float32)

    def embed(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        self.calls.append(list(texts))
        words = [[w.strip(".,!?").lower() for w in text.split()] for text in texts]
        sums = [sum((self._vector(w) for w in row), np.zeros(self.dimensions, np.float32)) for row in words]
        return np.stack(sums), np.array([len(row) for row in words], np.int32)


@pytest.fixture
def words_model() -> WordVectors:
    return WordVectors()


@pytest.fixture(scope="session")
def shipped():
    return load_moves()


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def minilm_folder() -> Path:
    from pipeline.weights.store import resolve

    try:
        return resolve("minilm", offline=True).path
    except MissingComponentError:
        pytest.skip("MiniLM is not in the local store: hearout models pull minilm")


@pytest.fixture(scope="session")
def minilm(minilm_folder: Path, cache: Path) -> MiniLmEmbedder:
    from pipeline.moves.embedding import EmbedderOptions

    return MiniLmEmbedder(minilm_folder, EmbedderOptions(cache=cache))
