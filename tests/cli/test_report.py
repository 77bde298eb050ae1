from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest
import typer
from running import invoke
from store.made import make_result, write_result

from pipeline.cli import report as command
from pipeline.errors import ExitCode, MissingComponentError, UsageError

app = typer.Typer()
app.command()(command.report)


@pytest.fixture
def results(tmp_path):
    folder = tmp_path / "results"
    for number in range(24):
        result = make_result(number)
        result["call"] |= {
            "agent": "Emma Clarke" if number % 3 else "Tom Hill",
            "recorded_at": f"2026-11-{1 + number:02d}",
        }
        result["call"]["metadata"] = {"team": "Billing" if number % 2 else "Orders"}
        write_result(folder, result)
    return folder


def hearout(*words):
    return invoke(app, *words)


def test_it_just_works_beside_the_results(results):
    done = hearout(results)
    assert done.exit_code == 0, done.output
    page = results / "team.html"
    assert page.stat().st_mode & 0o777 == 0o600
    assert str(page) in done.stdout.replace("\n", "")
    text = page.read_text(encoding="utf-8")
    assert "24\u00a0calls" in text
    assert "I am sorry" not in text
    shutil.rmtree(results / "call_00003")
    hearout(results)
    assert "23\u00a0calls" in page.read_text(encoding="utf-8")


def test_the_numbers_for_machines_are_those_of_the_results(results):
    document = json.loads(hearout(results, "--json", "--min-calls", "5").stdout)
    report = document["report"]
    assert (report["calls"], document["failed"], report["recorded"]) == (24, [], ["2026-11-01", "2026-11-24"])
    assert [one["name"] for one in report["agents"]] == ["Emma Clarke", "Tom Hill"]
    measures = [make_result(number)["measures"] for number in range(24)]
    assert report["all"]["talk_ratio_agent"]["agent_s"] == pytest.approx(
        sum(one["agent_talk_s"] for one in measures)
    )
    listen = next(one for one in report["items"] if one["key"] == "leap.listen")
    said = [make_result(number)["checklists"][0]["items"][0]["verdict"] for number in range(24)]
    assert (listen["pass"], listen["unsure"]) == (said.count("pass"), said.count("unsure"))


def test_only_the_calls_that_were_asked_for(results):
    words = ("--team", "Billing", "--since", "2026-11-03", "--until", "2026-11-08", "--json")
    report = json.loads(hearout(results, *words).stdout)["report"]
    assert report["calls"] == 3
    assert [one["name"] for one in report["teams"]] == ["Billing"]
    assert "team Billing" in (results / "team.html").read_text(encoding="utf-8")


def test_links_lead_from_where_the_page_is(results, tmp_path):
    result = make_result(50)
    result["vent"] = {
        "start_s": 1.0, "end_s": 20.0, "spoken_s": 9.0, "uninterrupted_share": 1.0, "ended_by": "customer",
        "confidence": 0.95, "why": "",
    }  # fmt: skip
    result["verdicts"]["vent_before_solving"] |= {"verdict": "pass", "confidence": 0.95}
    result["call"]["id"] = "50 #1"
    write_result(results, result)
    out = tmp_path / "for" / "monday.html"
    done = hearout(results, "--out", out)
    assert done.exit_code == 0, done.output
    assert 'href="../results/50%20%231/timeline.html#t=1.000"' in out.read_text(encoding="utf-8")
    hearout(results)
    assert 'href="50%20%231/timeline.html#t=1.000"' in (results / "team.html").read_text(encoding="utf-8")


def test_a_summary_of_one_agent(results):
    done = hearout(results, "--agent", "emma clarke", "--json", "--min-calls", "5")
    assert done.exit_code == 0, done.output
    coaching = json.loads(done.stdout)["coaching"]
    assert (coaching["agent"]["name"], coaching["agent"]["calls"]) == ("Emma Clarke", 16)
    assert 1 <= len(coaching["moments"]) <= 3
    text = (results / "coaching-Emma_Clarke.html").read_text(encoding="utf-8")
    assert "Tom Hill" not in text
    assert "I am sorry" in text
    for one in coaching["moments"]:
        assert f'href="{one["call"]}/timeline.html#t=0.000"' in text
    hearout(results, "--agent", "Emma Clarke", "--no-transcript")
    assert "I am sorry" not in (results / "coaching-Emma_Clarke.html").read_text(encoding="utf-8")


def test_a_pdf_needs_its_library(results, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    done = hearout(results, "--agent", "Emma Clarke", "--format", "pdf")
    assert isinstance(done.exception, MissingComponentError)
    assert not list(results.glob("*.pdf"))


def test_a_pdf(results, tmp_path):
    pytest.importorskip("weasyprint", exc_type=(ImportError, OSError))
    done = hearout(results, "--agent", "Emma Clarke", "-f", "pdf", "-o", tmp_path / "emma.pdf")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "emma.pdf").read_bytes().startswith(b"%PDF")


def test_a_damaged_result_fails_alone_and_the_page_says_so(results):
    (results / "call_00001" / "analysis.json").write_text('{"schema": "x"}')
    done = hearout(results, "--json")
    assert done.exit_code == ExitCode.SOME_FAILED
    document = json.loads(done.stdout)
    assert [one["id"] for one in document["failed"]] == ["call_00001"]
    assert document["report"]["calls"] == 23
    assert "1\u00a0result could not be read" in (results / "team.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "words",
    [
        ("results", "--format", "xlsx"),
        ("results", "--format", "pdf"),
        ("results", "--since", "yesterday"),
        ("results", "--min-calls", "0"),
        ("results", "--out", "empty"),
        ("empty",),
        ("nowhere",),
    ],
    ids=" ".join,
)
def test_wrong_usage_writes_nothing(results, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    before = sorted(tmp_path.rglob("*"))
    done = hearout(*words)
    assert isinstance(done.exception, UsageError)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--agent", "Emma Clark"), "Emma Clarke"),
        (("--team", "Sales"), "no call"),
        (("--since", "2027-01-01"), "no call"),
    ],
)
def test_who_or_what_is_not_there_is_said(results, words, told):
    done = hearout(results, *words)
    assert isinstance(done.exception, UsageError)
    assert told in str(done.exception)
    assert not (results / "team.html").exists()


def test_quiet_says_nothing(results):
    done = hearout(results, "--quiet")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")


def test_help_loads_no_database_and_no_drawing():
    code = (
        "import sys, typer; from typer.testing import CliRunner; from pipeline.cli import report;"
        "app = typer.Typer(); app.command()(report.report);"
        "done = CliRunner().invoke(app, ['--help']); assert '--min-calls' in done.output, done.output;"
        "print(sorted({'sqlalchemy', 'jinja2', 'weasyprint', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
