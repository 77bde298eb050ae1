from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from stages.made import CountingModels, lanes, write_wav

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def dual_call(tmp_path) -> Path:
    """Agent 1-4 s and 9-11 s on the left, customer 4.5-8.5 s on the right."""
    (tmp_path / "recordings").mkdir()
    return write_wav(
        tmp_path / "recordings" / "call.wav",
        lanes(12, (1, 4), (9, 11), seed=1),
        lanes(12, (4.5, 8.5), seed=7),
    )


@pytest.fixture
def models() -> CountingModels:
    return CountingModels()
