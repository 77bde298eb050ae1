"""``hearout checklists`` as a user meets it."""

from __future__ import annotations

import json

import pytest
from running import invoke

from pipeline.checklist import shipped_names
from pipeline.cli.checklists import app
from pipeline.errors import UsageError

OWN = """\
name: ours
title: Ours
source: us
items:
  - id: one
    title: One
    check: {move: empathy}
"""


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "ours.yaml"
    path.write_text(OWN, encoding="utf-8")
    return path


def run(*args):
    return invoke(app, *args, catch_exceptions=False)


def test_list_names_the_shipped_ones():
    rows = json.loads(run("list", "--json").stdout)["checklists"]
    assert [row["name"] for row in rows] == list(shipped_names())
    assert [item["id"] for item in rows[0]["items"]] == ["listen", "empathize", "apologize", "problem_solve"]
    assert "leap-ask-produce" in run("list").stdout


def test_show_says_what_is_checked_in_plain_words():
    shown = run("show", "leap").stdout
    assert "passes with: genuine empathy, before or at the first solving act" in shown
    assert "Source: " in shown
    assert "- two_options: " in shown


def test_show_gives_the_file_to_start_from(tmp_path):
    copy = tmp_path / "copy.yaml"
    copy.write_text(run("show", "last", "--yaml").stdout, encoding="utf-8")
    assert run("validate", copy).exit_code == 0
    assert json.loads(run("show", "last", "--json").stdout)["name"] == "last"


def test_show_refuses_what_there_is_not():
    with pytest.raises(UsageError, match="no checklist leep"):
        invoke(app, "show", "leep", catch_exceptions=False, standalone_mode=False)


def test_validate_says_what_is_in_order(own):
    done = run("validate", own)
    assert done.exit_code == 0
    assert "in order (ours, 1 line)" in done.stdout


def test_validate_names_file_line_and_hint(own, tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(OWN.replace("move: empathy", "move: empaty"), encoding="utf-8")
    done = run("validate", own, wrong, "--json")
    assert done.exit_code == 1
    good, bad = json.loads(done.stdout)["files"]
    assert good["valid"] is True
    assert bad["valid"] is False
    assert "line 7" in bad["error"]
    assert bad["hint"] == "Did you mean empathy?"


def test_validate_needs_the_file(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        invoke(app, "validate", tmp_path / "none.yaml", catch_exceptions=False, standalone_mode=False)
