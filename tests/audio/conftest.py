"""Fixtures of the audio tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from audio.signals import encode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file of a given name into the test's folder."""

    def _write(name: str, samples: np.ndarray, rate_hz: int, codec: str, **options: object) -> Path:
        return encode(tmp_path / name, np.atleast_2d(samples), rate_hz, codec, **options)

    return _write
