from __future__ import annotations

import json
import shutil

import pytest
from running import invoke
from stages.made import CountingModels, lanes, write_wav

from pipeline.batch.lock import locked
from pipeline.cli.app import app
from pipeline.errors import ExitCode, OutputError, UsageError
from pipeline.settings import Settings
from pipeline.stages.call import analyze_call

STRICT = "floor:\n  contest_s: 0.1\nturns:\n  silence_min_s: 0.5\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    path = write_wav(folder / "busy.wav", lanes(9, (1, 4), (7.8, 8.6), seed=1), lanes(9, (3.7, 6.5), seed=7))
    return analyze_call(path, folder, Settings(), CountingModels(), progress=lambda *_: None).result.parent


@pytest.fixture
def results(made, tmp_path):
    shutil.copytree(made, tmp_path / "results" / "busy")
    (tmp_path / "strict.yaml").write_text(STRICT)
    return tmp_path / "results"


def hearout(*words):
    return invoke(app, *words)


def test_the_table_shows_what_changed(results):
    done = hearout("rescore", results, "--config", results.parent / "strict.yaml")
    assert done.exit_code == 0
    row = next(line for line in done.stdout.splitlines() if line.startswith("busy"))
    assert "changed" in row
    assert "1 call scored again; 1 differs." in done.stdout
    again = hearout("rescore", results, "--config", results.parent / "strict.yaml")
    assert "1 call scored again; none differ." in again.stdout


def test_a_dry_run_says_the_same_and_writes_nothing(results):
    before = (results / "busy" / "analysis.json").read_bytes()
    done = hearout("rescore", results, "--config", results.parent / "strict.yaml", "--dry-run", "--json")
    document = json.loads(done.stdout)
    assert document["written"] is False
    (call,) = document["calls"]
    silence = call["changed"]["measures"]["silence_count"]
    assert silence["after"] > silence["before"]
    assert {event["type"] for event in call["changed"]["events_new"]} & {"silence", "hold"}
    assert (results / "busy" / "analysis.json").read_bytes() == before
    assert "nothing written" in hearout("rescore", results, "--dry-run").stdout


def test_verdicts_that_turn_are_told_though_no_measure_changes(results):
    lenient = results.parent / "lenient.yaml"
    lenient.write_text("talk: {ratio: 0.05, tolerance: 0.0}\n")
    hearout("rescore", results, "--agent-channel", "left")  # else nobody is judged
    document = json.loads(hearout("rescore", results, "--config", lenient, "--dry-run", "--json").stdout)
    (call,) = document["calls"]
    changed = call["changed"]
    assert (changed["measures"], changed["events_new"], changed["events_gone"]) == ({}, [], [])
    turned = changed["verdicts"]["talk_ratio"]
    assert turned["before"] != turned["after"] == "fail"
    shown = hearout("rescore", results, "--config", lenient, "--dry-run").stdout
    assert f"talk ratio: {turned['before']} → fail" in shown
    assert "1 differs." in shown
    told = hearout("rescore", results, "--config", lenient, "--dry-run", "--verbose").stdout
    assert "did-you.listen_as_much_as_talk" in told
    assert "did-you.listen_as_much_as_talk" not in shown


def test_a_broken_call_fails_alone(results):
    broken = results / "a_broken_one" / "stages"
    broken.mkdir(parents=True)
    done = hearout("rescore", results, "--config", results.parent / "strict.yaml", "--json")
    assert done.exit_code == ExitCode.SOME_FAILED
    document = json.loads(done.stdout)
    assert [call["id"] for call in document["calls"]] == ["busy"]
    assert [call["id"] for call in document["failed"]] == ["a_broken_one"]
    assert "a_broken_one" in done.stderr


def test_by_several_processes_it_is_the_same(results, monkeypatch):
    for k in range(9):
        shutil.copytree(results / "busy", results / f"call_{k}")
    (results / "call_4" / "stages" / "moves.json").write_text("{")
    before = tuple(path.read_bytes() for path in sorted(results.rglob("timeline.html")))
    strict = ("rescore", results, "--config", results.parent / "strict.yaml", "--json")
    alone = hearout(*strict, "--dry-run")
    shared = hearout(*strict, "--workers", "2")
    assert (alone.exit_code, shared.exit_code) == (ExitCode.SOME_FAILED, ExitCode.SOME_FAILED)
    assert json.loads(shared.stdout) == {**json.loads(alone.stdout), "written": True}
    assert shared.stderr == alone.stderr
    after = tuple(path.read_bytes() for path in sorted(results.rglob("timeline.html")))
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 9


