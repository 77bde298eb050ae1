from __future__ import annotations

from dataclasses import dataclass

import pytest

from pipeline.configs import configs_dir, load_yaml
from pipeline.errors import UsageError
from pipeline.languages import PackFile, language_pack


@dataclass(frozen=True)
class Limits:
    pause_s: float = 0.5
    words: tuple[str, ...] = ()


def write(tmp_path, text):
    path = tmp_path / "my.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_lays_its_values_over_the_defaults(tmp_path):
    assert load_yaml(write(tmp_path, "words: [yes, no, on]\n"), Limits) == Limits(0.5, ("yes", "no", "on"))
    assert load_yaml(write(tmp_path, ""), Limits) == Limits()


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("pause_s: 1\npauze_s: 2\n", 2, "pauze_s"),
        ("\n\npause_s: soon\n", 3, "pause_s"),
        ("words:\n  - one\n  - [two]\n", 3, "words.1"),
        ("pause_s: [1\n", 2, "expected"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(tmp_path, text, line, says):
    with pytest.raises(UsageError) as caught:
        load_yaml(write(tmp_path, text), Limits)
    assert f"my.yaml, line {line}" in str(caught.value) or f"my.yaml: line {line}" in str(caught.value)
    assert says in str(caught.value)
    assert "\n" not in caught.value.message


def test_a_missing_file_and_a_binary_one(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        load_yaml(tmp_path / "none.yaml", Limits)
    binary = tmp_path / "my.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="UTF-8"):
        load_yaml(binary, Limits)


def test_every_shipped_language_pack_is_in_order():
    packs = sorted((configs_dir() / "languages").glob("*.yaml"))
    assert packs
    for path in packs:
        assert language_pack(path.stem).code == path.stem


def test_a_language_without_a_pack_is_none():
    assert language_pack("xx") is None
    assert language_pack("../languages/en") is None


def test_a_pack_refuses_phrases_that_could_never_match(tmp_path):
    with pytest.raises(UsageError, match="lower case"):
        load_yaml(write(tmp_path, "code: xx\nname: X\nbackchannels: [Okay!]\n"), PackFile)
    with pytest.raises(UsageError, match="regular expression"):
        text = "code: xx\nname: X\nroles:\n  agent_phrases:\n    greeting: ['(']\n"
        load_yaml(write(tmp_path, text), PackFile)
