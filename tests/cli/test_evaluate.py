from __future__ import annotations

import inspect
import json
import subprocess
import sys

import pytest
import typer
from evaluate.made import write_label, write_result
from rich.console import Console
from running import invoke

from pipeline.cli import evaluate
from pipeline.cli.console import Terminal
from pipeline.errors import ExitCode, UsageError
from pipeline.evaluate import EvaluateOptions, evaluate_labels
from pipeline.evaluate.families import METRICS
from pipeline.evaluate.report import print_tables

SPEECH = {"agent": [[0, 2]], "customer": [[3, 7]]}
SECRET = "my boiler is dead"


@pytest.fixture
def command():
    app = typer.Typer()
    app.callback()(lambda: None)
    app.command()(evaluate.evaluate)

    def call(*args):
        return invoke(app, "evaluate", *args)

    return call


@pytest.fixture
def labels(tmp_path):
    """Two labelled calls, one good and one poor result, one without a label."""
    folder, results = tmp_path / "labels", tmp_path / "results"
    line = {"speaker": "customer", "text": SECRET, "start_s": 3, "end_s": 7}
    spoken = {"speech": SPEECH, "lines": [line], "talk_s": {"agent": 2.0, "customer": 4.0}}
    write_label(folder, "good", talk_ratio_agent=0.333, **spoken)
    write_label(folder, "poor", talk_ratio_agent=0.333, **spoken)
    write_result(results, "good.dual", [(0, 2)], [(3, 7)], says=[("customer", 3.0, 7.0, SECRET)])
    write_result(results, "poor.dual", [(0, 1)], [(3, 7)], says=[("customer", 3.0, 7.0, "my boiler")])
    write_result(results, "stray", [(0, 1)], [(3, 7)])
    return folder, "--results", results


def lines_of(text):
    return [line.split() for line in text.splitlines() if line.strip()]


def test_the_table_shows_the_worst_call_first_and_totals_below(command, labels):
    done = command(*labels)
    assert done.exit_code == 0, done.stderr
    rows = [line for line in lines_of(done.stdout) if line[0] in ("good.dual", "poor.dual", "mean", "pooled")]
    assert [row[0] for row in rows] == ["poor.dual", "good.dual", "mean", "pooled"]
    assert rows[0][1:4] == ["-0.133", "0.667", "1.000"]
    assert rows[0][-1] == "50.0%"
    assert rows[2][1:3] == ["0.067", "0.833"], "a mean of absolute values has no sign"
    assert rows[3][2] == "0.857"
    assert "1 result has no label" in done.stderr


def test_json_is_all_there_is_on_stdout(command, labels):
    done = command(*labels, "--json")
    data = json.loads(done.stdout)
    assert done.exit_code == 0
    assert [call["id"] for call in data["calls"]] == ["poor.dual", "good.dual"]
    poor = data["calls"][0]
    assert set(poor["scores"]) == set(data["total"]) == set(data["metrics"]) == set(METRICS)
    assert poor["scores"]["speech_f1_agent"] == pytest.approx(2 / 3, abs=1e-6)
    assert poor["parts"]["speech_f1_agent"] == {"tp": 100, "fp": 0, "fn": 100}
    assert poor["parts"]["wer_customer"]["deletions"] == 2
    assert poor["scores"]["wer_agent"] is None
    assert poor["reasons"]["wer_agent"] == "no words in the label"
    total = data["total"]["speech_f1"]
    assert total["scored"] == 4
    assert (total["worst_call"], total["worst_metric"]) == ("poor.dual", "speech_f1_agent")
    assert total["pooled"] == pytest.approx(2200 / 2300, abs=1e-6)
    assert (data["missing"], data["failed"]) == ([], [])
    assert [note["code"] for note in data["notes"]] == ["unlabelled_results"]


def test_a_missing_result_shows_in_the_table_and_in_json_and_exits_1(command, labels):
    write_label(labels[0], "new", audio="new.dual.flac")  # and no such recording beside it
    done = command(*labels)
    assert done.exit_code == ExitCode.SOME_FAILED
    assert ["new", "missing"] in [line[:2] for line in lines_of(done.stdout)]
    assert "hearout analyze" in done.stderr
    data = json.loads(command(*labels, "--json").stdout)
    assert [one["call_id"] for one in data["missing"]] == ["new"]
    assert data["missing"][0]["command"].startswith("hearout analyze ")
    assert len(data["calls"]) == 2


def test_a_bad_label_shows_as_failed_and_exits_1(command, labels):
    write_label(labels[0], "bad", speech=[SECRET])
    done = command(*labels)
    assert done.exit_code == ExitCode.SOME_FAILED
    assert ["bad.truth.json", "failed"] in [line[:2] for line in lines_of(done.stdout)]
    assert "speech" in done.stderr
    data = json.loads(command(*labels, "--json").stdout)
    assert data["failed"][0]["file"].endswith("bad.truth.json")


