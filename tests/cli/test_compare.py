"""``hearout compare`` as a user meets it: two checklists, or two settings, over stored results."""

from __future__ import annotations

import json
import shutil
from types import SimpleNamespace

import pytest
import typer
from checklist.made import BAD, GOOD, VENT, facts
from running import invoke
from stages.made import CountingModels, lanes, write_wav

from pipeline.batch import machine
from pipeline.cli.compare import compare
from pipeline.errors import InputError, UsageError
from pipeline.settings import Settings
from pipeline.stages.call import analyze_call

LENIENT = """\
name: lenient
title: Lenient
source: the tests
items:
  - {id: warm, title: Warm, check: {move: [empathy, solution_offer]}}
"""
STRICT = LENIENT.replace("lenient", "strict").replace("[empathy, solution_offer]", "empathy")
SETTINGS = "floor:\n  contest_s: 0.9\n"
CALLS = {"good": GOOD, "bad": BAD}


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """Two stored calls, and a third that is damaged; under longer contests the good one is bad."""
    folder = tmp_path / "results"
    for name in (*CALLS, "torn"):
        (folder / name).mkdir(parents=True)
        (folder / name / "analysis.json").write_text("{}", encoding="utf-8")

    def read(path):
        if path.name == "torn":
            raise InputError(f"{path}: is damaged.", "Analyse the recording again.")
        return SimpleNamespace(call=SimpleNamespace(call_id=path.name, later_calls=None), settings=Settings())

    def measured(call, settings):
        lines = BAD if settings.floor.contest_s > 0.8 else CALLS[call.call_id]
        return facts(*lines, vents=VENT)

    monkeypatch.setattr("pipeline.stages.compare.read_stored", read)
    monkeypatch.setattr("pipeline.stages.compare.call_facts", measured)
    return folder


@pytest.fixture
def files(tmp_path):
    for name, text in (("lenient", LENIENT), ("strict", STRICT), ("settings", SETTINGS)):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return {name: tmp_path / f"{name}.yaml" for name in ("lenient", "strict", "settings")}


def run(*args, **keys):
    app = typer.Typer()
    app.command()(compare)
    return invoke(app, *args, catch_exceptions=False, **keys)


def test_two_checklists_say_which_calls_change_and_why(stored, files):
    done = run(stored, files["lenient"], files["strict"], "--json")
    assert done.exit_code == 1  # one call is damaged, the others are compared
    document = json.loads(done.stdout)
    assert [one["id"] for one in document["failed"]] == ["torn"]
    changed = {call["id"]: call["checklists"] for call in document["calls"]}
    assert changed["good"] == []
    (change,) = changed["bad"]
    assert change["name"] == "lenient → strict"
    assert (change["items"][0]["before"], change["items"][0]["after"]) == ("pass", "fail")
    assert change["items"][0]["why_after"].startswith("No genuine empathy")


def test_two_settings_over_the_same_checklist(stored, files):
    done = run(stored / "good", "stored", files["settings"], "--checklist", "leap", "--json")
    assert done.exit_code == 0
    (call,) = json.loads(done.stdout)["calls"]
    items = {item["item"]: (item["before"], item["after"]) for item in call["checklists"][0]["items"]}
    assert items == {"empathize": ("pass", "fail"), "apologize": ("pass", "fail")}


def test_the_table_names_call_line_and_reason(stored, files):
    shown = run(stored / "bad", files["lenient"], files["strict"], "-v", columns=200).stdout
    for part in ("bad", "warm", "pass → fail", "1.00 → 0.00", "before: ", "after: No genuine empathy"):
        assert part in shown
    assert "1 call compared" in shown


def test_on_a_narrow_terminal_no_name_is_folded_and_reasons_have_room(stored, files):
    shown = run(stored / "bad", files["lenient"], files["strict"], columns=80).stdout.splitlines()
    assert shown[0] == "bad"
    assert shown[1].strip() == "lenient → strict  score 1.00 → 0.00  pass → fail"
    assert shown[2].startswith("    warm  pass → fail  No genuine empathy")
    assert max(map(len, shown[:-1])) <= 80, "but the last, which names the files"


def test_nothing_differs_from_itself(stored, files):
    shown = run(stored / "good", files["strict"], files["strict"]).stdout
    assert "none differ" in " ".join(shown.split())  # a long path wraps the line


@pytest.mark.parametrize(
    ("before", "after", "more", "said"),
    [
        ("stored", "stored", (), "nothing to compare"),
        ("leap", "stored", (), "not of one kind"),
        ("leap", "settings", (), "not of one kind"),
        ("leap", "last", ("--checklist", "leap"), "goes with settings"),
        ("stored", "nonsense", (), "no checklist nonsense"),
    ],
)
def test_what_cannot_be_compared_is_refused(stored, files, before, after, more, said):
    args = [str(files.get(name, name)) for name in (before, after)]
    with pytest.raises(UsageError, match=said):
        run(stored, *args, *more, standalone_mode=False)


def test_by_several_processes_it_is_the_same(tmp_path, files, monkeypatch):
    path = write_wav(tmp_path / "busy.wav", lanes(9, (1, 4), (7.8, 8.6)), lanes(9, (3.7, 6.5), seed=7))
    out = tmp_path / "out"
    made = analyze_call(path, out, Settings(), CountingModels(), progress=lambda *_: None).result.parent
    for k in range(9):
        shutil.copytree(made, out / f"call_{k}")
    (out / "call_4" / "stages" / "moves.json").write_text("{")
    given = (out, "stored", files["settings"], "--checklist", "leap", "--json")
    alone = run(*given)
    asked = []
    monkeypatch.setattr(machine, "processes_for", lambda calls: asked.append(calls) or 2)
    shared = run(*given)
    assert asked == [10]
    assert (shared.exit_code, shared.stdout, shared.stderr) == (1, alone.stdout, alone.stderr)
    document = json.loads(shared.stdout)
    assert [one["id"] for one in document["failed"]] == ["call_4"]
    assert len(document["calls"]) == 9


def test_a_call_whose_stages_make_no_sense_fails_alone(stored, files, monkeypatch):
    def senseless(call, settings):
        raise ValueError("a span ends after it starts")

    monkeypatch.setattr("pipeline.stages.compare.call_facts", senseless)
    done = run(stored, files["lenient"], files["strict"], "--json")
    assert done.exit_code == 1
    assert [one["id"] for one in json.loads(done.stdout)["failed"]] == ["bad", "good", "torn"]
    assert "is damaged" in done.stderr
