from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.batch.config import load_config
from pipeline.errors import InputError
from pipeline.settings import Settings, load_settings
from pipeline.timeline import FloorSettings


def test_stored_settings_come_back_as_they_were():
    given = replace(
        Settings(),
        agent_channel="left",
        transcript=False,
        floor=FloorSettings(contest_s=0.7),
        words=replace(Settings().words, hotwords=("Northgate",)),
    )
    assert Settings.from_dict(json.loads(json.dumps(given.to_dict()))) == given


def test_settings_of_another_version_are_refused_by_name():
    stored = Settings().to_dict()
    stored["floor"]["mood_s"] = 1.0
    with pytest.raises(InputError, match=r"floor\.mood_s") as found:
        Settings.from_dict(stored)
    assert "nalyse" in found.value.remedy


def test_what_an_older_version_lacks_has_its_default():
    stored = Settings().to_dict()
    del stored["talk"], stored["floor"]["restart_s"]
    assert Settings.from_dict(stored) == Settings()


@pytest.mark.parametrize("stored", [None, [], {"floor": {"contest_s": "long"}}, {"agent_channel": "middle"}])
def test_damaged_settings_are_refused(stored):
    with pytest.raises(InputError, match="damaged"):
        Settings.from_dict(stored)


def test_a_section_for_batches_is_no_setting_of_results(tmp_path):
    file = tmp_path / "own.yaml"
    file.write_text("batch: {workers: 2}\nfloor: {mid_pause_s: 0.6}\n")
    found = load_settings(file)
    assert found.floor.mid_pause_s == 0.6
    assert "batch" not in found.to_dict()


def test_paths_in_a_settings_file_are_seen_from_its_folder(tmp_path, monkeypatch):
    home, here = tmp_path / "conf", tmp_path / "here"
    for folder in (home / "ours", home / "base", home / "models" / "big", here / "elsewhere"):
        folder.mkdir(parents=True)
    (home / "ours.yaml").write_text("name: ours\n")
    (home / "own.yaml").write_text(
        "checklists: [leap, ours.yaml, gone.yaml]\n"
        "moves: {folders: [ours, elsewhere]}\n"
        "words: {model: models/big}\n"
    )
    monkeypatch.chdir(here)
    for read in (load_settings, lambda file: load_config(file)[0]):
        found = read(Path("../conf/own.yaml"))
        assert found.checklists == ("leap", "../conf/ours.yaml", "gone.yaml")
        assert found.moves.folders == ("../conf/ours", "elsewhere")
        assert found.words.model == "../conf/models/big"
    monkeypatch.chdir(home)
    assert load_settings(Path("own.yaml")).checklists == ("leap", "ours.yaml", "gone.yaml"), "as written"
    (home / "named.yaml").write_text("words: {model: base}\n")
    assert load_settings(home / "named.yaml").words.model == "base", "a name, though a folder has it too"