def test_no_words_of_a_call_are_printed(command, labels):
    write_label(labels[0], "bad", lines=[{"speaker": SECRET, "text": SECRET, "start_s": 0, "end_s": 1}])
    for options in ((), ("--json",), ("--verbose",)):
        assert SECRET not in command(*labels, *options).output


def test_verbose_lists_every_metric_with_its_meaning(command, labels):
    done = command(*labels, "--verbose")
    listed = {line[0] for line in lines_of(done.stdout)}
    assert set(METRICS) <= listed
    assert METRICS["talk_ratio_error"].definition.split(";")[0] in done.stdout


def test_quiet_leaves_the_exit_code_and_the_errors(command, labels):
    write_label(labels[0], "new")
    done = command(*labels, "--quiet")
    assert done.stdout == ""
    assert "no result for new" in done.stderr
    assert "stray" not in done.stderr
    assert done.exit_code == ExitCode.SOME_FAILED


def test_sort_and_only_are_obeyed(command, labels):
    data = json.loads(command(*labels, "--json", "--only", "good*", "--sort", "wer").stdout)
    assert [call["id"] for call in data["calls"]] == ["good.dual"]


@pytest.mark.parametrize("more", [("--sort", "beauty"), ("--only", "nothing")])
def test_wrong_options_are_wrong_usage(command, labels, more):
    done = command(*labels, *more)
    assert isinstance(done.exception, UsageError)
    assert done.exception.exit_code == ExitCode.USAGE
    assert done.stdout == ""


def test_no_labels_are_wrong_usage(command, tmp_path):
    assert isinstance(command(tmp_path).exception, UsageError)
    assert isinstance(command(tmp_path / "nowhere").exception, UsageError)


def test_long_ids_are_not_cut_off_in_a_pipe(command, labels):
    name = "a-very-long-call-id-from-a-recorder-" * 3
    write_label(labels[0], name, speech=SPEECH)
    write_result(labels[2], name, [(0, 2)], [(3, 7)])
    assert name in command(*labels).stdout


@pytest.mark.parametrize("width", [60, 80, 120])
def test_on_a_narrow_terminal_the_table_comes_in_parts_with_the_calls_names(labels, width):
    evaluation = evaluate_labels(EvaluateOptions(labels[0], labels[2]), None)
    console = Console(width=width, force_terminal=True, color_system=None, legacy_windows=False)
    with console.capture() as captured:
        print_tables(evaluation, console)
    lines = [line.rstrip() for line in captured.get().splitlines()]
    assert max(map(len, lines)) <= width
    assert "…" not in captured.get(), "no figure is cut off"
    named = [line for line in lines if line.strip().startswith("poor.dual")]
    assert len(named) == len([line for line in lines if line.strip().startswith("calls scored")]) > 1
    columns = [metric for metric in METRICS.values() if metric.column]
    assert sum(len(line.split()) - 1 for line in named) == len(columns)


def test_missing_results_are_made_where_a_way_is_given(labels, capsys):
    write_label(labels[0], "new", speech=SPEECH, audio="new.flac")
    (labels[0] / "new.flac").write_bytes(b"")

    def analyze(audio, out):
        return write_result(out, audio.stem, [(0, 2)], [(3, 7)])

    code = evaluate.run(EvaluateOptions(labels[0], labels[2]), Terminal(json=True), analyze)
    assert code == ExitCode.OK
    assert "new" in {call["id"] for call in json.loads(capsys.readouterr().out)["calls"]}


def test_the_default_order_is_the_rooms_own(tmp_path):
    default = inspect.signature(evaluate.evaluate).parameters["sort"].default
    assert default == EvaluateOptions(tmp_path, tmp_path).sort
    assert default in METRICS


def test_help_loads_no_heavy_library():
    code = (
        "import sys, pipeline.cli.evaluate\n"
        "heavy = {'jiwer', 'whisper_normalizer', 'numpy', 'pandas', 'av', 'faster_whisper', 'rapidfuzz',"
        " 'pydantic', 'onnxruntime', 'torch'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_folder_of_results_that_is_not_there_is_wrong_usage(command, labels, monkeypatch):
    """Nothing is analysed for a misspelt name."""
    monkeypatch.setattr("pipeline.stages.call.analyze_call", lambda *_, **__: pytest.fail("was analysed"))
    done = command(labels[0], "--results", labels[0] / "typo")
    assert isinstance(done.exception, UsageError)
    assert "typo: no such folder" in done.exception.message
