"""Which models tell speakers apart, where they are not here."""

from __future__ import annotations

import pytest

from pipeline.errors import MissingComponentError
from pipeline.stages.diarizers import CAMPPLUS, Fetching, find_diarizer


def test_all_models_that_are_missing_are_named_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("HEAROUT_MODELS", str(tmp_path / "models"))
    nothing = Fetching(offline=True, progress=lambda *_: None, say=lambda _: None)
    with pytest.raises(MissingComponentError) as raised:
        find_diarizer(CAMPPLUS, nothing)
    assert raised.value.message.count("The model ") == 2
    for name in ("segmentation-3.0", "campplus"):
        assert name in raised.value.message
    assert "'hearout models pull segmentation-3.0 campplus --to DIR'" in raised.value.remedy
