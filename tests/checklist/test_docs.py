"""docs/checklists.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.checklist import known_moves, load_checklist, load_checklists
from pipeline.checklist.model import KINDS, WINDOWS, Check, Checklist, FinerItem, Item, Step

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "checklists.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([a-z_]+)(?:: [a-z]+)?`", TEXT))


def test_the_example_is_in_order(tmp_path):
    (example,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    path = tmp_path / "example.yaml"
    path.write_text(example, encoding="utf-8")
    loaded = load_checklist(path, known_moves())
    assert [item.id for item in loaded.checklist.items] == [
        "heard_out",
        "sorry_once",
        "reachable",
        "kind_thoughts",
    ]


def test_every_key_and_window_is_explained():
    for form in (Checklist, Item, FinerItem, Check, Step):
        keys = {part.alias or name for name, part in form.model_fields.items()}
        assert keys <= NAMED, keys - NAMED
    assert set(WINDOWS) <= NAMED


def test_what_may_stand_beside_each_kind_is_the_codes():
    rows = re.findall(r"^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \| [^|]* \|([^|]*)\|$", TEXT, re.MULTILINE)
    beside = {
        kind: set(re.findall(r"`([a-z_]+)`", keys))
        for kinds, keys in rows
        for kind in re.findall(r"`([a-z_]+)`", kinds)
        if kind in KINDS
    }
    assert beside == {kind: set(keys) for kind, keys in KINDS.items()}


def test_the_table_of_checklists_is_the_shipped_one():
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| ([a-z_, ]+) \|$", TEXT, re.MULTILINE))
    shipped = {one.checklist.name: ", ".join(i.id for i in one.checklist.items) for one in load_checklists()}
    assert {name: rows[name] for name in shipped} == shipped
