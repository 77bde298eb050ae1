"""The command line as a user meets it: in a process of its own."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from running import hearout
from stages.made import lanes, write_wav

from pipeline import __version__
from pipeline.cli.app import main
from pipeline.errors import ExitCode
from pipeline.stages import call

HEAVY = (
    "torch",
    "ctranslate2",
    "faster_whisper",
    "pyannote",
    "onnxruntime",
    "ray",
    "av",
    "huggingface_hub",
    "numpy",
    "yaml",
    "sqlalchemy",
    "alembic",
    "xlsxwriter",
    "pyarrow",
    "psycopg",
    "weasyprint",
    "jinja2",
    "scipy",
    "sklearn",
    "webvtt",
    "praatio",
)
COMMANDS = (
    "",
    "analyze",
    "import",
    "explain",
    "rescore",
    "batch",
    "watch",
    "swap-roles",
    "export",
    "report",
    "compare",
    "evaluate",
    "checklists list",
    "checklists validate",
    "moves test",
    "models",
    "models pull",
    "models list",
    "models verify",
)


@pytest.fixture
def empty_store(tmp_path):
    return {"HEAROUT_MODELS": str(tmp_path / "models"), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_loads_no_heavy_library(command):
    code = (
        f"import sys; sys.argv = ['hearout', *{command.split()}, '--help']\n"
        "from pipeline.cli.app import main\n"
        "try: main()\n"
        "except SystemExit as leave: assert not leave.code, leave.code\n"
        f"print([m for m in {HEAVY} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "Usage: " in done.stdout


@pytest.mark.parametrize("command", [c for c in COMMANDS if c not in ("", "models")])
def test_every_help_has_examples_and_short_h(command):
    done = hearout(*command.split(), "-h")
    assert done.returncode == 0
    assert f"hearout {command.split()[0]}" in done.stdout.split("Usage:")[1]
    assert "xample" in done.stdout


def test_version_and_no_arguments():
    assert hearout("--version").stdout == f"hearout {__version__}\n"
    nothing = hearout()
    assert nothing.returncode in (0, 2)
    assert "analyze" in nothing.stdout + nothing.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("analyse",), "analyze"),
        (("analyze",), "AUDIO"),
        (("analyze", "x.wav", "--agent-channel", "middle"), "left, right or auto"),
        (("analyze", "x.wav", "--config", "none.yaml"), "none.yaml"),
        (("analyze", "x.wav", "--model", "huge"), "huge"),
        (("analyze", "x.wav", "--device", "tpu"), "device takes auto, cpu or cuda, not 'tpu'"),
        (("analyze", "x.wav", "--language", "klingon"), "language takes auto or a code such as en"),
        (("analyze", "x.wav", "--language", ""), "language takes auto"),
        (("analyze", "x.wav", "--diarizer", "zzz"), "zzz"),
        (("evaluate", "nowhere"), "nowhere"),
    ],
)
def test_wrong_usage_is_two_and_one_sentence(words, says, tmp_path):
    done = (
        hearout(*words, "--out", tmp_path / "out")
        if words[0] == "analyze" and len(words) > 1
        else hearout(*words)
    )
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_one_bad_recording_among_good_ones(tmp_path):
    good = write_wav(tmp_path / "good.wav", lanes(4, (1, 3)), lanes(4, seed=3))
    (tmp_path / "bad.wav").write_bytes(b"no audio")
    done = hearout(
        "analyze", tmp_path / "bad.wav", good, "--no-transcript", "--json", "--out", tmp_path / "out"
    )
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert [c["id"] for c in document["calls"]] == ["good"]
    assert [f["source"] for f in document["failed"]] == ["bad.wav"]
    assert "bad.wav" in done.stderr
    assert "Traceback" not in done.stderr
    assert json.loads((tmp_path / "out" / "good" / "analysis.json").read_text())["call"]["id"] == "good"
    assert not (tmp_path / "out" / "bad").exists()


def test_several_recordings_make_a_table_on_stdout(tmp_path):
    paths = [write_wav(tmp_path / f"{n}.wav", lanes(4, (1, 3)), lanes(4, (3, 3.5), seed=3)) for n in "ab"]
    done = hearout("analyze", *paths, "--no-transcript", "--out", tmp_path / "out")
    assert done.returncode == 0
    assert "\x1b[" not in done.stdout
    lines = done.stdout.splitlines()
    assert any(line.startswith("a ") for line in lines)
    assert any(line.startswith("b ") for line in lines)
    quiet = hearout("analyze", *paths, "--no-transcript", "--quiet", "--out", tmp_path / "out")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")


def test_in_the_table_a_failure_says_why_and_its_name_once(tmp_path):
    good = write_wav(tmp_path / "good.wav", lanes(4, (1, 3)), lanes(4, seed=3))
    (tmp_path / "bad.wav").write_bytes(b"")
    done = hearout("analyze", tmp_path / "bad.wav", good, "--no-transcript", "--out", tmp_path / "out")
    (row,) = [line for line in done.stdout.splitlines() if line.startswith("bad.wav")]
    assert row.rstrip().endswith("failed: empty (0 bytes).")


def test_a_missing_model_is_three_and_names_the_command(tmp_path, empty_store):
    call = write_wav(tmp_path / "call.wav", lanes(4, (1, 3)), lanes(4, seed=3))
    done = hearout("analyze", call, "--offline", "--out", tmp_path / "out", **empty_store)
    assert done.returncode == 3
    assert "hearout models pull base" in done.stderr
    assert "Traceback" not in done.stderr


def test_output_that_cannot_be_written_is_four(tmp_path):
    call = write_wav(tmp_path / "call.wav", lanes(2, (0.5, 1.5)), lanes(2, seed=3))
    (tmp_path / "out").write_text("in the way")
    done = hearout("analyze", call, "--no-transcript", "--out", tmp_path / "out")
    assert done.returncode == 4
    assert "out" in done.stderr
    assert (tmp_path / "out").read_text() == "in the way"


def test_a_calls_folder_that_is_a_file_ends_neither_the_run_nor_its_report(tmp_path):
    a, b, c = (write_wav(tmp_path / f"{n}.wav", lanes(2, (0.5, 1)), lanes(2, seed=3)) for n in "abc")
    out = tmp_path / "out"
    out.mkdir()
    (out / "b").write_text("in the way")
    done = hearout("analyze", a, b, c, b, "--no-transcript", "--json", "--out", out)
    assert done.returncode == ExitCode.OUTPUT
    document = json.loads(done.stdout)
    assert [one["id"] for one in document["calls"]] == ["a", "c"]
    assert [one["source"] for one in document["failed"]] == ["b.wav"]
    assert f"{out / 'b'} is a file" in document["failed"][0]["error"]
    assert (out / "b").read_text() == "in the way"


def test_a_recording_named_twice_is_one_call(tmp_path):
    call = write_wav(tmp_path / "a.wav", lanes(2, (0.5, 1)), lanes(2, seed=3))
    again = tmp_path / ".." / tmp_path.name / "a.wav"
    done = hearout("analyze", call, again, "--no-transcript", "--json", "--out", tmp_path / "out")
    assert [one["id"] for one in json.loads(done.stdout)["calls"]] == ["a"]


@pytest.fixture
def two_calls(tmp_path, monkeypatch):
    """Analyse two recordings, a.wav and b.wav, of which one meets with something; return the exit code."""

    def run(name, meets):
        paths = [write_wav(tmp_path / f"{n}.wav", lanes(2, (0.5, 1)), lanes(2, seed=3)) for n in "ab"]
        analyze = call.analyze_call

        def analyze_call(path, *given, **options):
            return meets() if path.name == name else analyze(path, *given, **options)

        monkeypatch.setattr(call, "analyze_call", analyze_call)
        words = ["analyze", *map(str, paths), "--no-transcript", "--json", "--out", str(tmp_path / "out")]
        monkeypatch.setattr(sys, "argv", ["hearout", *words])
        with pytest.raises(SystemExit) as left:
            main()
        return left.value.code

    return run


def test_what_was_done_before_the_end_of_a_run_is_told(two_calls, capsys):
    assert two_calls("b.wav", _at_once) == ExitCode.INTERRUPTED
    assert [one["id"] for one in json.loads(capsys.readouterr().out)["calls"]] == ["a"]


def test_a_silent_recording_is_no_error(tmp_path):
    silent = np.zeros(16_000)
    call = write_wav(tmp_path / "silent.wav", silent, silent)
    done = hearout("analyze", call, "--json", "--no-transcript", "--out", tmp_path / "out")
    assert done.returncode == 0
    (found,) = json.loads(done.stdout)["calls"]
    assert found["measures"]["talk_ratio_agent"] is None
    assert "no_speech" in found["warnings"]


def test_too_long_names_the_option(tmp_path):
    call = write_wav(tmp_path / "long.wav", lanes(8, (1, 3)), lanes(8, seed=3))
    done = hearout("analyze", call, "--max-duration", "0.001", "--no-transcript", "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "--max-duration" in done.stderr


def _by_import() -> None:
    """Raise what Python makes of Ctrl-C while a class is being made."""
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt as error:
        raise RuntimeError("Error calling __set_name__") from error


def _at_once() -> None:
    raise KeyboardInterrupt


def _pipe_closed() -> None:
    raise BrokenPipeError(errno.EPIPE, "Broken pipe")


@pytest.mark.parametrize("how", [_at_once, _by_import])
def test_an_interrupted_run_says_that_finished_calls_are_kept(how, monkeypatch, capsys):
    monkeypatch.setattr("pipeline.settings.load_settings", lambda _path: how())
    monkeypatch.setattr(sys, "argv", ["hearout", "analyze", "x.wav"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == ExitCode.INTERRUPTED
    assert capsys.readouterr().err == "hearout: Interrupted; finished calls are kept.\n"


def test_a_reader_that_has_gone_is_no_error(monkeypatch, capfd):
    monkeypatch.setattr("pipeline.settings.load_settings", lambda _path: _pipe_closed())
    monkeypatch.setattr(sys, "argv", ["hearout", "analyze", "x.wav"])
    monkeypatch.setattr("pipeline.cli.app.os.dup2", lambda *_: None)  # the test's own stdout stays
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == ExitCode.OK
    assert capfd.readouterr().err == ""


def test_ctrl_c_while_the_command_is_imported_ends_it_without_a_traceback():
    code = (
        "import os, signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # which a shell's background takes away
        "class Finder:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'pipeline.cli.options': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "from pipeline.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


FULL = Path("/dev/full")  # a device on which there is never any space


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
@pytest.mark.parametrize("words", [("checklists", "list"), ("checklists", "list", "--json"), ("--version",)])
def test_a_full_disk_under_stdout_is_four(words):
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == ExitCode.OUTPUT
    assert done.stderr == "hearout: The output can't be written: no space left on device. Write elsewhere.\n"


def _at_fault(*_: object, **__: object) -> None:
    raise KeyError("what was said")


@pytest.mark.parametrize("debug", ["", "1"])
def test_a_fault_of_ours_is_one_sentence_that_quotes_nobody(debug, monkeypatch, capsys):
    monkeypatch.setenv("HEAROUT_DEBUG", debug)
    monkeypatch.setattr("pipeline.settings.load_settings", _at_fault)
    monkeypatch.setattr(sys, "argv", ["hearout", "analyze", "x.wav"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == ExitCode.SOME_FAILED
    told = capsys.readouterr().err
    assert ("Traceback" in told) == ("what was said" in told) == bool(debug)
    assert "This is a fault of hearout (KeyError at analyze.py:" in told
    assert "report this fault" in told


def test_the_other_recordings_go_on_after_a_fault_of_ours(two_calls, capsys):
    assert two_calls("a.wav", _at_fault) == ExitCode.SOME_FAILED
    document = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in document["calls"]] == ["b"]
    assert [one["source"] for one in document["failed"]] == ["a.wav"]
    assert "a.wav could not be analysed: a fault of hearout (KeyError at" in document["failed"][0]["error"]


def test_a_name_that_is_no_text_is_written_so_that_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    bad, good = os.fsdecode(b"bad\xff.wav"), "x.wav"
    for k, name in enumerate((bad, good)):
        write_wav(tmp_path / name, lanes(3, (0.3, 1.4), seed=k), lanes(3, (1.6, 2.6), seed=k + 20))
    (tmp_path / os.fsdecode(b"torn\xfe.wav")).write_text("no audio")
    out = os.fsdecode(b"out\xfd")
    words = (bad, good, os.fsdecode(b"torn\xfe.wav"), "--no-transcript", "--out", out, "--json")
    done = hearout("analyze", *words, PYTHONIOENCODING="utf-8:strict")
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert [one["source"] for one in told["calls"]] == ["bad\N{REPLACEMENT CHARACTER}.wav", "x.wav"]
    assert [one["result"] for one in told["calls"]] == [
        f"{out}/{call}/analysis.json" for call in ("bad", "x")
    ]
    assert [one["source"] for one in told["failed"]] == ["torn\N{REPLACEMENT CHARACTER}.wav"]
    assert "Traceback" not in done.stderr
