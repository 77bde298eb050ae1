from __future__ import annotations

from dataclasses import dataclass

import pytest

from pipeline.configs import configs_dir, load_yaml
from pipeline.errors import UsageError
from pipeline.languages import PackFile, language_pack
from pipeline.settings import Settings, load_settings, settings_yaml


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
        ("words: 3\n", 1, "words: must be a list, such as [one, two]"),
        ("- 1\n", 1, "the file: must hold lines such as 'name: value'"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(tmp_path, text, line, says):
    with pytest.raises(UsageError) as caught:
        load_yaml(write(tmp_path, text), Limits)
    assert f"my.yaml, line {line}" in str(caught.value) or f"my.yaml: line {line}" in str(caught.value)
    assert says in str(caught.value)
    assert "\n" not in caught.value.message


def test_a_missing_file_and_a_binary_one(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
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


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("code: xx\nname: X\nbackchannels: [Okay!]\n", "lower case"),
        ("code: xx\nname: X\nroles:\n  agent_phrases:\n    greeting: ['(']\n", "regular expression"),
    ],
)
def test_a_pack_refuses_phrases_that_could_never_match(tmp_path, text, says):
    path = write(tmp_path, text)
    with pytest.raises(UsageError, match=says):
        load_yaml(path, PackFile)


def test_the_shipped_settings_file_holds_the_defaults():
    path = configs_dir() / "hearout.yaml"
    assert load_settings(path) == Settings()
    assert path.read_text(encoding="utf-8") == settings_yaml(), (
        "configs/hearout.yaml is out of date: make settings"
    )


def test_settings_laid_over_the_defaults(tmp_path):
    found = load_settings(write(tmp_path, "turns: {turn_pause_s: 2}\nwords: {hotwords: [FlexiPlan, No]}\n"))
    assert found.turns.turn_pause_s == 2.0
    assert found.words.hotwords == ("FlexiPlan", "No")
    assert found.turns.ipu_gap_s == Settings().turns.ipu_gap_s


def test_a_misspelt_setting_is_named_with_the_nearest(tmp_path):
    with pytest.raises(
        UsageError, match=r"line 2: there is no setting turns\.turn_pause\. Did you mean turn_pause_s"
    ):
        load_settings(write(tmp_path, "turns:\n  turn_pause: 2\n"))


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("floor:\n  yield_s: .nan\n", 2, "floor.yield_s: must be a finite number"),
        ("turns: {speech_join_s: .inf}\n", 1, "turns.speech_join_s: must be a finite number"),
        (
            "turns:\n  ipu_gap_s: 0.2\n  silence_min_s: -2\n",
            3,
            "turns.silence_min_s: must be 0 or more, not -2",
        ),
        ("floor:\n  yield_s: true\n", 2, "floor.yield_s: must be a number"),
        ("diarization: {speakers: true}\n", 1, "diarization.speakers: can't be true"),
        ("transcript: 1\n", 1, "transcript: must be true or false"),
        ("floor: true\n", 1, "floor: must hold lines such as"),
        ("vent: {interruptions_max: -1}\n", 1, "vent.interruptions_max: must be 0 or more"),
        ("words:\n  beam_size: 0\n", 2, "words.beam_size: must be 1 to 100"),
        ("words: {cleaning: {least_logprob: 1}}\n", 1, "words.cleaning.least_logprob: must be 0 or less"),
        ("speech: {band_low_hz: 5000}\n", 1, "speech.band_high_hz: must be 500 or more above band_low_hz"),
        ("speech: {min_speech_s: .nan}\n", 1, "speech.min_speech_s: must be a finite number"),
        ("speech: {silero_probability: 1.5}\n", 1, "speech.silero_probability: must be 0 to 1"),
        ("moves: {folders: &x [*x]}\n", None, "nested without end"),
        (
            "floor:\n  yield_s: 1\n  contest_s: 1\n  yield_s: 2\n",
            4,
            "yield_s stands there twice, first in line 2",
        ),
    ],
)
def test_a_number_that_makes_no_sense_is_named_with_what_is_allowed(tmp_path, text, line, says):
    with pytest.raises(UsageError) as caught:
        load_settings(write(tmp_path, text))
    assert line is None or f"my.yaml, line {line}: " in caught.value.message
    assert says in caught.value.message


def test_levels_and_log_probabilities_may_be_negative(tmp_path):
    found = load_settings(write(tmp_path, "speech: {texture_contrast_db: -3, silero_level_dbfs: -40}\n"))
    assert (found.speech.texture_contrast_db, found.speech.silero_level_dbfs) == (-3.0, -40.0)


def test_an_anchor_that_stands_in_many_places_is_no_key_twice(tmp_path):
    found = load_settings(write(tmp_path, "turns: &all {ipu_gap_s: 0.1}\nfloor: {}\n"))
    assert found.turns.ipu_gap_s == 0.1