def test_a_disk_that_is_full_in_one_of_several_processes_stops_the_run(results, tmp_path):
    for k in range(9):
        shutil.copytree(results / "busy", results / f"call_{k}")
    place = results / "call_8" / "timeline.html"
    place.unlink()
    place.mkdir()  # what can't be written
    done = hearout("rescore", results, "--workers", "2")
    assert isinstance(done.exception, OutputError)
    assert "timeline.html" in done.exception.message
    assert done.exception.remedy
    assert not list(results.rglob("*.part"))


def test_every_changed_measure_is_named_when_asked(results):
    done = hearout("rescore", results, "--config", results.parent / "strict.yaml", "--verbose")
    assert "silence_count" in done.stdout


@pytest.mark.parametrize(
    "more", [("--agent-channel", "middle"), ("--config", "nowhere.yaml")], ids=["channel", "config"]
)
def test_wrong_options_run_nothing(results, more):
    before = (results / "busy" / "analysis.json").read_bytes()
    done = hearout("rescore", results, *more)
    assert isinstance(done.exception, UsageError)
    assert (results / "busy" / "analysis.json").read_bytes() == before


def test_the_list_of_events_has_numbers_times_and_a_sentence_each(results):
    done = hearout("explain", results / "busy")
    assert done.exit_code == 0
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["#", "At", "Event"] in [row[:3] for row in rows]
    assert "Talk ratio" in done.stdout
    events = json.loads((results / "busy" / "analysis.json").read_text())["events"]
    listed = [row for row in rows if row and row[0].isdigit()]
    assert [row[0] for row in listed] == [str(n + 1) for n in range(len(events))]
    document = json.loads(hearout("explain", results / "busy", "--json").stdout)
    for listed_event, event in zip(document["events"], events, strict=True):
        assert event.items() >= {k: v for k, v in listed_event.items() if k in event}.items()
        assert listed_event["sentence"].endswith(".")


def test_one_event_is_drawn_with_its_numbers_thresholds_and_place(results):
    done = hearout("explain", results / "busy", "1")
    assert done.exit_code == 0
    for part in ("customer  ", "agent  ", "^", "What was measured", "Both spoke for", "floor.contest_s"):
        assert part in done.stdout
    assert "What would change the answer" in done.stdout
    document = json.loads(hearout("explain", results / "busy", "1", "--json").stdout)
    event = document["event"]
    assert event["n"] == 1
    assert event["listen"] == f"timeline.html#t={event['start_s'] - 2:.1f}"
    assert document["thresholds"]["floor.contest_s"] == 0.5
    assert {one["name"] for one in document["numbers"]} == set(event["why"])


def test_explain_uses_the_stored_thresholds(results):
    hearout("rescore", results, "--config", results.parent / "strict.yaml")
    listed = json.loads(hearout("explain", results / "busy", "--json").stdout)["events"]
    number = next(event["n"] for event in listed if event.get("by"))
    document = json.loads(hearout("explain", results / "busy", number, "--json").stdout)
    assert document["thresholds"]["floor.contest_s"] == 0.1


@pytest.mark.parametrize("number", ["0", "99"])
def test_no_such_event_is_wrong_usage(results, number):
    done = hearout("explain", results / "busy", number)
    assert isinstance(done.exception, UsageError)
    assert "numbered 1 to" in str(done.exception)


def test_explain_wants_one_call(results):
    assert isinstance(hearout("explain", results).exception, UsageError)


@pytest.mark.parametrize("command", ["rescore", "rescore one", "swap-roles", "analyze"])
def test_what_another_run_holds_is_left_alone(results, command):
    before = (results / "busy" / "analysis.json").read_bytes()
    words = {
        "rescore": ("rescore", results, "--config", results.parent / "strict.yaml"),
        "rescore one": ("rescore", results / "busy", "--config", results.parent / "strict.yaml"),
        "swap-roles": ("swap-roles", results / "busy"),
        "analyze": ("analyze", results / "x.wav", "--out", results, "--no-transcript"),
    }[command]
    with locked(results):
        done = hearout(*words)
        assert isinstance(done.exception, OutputError)
        assert "another run" in done.exception.message
        assert hearout("rescore", results, "--dry-run").exit_code == 0
    assert (results / "busy" / "analysis.json").read_bytes() == before
