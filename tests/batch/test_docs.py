from __future__ import annotations

import configparser
from dataclasses import fields
from pathlib import Path

from pipeline.batch.settings import BatchSettings
from pipeline.batch.tables import DUPLICATE_COLUMNS, FAILURE_COLUMNS
from pipeline.cli.batch_view import _NAMES

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")


def test_every_setting_stands_there_with_its_default():
    for part in fields(BatchSettings):
        (row,) = [line for line in TEXT.splitlines() if line.startswith(f"| `{part.name}` |")]
        if not isinstance(part.default, tuple):
            assert f"| {part.default} |" in row


def test_columns_of_the_lists_and_names_of_the_events_stand_there():
    assert ", ".join(FAILURE_COLUMNS) in TEXT
    assert ", ".join(DUPLICATE_COLUMNS) in TEXT
    for name in _NAMES.values():
        assert f"`{name}`" in TEXT


def test_the_unit_file_starts_the_watch_and_ends_it_as_it_is_meant():
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(ROOT / "configs" / "hearout-watch.service")
    service = unit["Service"]
    assert service["ExecStart"].split()[1] == "watch"
    assert service["KillSignal"] == "SIGTERM"
    assert service["UMask"] == "0077"
    assert set(service["RestartPreventExitStatus"].split()) == {"2", "3"}
