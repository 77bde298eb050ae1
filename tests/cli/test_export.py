from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys

import openpyxl
import pytest
from running import invoke
from store.made import make_result, write_result, write_results

from pipeline.cli.app import app
from pipeline.errors import ExitCode, OutputError, UsageError
from pipeline.report.exchange import EXCHANGE_FORMATS, file_name
from pipeline.report.schema import Analysis


@pytest.fixture
def results(tmp_path):
    write_results(tmp_path / "results", 0, 1, 2)
    return tmp_path / "results"


def hearout(*words):
    return invoke(app, *words)


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_tables_are_written_and_listed(results, tmp_path):
    done = hearout("export", results, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert [row["call_id"] for row in rows_of(tmp_path / "out" / "calls.csv")] == [
        "call_00000", "call_00001", "call_00002",
    ]  # fmt: skip
    listed = [line.split() for line in done.stdout.splitlines()]
    assert ["turns", "36", str(tmp_path / "out" / "turns.csv")] in listed
    assert f"3 calls exported to {tmp_path / 'out'}" in done.stdout
    assert (results / "hearout.sqlite").is_file()


def test_the_summary_for_machines(results, tmp_path):
    out = tmp_path / "july.xlsx"
    done = hearout("export", results, "--format", "xlsx", "--out", out, "--json")
    document = json.loads(done.stdout)
    assert (document["format"], document["calls"], document["failed"]) == ("xlsx", 3, [])
    assert document["transcript"] is True
    book = openpyxl.load_workbook(out)
    for one in document["files"]:
        assert one["path"] == str(out)
        assert book[one["table"]].max_row == one["rows"] + 1


def test_results_that_are_new_changed_or_gone_since_are_heeded(results, tmp_path):
    hearout("export", results, "--out", tmp_path / "out")
    write_result(results, make_result(7, turns=4), name="call_00001")
    shutil.rmtree(results / "call_00000")
    write_results(results, 9)
    hearout("export", results, "--out", tmp_path / "out")
    calls = {row["call_id"]: row["source"] for row in rows_of(tmp_path / "out" / "calls.csv")}
    assert calls == {
        "call_00001": "call_00007.flac", "call_00002": "call_00002.flac", "call_00009": "call_00009.flac",
    }  # fmt: skip


@pytest.mark.parametrize("form", EXCHANGE_FORMATS)
def test_exchange_formats_are_a_file_per_call(results, tmp_path, form):
    done = hearout("export", results, "-f", form, "-o", tmp_path / "out", "--json")
    assert done.exit_code == 0, done.output
    names = [file_name(f"call_{number:05d}", form) for number in range(3)]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names
    assert [one["call"] for one in json.loads(done.stdout)["files"]] == [
        "call_00000",
        "call_00001",
        "call_00002",
    ]
    assert not (results / "hearout.sqlite").exists()


def test_one_call_is_exported_without_a_database(results, tmp_path, monkeypatch):
    done = hearout("export", results / "call_00001", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert [row["call_id"] for row in rows_of(tmp_path / "out" / "calls.csv")] == ["call_00001"]
    monkeypatch.chdir(results / "call_00002")
    hearout("export", ".", "--format", "vtt", "--out", tmp_path / "vtt")
    hearout("export", ".", "--out", tmp_path / "here")
    assert [path.name for path in (tmp_path / "vtt").iterdir()] == ["call_00002.vtt"]
    assert [row["call_id"] for row in rows_of(tmp_path / "here" / "calls.csv")] == ["call_00002"]
    assert not list(results.rglob("hearout.sqlite"))


def test_without_transcript_no_turn_is_left(results, tmp_path):
    done = hearout("export", results, "--no-transcript", "--out", tmp_path / "out", "--json")
    assert json.loads(done.stdout)["transcript"] is False
    said = {
        turn["text"] for number in range(3) for turn in make_result(number)["turns"] if " " in turn["text"]
    }
    everything = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir())
    assert not [text for text in said if text in everything]
    assert {row["text"] for row in rows_of(tmp_path / "out" / "turns.csv")} == {""}
    assert len(rows_of(tmp_path / "out" / "turns.csv")) == 36


@pytest.mark.parametrize("form", ["csv", "rttm"])
def test_a_damaged_result_fails_alone(results, tmp_path, form):
    (results / "call_00001" / "analysis.json").write_text('{"schema": "the secret words"}')
    done = hearout("export", results, "--format", form, "--out", tmp_path / "out", "--json")
    assert done.exit_code == ExitCode.SOME_FAILED
    document = json.loads(done.stdout)
    assert [one["id"] for one in document["failed"]] == ["call_00001"]
    assert document["calls"] == 2
    assert "analysis.json" in done.stderr
    assert ("secret" in done.stderr) is (form == "csv")  # a schema's name may be told, up to a length


@pytest.mark.parametrize(
    "words",
    [
        ("results", "--format", "pdf"),
        ("results", "--format", "vtt", "--no-transcript"),
        ("results", "--db", "mysql://u:secret@h/d"),
        ("nowhere",),
        ("empty",),
        ("results", "--out", "a-file"),
    ],
    ids=lambda words: words[-1].split(":")[0],
)
def test_wrong_usage_writes_nothing(results, tmp_path, words, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "a-file").write_text("")
    before = sorted(tmp_path.rglob("*"))
    done = hearout("export", *words)
    assert isinstance(done.exception, UsageError)
    assert "secret" not in str(done.exception)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_database_elsewhere(results, tmp_path):
    done = hearout("export", results, "--db", tmp_path / "own" / "a.sqlite", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "own" / "a.sqlite").is_file()
    assert not (results / "hearout.sqlite").exists()


def test_no_database_is_kept_where_none_is_wanted(results, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = hearout("export", results, "--db", "none", "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert len(rows_of(tmp_path / "out" / "calls.csv")) == 3
    assert not list(tmp_path.rglob("hearout.sqlite"))
    assert not (tmp_path / "none").exists()


def test_a_damaged_database_says_what_to_do(results, tmp_path):
    (results / "hearout.sqlite").write_bytes(b"no database" * 100)
    done = hearout("export", results, "--out", tmp_path / "out")
    assert isinstance(done.exception, OutputError)
    assert "Remove that file" in done.exception.remedy


def test_quiet_says_nothing(results, tmp_path):
    done = hearout("export", results, "--out", tmp_path / "out", "--quiet")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")


def test_an_own_analysis_is_exported_as_it_is(tmp_path):
    """The file of a later run holds more: what is not known here is no reason to fail."""
    result = make_result(0)
    result["events"].append(
        {"type": "transfer", "start_s": 1.0, "end_s": 2.0, "to": "billing", "steps": [1, 2]}
    )
    assert Analysis.model_validate(result)
    write_result(tmp_path / "results", result)
    hearout("export", tmp_path / "results", "--out", tmp_path / "out")
    last = rows_of(tmp_path / "out" / "events.csv")[-1]
    assert (last["type"], json.loads(last["details"])) == ("transfer", {"to": "billing", "steps": [1, 2]})


def test_help_loads_no_database():
    code = (
        "import sys; from typer.testing import CliRunner; from pipeline.cli.app import app;"
        "done = CliRunner().invoke(app, ['export', '--help']); assert 'parquet' in done.output;"
        "heavy = {'sqlalchemy', 'alembic', 'xlsxwriter', 'pyarrow', 'psycopg'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- which calls: made results have agents in turn, and dates in different months


def test_only_the_calls_that_were_asked_for(results, tmp_path):
    emma, *_ = made = [make_result(number)["call"] for number in range(3)]
    assert len({call["agent"] for call in made}) == 3
    out = tmp_path / "out"
    for words, wanted in (
        (("--agent", emma["agent"].upper()), ["call_00000"]),
        (("--since", made[1]["recorded_at"][:10]), ["call_00001", "call_00002"]),
        (("--until", made[1]["recorded_at"][:10]), ["call_00000", "call_00001"]),
        (("--call", "call_00002", "--call", "call_00000"), ["call_00000", "call_00002"]),
        (("--call", "call_00001", "--agent", made[1]["agent"]), ["call_00001"]),
    ):
        done = hearout("export", results, "--out", out, "--json", *words)
        assert done.exit_code == 0, done.output
        document = json.loads(done.stdout)
        assert document["calls"] == len(wanted)
        for one in document["files"]:
            rows = rows_of(out / f"{one['table']}.csv")
            assert len(rows) == one["rows"]
            assert list(dict.fromkeys(row["call_id"] for row in rows)) == wanted
        hearout("export", results, "--format", "srt", "--out", out / "captions", *words)
        assert sorted(path.name for path in (out / "captions").iterdir()) == [f"{one}.srt" for one in wanted]
        shutil.rmtree(out)


@pytest.mark.parametrize("form", ["csv", "rttm"])
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--agent", "Emme"), "agent named 'Emme'. Did you mean Emma"),
        (("--call", "call_1"), "of a call 'call_1'. Did you mean call_00001"),
        (("--since", "2031-01-01"), "no call since 2031-01-01"),
        (("--since", "2025-05-01", "--until", "2025-04-01"), "before --since"),
        (("--since", "May"), "takes a day"),
    ],
)
def test_what_fits_no_call_writes_nothing(results, tmp_path, words, told, form):
    done = hearout("export", results, "--out", tmp_path / "out", "--format", form, *words)
    assert isinstance(done.exception, UsageError)
    assert told in str(done.exception)
    assert not (tmp_path / "out").exists()
