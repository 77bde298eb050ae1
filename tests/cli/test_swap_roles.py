"""``hearout swap-roles`` as a user meets it."""

from __future__ import annotations

import json

import pytest
import typer
from running import invoke
from stages.made import CountingModels, lanes, write_wav

from pipeline.cli.swap_roles import swap_roles
from pipeline.errors import InputError, UsageError
from pipeline.settings import Settings
from pipeline.stages.call import analyze_call

app = typer.Typer()
app.command()(swap_roles)


@pytest.fixture
def call(tmp_path):
    path = write_wav(tmp_path / "call.wav", lanes(6, (1, 3), seed=1), lanes(6, (3.5, 5), seed=5))
    done = analyze_call(path, tmp_path / "out", Settings(), CountingModels(), progress=lambda *_: None)
    return done.result.parent


def swap(*words):
    return invoke(app, *words)


def agent_of(call):
    return json.loads((call / "analysis.json").read_text())["roles"]["agent"]


def test_it_says_who_is_the_agent_now(call):
    before = agent_of(call)["channel"]
    done = swap(call)
    now = agent_of(call)["channel"]
    assert done.exit_code == 0
    assert now != before
    assert f"the agent is now on the {now} channel" in done.stdout


def test_twice_is_as_before(call):
    before = json.loads((call / "analysis.json").read_text())
    swap(call)
    swap(call)
    after = json.loads((call / "analysis.json").read_text())
    assert after["measures"] == before["measures"]
    assert after["roles"]["agent"]["channel"] == before["roles"]["agent"]["channel"]


def test_json_and_nothing_else(call):
    document = json.loads(swap(call, "--json").stdout)
    assert document["agent"] == agent_of(call)
    assert swap(call, "--quiet").stdout == ""


def test_one_call_at_a_time(call):
    done = swap(call.parent)
    assert isinstance(done.exception, UsageError | InputError)
