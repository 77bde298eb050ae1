"""``hearout batch`` as a user meets it, and what it draws."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from running import hearout
from stages.made import lanes, write_wav

from pipeline.batch import events
from pipeline.batch.journal import Figures
from pipeline.batch.summary import Summary, Team, team_figures
from pipeline.cli.batch_report import command_lines, next_commands, summary_rows
from pipeline.cli.batch_view import JsonView, LineView, LiveView
from pipeline.cli.console import Terminal


@pytest.fixture
def recordings(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for k in range(2):
        write_wav(folder / f"c{k}.wav", lanes(2.5, (0.3, 1.4), seed=k), lanes(2.5, (1.6, 2.3), seed=k + 20))
    return folder


def test_a_folder_end_to_end_then_nothing_to_do_then_a_failure(recordings, tmp_path):
    words = ("batch", recordings, "--out", tmp_path / "out", "--no-transcript", "--workers", 1)
    first = hearout(*words)
    assert first.returncode == 0, first.stderr
    assert "2 calls" in first.stdout
    assert "hearout export" in first.stdout
    assert "no name pattern" in first.stderr
    again = hearout(*words, "--json")
    assert again.returncode == 0
    told = [json.loads(line) for line in again.stdout.splitlines()]
    assert told[-1]["event"] == "summary"
    assert (told[-1]["already_done"], told[-1]["done"]) == (2, 0)
    (recordings / "bad.wav").write_text("no audio")
    third = hearout(*words, "--quiet")
    assert (third.returncode, third.stdout, third.stderr) == (1, "", "")
    assert "bad.wav" in (tmp_path / "out" / "failures.csv").read_text()


def test_a_dry_run_writes_nothing_and_estimates(recordings, tmp_path):
    (recordings / "calls.csv").write_text("path,agent\nc0.wav,Lee\nc1.wav,Ann\n")
    words = ("batch", recordings / "calls.csv", "--out", tmp_path / "out", "--dry-run", "--no-transcript")
    done = hearout(*words, "--json")
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert [(row["file"], row["agent"], row["duration_s"]) for row in plan["to_do"]] == [
        ("c0.wav", "Lee", 2.5),
        ("c1.wav", "Ann", 2.5),
    ]
    assert plan["estimate_s"] >= 0
    assert "Nothing was written" in hearout(*words).stdout
    assert not (tmp_path / "out").exists()


def test_settings_of_the_batch_stand_in_the_settings_file(recordings, tmp_path):
    config = tmp_path / "own.yaml"
    config.write_text("transcript: false\nbatch:\n  workers: 1\n  name_patterns: ['(?P<agent>c.)']\n")
    done = hearout("batch", recordings, "--out", tmp_path / "out", "--config", config, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["done"] == 2
    assert json.loads((tmp_path / "out" / "c0" / "analysis.json").read_text())["call"]["agent"] == "c0"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nowhere",), "no such folder"),
        ((".", "--agent-channel", "middle"), "left, right or auto"),
        ((".", "--config", "own.yaml"), "line 1: batch"),
        ((".", "--db", "oracle://x"), "database"),
    ],
)
def test_wrong_usage_is_two_and_one_sentence(words, says, recordings):
    (recordings / "own.yaml").write_text("batch:\n  name_patterns: ['(']\n")
    done = hearout("batch", *words, "--out", recordings.parent / "out", "--no-transcript", cwd=recordings)
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_model_is_three_and_names_the_command(recordings, tmp_path):
    env = {**os.environ, "HEAROUT_MODELS": str(tmp_path / "models")}
    command = [sys.executable, "-m", "pipeline", "batch", str(recordings), "--out", str(tmp_path / "out")]
    done = subprocess.run([*command, "--offline"], capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 3, done.stderr
    assert "hearout models pull base" in done.stderr
    assert "Traceback" not in done.stderr


def test_output_that_is_in_the_way_is_four(recordings, tmp_path):
    (tmp_path / "out").write_text("in the way")
    done = hearout("batch", recordings, "--out", tmp_path / "out", "--no-transcript")
    assert done.returncode == 4
    assert (tmp_path / "out").read_text() == "in the way"


def test_ctrl_c_ends_cleanly_and_keeps_what_is_done(recordings, tmp_path):
    for k in range(2, 12):
        write_wav(
            recordings / f"c{k}.wav", lanes(2.5, (0.3, 1.4), seed=k), lanes(2.5, (1.6, 2.3), seed=k + 20)
        )
    words = [
        "batch",
        str(recordings),
        "--out",
        str(tmp_path / "out"),
        "--no-transcript",
        "--workers",
        "1",
        "--json",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        for line in process.stdout:
            if json.loads(line)["event"] == "call_done":
                break
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    summary = json.loads(rest.splitlines()[-1])
    assert summary["interrupted"]
    assert summary["done"] + summary["not_done"] == 12
    assert "Traceback" not in errors
    folders = [path for path in (tmp_path / "out").iterdir() if path.is_dir() and path.name != ".batch"]
    assert len(folders) == summary["done"] >= 1
    assert all((path / "analysis.json").exists() for path in folders)


def test_team_figures_are_summed_from_the_calls():
    calls = [
        Figures(60, 0.7, 2, "fail"),
        Figures(30, 0.5, 0, "pass"),
        Figures(10, None, None, "not_applicable"),
    ]
    team = team_figures(calls)
    assert team == Team(3, 100, 0.6, 2, 1, 1, 2)
    assert team_figures([]) == Team()


def test_the_summary_says_what_a_team_lead_wants():
    summary = Summary(
        found=12, done=8, failed=1, failed_before=1, already_done=2, duplicates=1, audio_s=3600,
        elapsed_s=600, team=Team(10, 4000, 0.62, 7, 4, 5, 8), out="my results",
    )  # fmt: skip
    rows = dict(summary_rows(summary))
    assert rows["Done"] == "8 calls, 2 done earlier"
    assert rows["Failed"] == "2, 1 of them earlier"
    assert rows["Speed"].startswith("6.0 × real time")
    assert rows["Talk ratio"] == "agents 62 % (median of 10 calls)"
    assert rows["Agents cut in"] == "7 times in 4 of 10 calls"
    assert rows["Vents"] == "5 of 8 heard to the end"
    commands = [command for command, _ in next_commands(summary, "hearout batch calls")]
    assert commands[0] == "hearout batch calls --retry-failed"
    assert "hearout report 'my results'" in commands
    assert next_commands(replace(summary, failed=0, failed_before=0, team=Team()), "x") == []


@pytest.mark.parametrize("width", [60, 80, 160])
def test_commands_that_make_sense_now_can_be_copied_whole(width):
    summary = Summary(found=2, done=1, failed=1, out="a folder", team=Team(1))
    again = "hearout batch recordings --out 'a folder' --no-transcript"
    lines = [line.plain.strip() for line in command_lines(summary, again, width)]
    for command, why in next_commands(summary, again):
        (line,) = [line for line in lines if line.startswith(command)]
        assert line == command or (line.endswith(why) and len(line) <= width)
    assert len(lines) == (3 if width == 160 else 6)


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


STORY = [
    events.Note("Something odd."),
    events.Started(4, 1, 0, 1, 400.0, 2, 1, 2400),
    events.CallStarted("a", "a.wav"),
    events.CallStarted("b", "b.wav"),
    events.CallAt("a", "transcribing", 3.0, 10.0),
    events.CallDone("b", "b.wav", Figures(100.0, 0.5), 20.0),
    events.CallFailed("c", "c.wav", "c.wav is empty.", "Copy it.", "input"),
]


def test_off_a_terminal_a_line_a_minute():
    lines, clock = [], Clock()
    view = LineView(lines.append, clock)
    for clock.now_s, event in zip((0, 0, 0, 0, 0, 20, 20), STORY, strict=True):
        view(event)
    said = list(lines)
    assert said[0] == "Something odd."
    assert said[1] == (
        "4 calls to do (1 done earlier), 6 min 40 s of audio; 2 workers with 1 thread each, "
        "planned for 2400 MB together."
    )
    assert said[2] == "failed: c.wav is empty. Copy it."
    for clock.now_s in (20.0, 59.0, 61.0, 100.0, 120.0, 122.0):
        view(events.Tick())
    assert len(lines) == len(said) + 2
    assert (
        lines[-2] == "1 of 4 calls · 0.03 of 0.11 h of audio · 5.0 × real time · about 19 s left · 1 failed"
    )
    assert "left" not in lines[-1]  # overdue: nobody knows


def test_one_worker_is_one_and_audio_of_unknown_length_is_not_told():
    lines = []
    LineView(lines.append, Clock())(events.Started(1, 0, 0, 0, 0.0, 1, 2, 1212))
    assert lines == ["1 call to do; 1 worker with 2 threads, planned for 1212 MB together."]


def test_json_events_are_one_object_a_line():
    lines = []
    view = JsonView(lines.append, lambda: datetime(2025, 2, 19, tzinfo=UTC))
    for event in (*STORY, events.Tick(), events.Ended(Summary(done=1))):
        view(event)
    told = [json.loads(line) for line in lines]
    assert [one["event"] for one in told] == [
        "note", "started", "call_started", "call_started", "call_done", "call_failed", "summary",
    ]  # fmt: skip
    assert told[4]["figures"]["duration_s"] == 100.0
    assert {one["at"] for one in told} == {"2025-02-19T00:00:00.000+00:00"}


def test_on_a_terminal_nothing_is_counted_before_it_is_known():
    view = LiveView(Terminal(quiet=True))
    assert view.picture().plain == ""
    view(events.Started(0, 3, 0, 0, 0.0, 2, 1, 2400))
    assert "waiting" in view.picture().plain


def test_a_run_that_did_nothing_says_so():
    rows = dict(summary_rows(Summary(already_done=3, failed_before=2)))
    assert rows["Done"] == "nothing new, 3 done earlier"
    assert rows["Failed"] == "2 earlier, not tried again"
    assert Summary(audio_s=0.1 + 0.2, elapsed_s=1 / 3).to_dict()["audio_s"] == 0.3


def test_on_a_terminal_the_calls_at_work_are_drawn():
    from rich.console import Console

    view = LiveView(Terminal(quiet=True))
    for event in STORY:
        view(event)
    console = Console(record=True, width=100, file=open(os.devnull, "w"))  # noqa: PTH123, SIM115
    console.print(view.picture())
    console.file.close()
    drawn = console.export_text()
    alone = [line for line in drawn.splitlines() if line.startswith("1 of 4 calls")]
    assert alone, "the state stands on a line of its own, with room for how long it takes"
    assert "a.wav" in drawn
    assert "transcribing" in drawn
    assert "30%" in drawn
    assert "b.wav" not in drawn
