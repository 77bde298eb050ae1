from __future__ import annotations

import json
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def recorded() -> dict[str, dict]:
    """Raw outputs of Whisper base and the audio that they came from."""
    return json.loads((HERE / "recorded" / "raw_windows.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def tiny_folder() -> Path:
    """The folder of the small model that the tests use, if this machine has it."""
    from pipeline.errors import HearoutError
    from pipeline.weights.store import resolve

    try:
        return resolve("tiny.en", offline=True).path
    except HearoutError as error:
        pytest.skip(f"{error} (`hearout models pull tiny.en`)")
