from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest
from stages.made import CountingModels, lanes, write_wav

from pipeline.report.schema import Analysis, join_parts, json_schema, to_json

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


@pytest.fixture(autouse=True)
def _results_are_as_published(monkeypatch):
    """Check every result that is written: nothing does so while it is made."""
    validator = jsonschema.Draft202012Validator(json_schema())

    def checked(encoded: dict[str, bytes]) -> bytes:
        content = join_parts(encoded)
        validator.validate(json.loads(content))
        assert to_json(Analysis.model_validate_json(content)) == content  # numbers are floats, names known
        return content

    for module in ("call", "rescore"):
        monkeypatch.setattr(f"pipeline.stages.{module}.join_parts", checked)
