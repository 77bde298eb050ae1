"""Calls of one customer: earlier ones are judged knowing the later ones, whatever the order of the work."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace

import pytest
from batch.fakes import options, record
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from pipeline.batch import events
from pipeline.batch.journal import Entry, read_journal
from pipeline.batch.links import UNKNOWN, pending_links
from pipeline.cli.app import app
from pipeline.stages.later import Linkable, customer_key, later_calls
from pipeline.store import open_store

CHECKLIST = """\
name: after
title: After the call
source: made for a test
pass_mark: 0.5
items:
  - id: thanked_later
    title: Did you thank them later?
    check: {move: thanks_to_customer, later_calls: true}
"""
MANIFEST = {  # the agent of a long call thanks the customer
    "first": (2.0, "Ode", "2026-01-05T09:00:00"),
    "thanks": (7.0, "Ode", "2026-01-07T09:00:00"),
    "last": (2.2, "ode ", "2026-01-09T09:00:00"),
    "other": (7.2, "Ms Lee", "2026-01-08T09:00:00"),
    "nobody": (2.4, "", "2026-01-08T10:00:00"),
}


def told(tmp_path, *names):
    """Return options for these calls of the manifest."""
    checklist = tmp_path / "after.yaml"
    checklist.write_text(CHECKLIST)
    folder = tmp_path / "in"
    folder.mkdir(exist_ok=True)
    lines = ["path,call_id,customer,recorded_at,agent_channel"]
    for seed, (name, (seconds, customer, at)) in enumerate(MANIFEST.items()):
        if name in (names or MANIFEST):
            if not (folder / f"{name}.wav").exists():
                record(folder / f"{name}.wav", seconds, seed)
            lines.append(f"{name}.wav,{name},{customer},{at},left")
    path = tmp_path / f"{'-'.join(names) or 'all'}.csv"
    path.write_text("\n".join(lines).replace("\n", f"\n{folder}/") + "\n")
    own = options(path, tmp_path / "out", models="batch.fakes:make_thanking_models")
    return replace(own, settings=replace(own.settings, checklists=(str(checklist),)))


def judged(out):
    """Return verdict and reason of the line by call."""
    found = {}
    for path in out.glob("*/analysis.json"):
        item = json.loads(path.read_text())["checklists"][0]["items"][0]
        found[path.parent.name] = item["verdict"], item["reason"]
    return found


def files(out):
    """Return what a run wrote for the calls, without times taken and the pages' audio."""
    found = {}
    for path in sorted(out.glob("[!.]*/**/*.json")):
        document = json.loads(path.read_text())
        document.pop("elapsed_s", None)
        document.get("engine", {}).pop("elapsed_s", None)
        found[str(path.relative_to(out))] = document
    return found


WANTED = {
    "first": "pass",
    "thanks": "fail",  # the last call is later, and nobody thanks there
    "last": "not_applicable",
    "other": "not_applicable",
    "nobody": "not_applicable",
}


def test_earlier_calls_know_the_later_ones(tmp_path, run, heard):
    summary = run(told(tmp_path))
    found = judged(tmp_path / "out")
    assert {name: verdict for name, (verdict, _) in found.items()} == WANTED
    assert "in a later call (thanks)" in found["first"][1]
    assert "in one later call" in found["thanks"][1]
    assert (summary.done, summary.linked) == (5, 2)
    page = (tmp_path / "out" / "first" / "timeline.html").read_text()
    assert "in a later call (thanks)" in page
    with open_store(tmp_path / "out") as store:
        stored = {one.call_id: one.verdict for one in store.verdicts() if one.key == "after.thanked_later"}
    assert stored == WANTED


def test_workers_link_too(tmp_path, run_processes):
    summary = run_processes(told(tmp_path))
    assert (summary.done, summary.linked, summary.replaced) == (5, 2, 0)
    assert {name: verdict for name, (verdict, _) in judged(tmp_path / "out").items()} == WANTED


def test_a_second_run_is_nothing_to_do(tmp_path, run, heard):
    run(told(tmp_path))
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("[!.]*/**/*")}
    heard.clear()
    summary = run(told(tmp_path))
    assert (summary.done, summary.linked) == (0, 0)
    assert [one.workers for one in heard if isinstance(one, events.Started)] == [0]
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("[!.]*/**/*")} == before


@pytest.mark.parametrize(
    "order", [("last", "thanks", "first"), ("first", "thanks", "last"), ("thanks", "last", "first")]
)
def test_the_order_of_the_work_changes_nothing(tmp_path, run, order):
    run(told(tmp_path))
    at_once = files(tmp_path / "out")
    shutil.rmtree(tmp_path / "out")
    for name in (*order, "other", "nobody"):  # a manifest a day, into the same results
        run(told(tmp_path, name))
    assert files(tmp_path / "out") == at_once


def test_an_interrupted_linking_is_made_up_for(tmp_path, run, monkeypatch):
    run(told(tmp_path))
    at_once = files(tmp_path / "out")
    shutil.rmtree(tmp_path / "out")
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.batch.driver.Driver.link", lambda *_: None)
        run(told(tmp_path))
    assert judged(tmp_path / "out")["first"][0] == "not_applicable"
    summary = run(told(tmp_path))
    assert (summary.done, summary.linked) == (0, 2)
    assert files(tmp_path / "out") == at_once


def test_a_call_that_is_gone_is_unlinked(tmp_path, run):
    run(told(tmp_path))
    shutil.rmtree(tmp_path / "out" / "thanks")
    summary = run(told(tmp_path, "first", "last", "other", "nobody"))
    assert (summary.done, summary.linked) == (0, 1)
    assert judged(tmp_path / "out")["first"][0] == "fail"  # the last call is left


def test_a_damaged_later_call_leaves_the_earlier_one_and_is_told(tmp_path, run, heard):
    run(told(tmp_path, "thanks"))
    (tmp_path / "out" / "thanks" / "analysis.json").write_text("{")
    summary = run(told(tmp_path, "first", "thanks"))
    assert summary.linked == 0
    assert any(
        "first was not linked" in one.message and "damaged" in one.message
        for one in heard
        if isinstance(one, events.Note)
    )


def test_a_rescore_links_a_folder_and_keeps_the_links_of_a_call(tmp_path, run, monkeypatch):
    given = told(tmp_path)
    run(given)
    at_once, out = files(tmp_path / "out"), tmp_path / "out"
    words = ["--checklist", str(tmp_path / "after.yaml"), "--quiet"]
    assert CliRunner().invoke(app, ["rescore", str(out), *words]).exit_code == 0
    assert files(out) == at_once
    (out / "first" / "stages" / "later.json").unlink()
    assert CliRunner().invoke(app, ["rescore", str(out / "first"), *words]).exit_code == 0
    assert judged(out)["first"][0] == "not_applicable"
    assert CliRunner().invoke(app, ["rescore", str(out), *words]).exit_code == 0
    assert files(out) == at_once
    assert CliRunner().invoke(app, ["rescore", str(out / "first"), *words]).exit_code == 0
    assert files(out) == at_once


# --- who is linked with whom: pure


def entry(name, at, customer="c", **more):
    return Entry(name, "done", name, customer=customer, recorded_at=at, key="k", **more)


def test_a_link_is_due_until_it_is_noted_and_when_a_later_call_changes():
    first, second = entry("a", "2026-01-01T10:00"), entry("b", "2026-01-02T10:00")
    (link,) = pending_links([first, second], lambda _: True)
    assert (link.call_id, link.later) == ("a", ("b",))
    first = replace(first, linked=link.key)
    assert pending_links([first, second], lambda _: True) == []
    (again,) = pending_links([first, replace(second, sha256="other")], lambda _: True)
    assert again.key not in ("", link.key)
    (gone,) = pending_links([first, second], lambda one: one == "a")
    assert (gone.later, gone.key) == ((), "")
    (left,) = pending_links([replace(second, linked=UNKNOWN)], lambda _: True)
    assert (left.later, left.key) == ((), "")


@pytest.mark.parametrize(
    ("one", "other", "linked"),
    [
        ("2026-01-05T09:00:00", "2026-01-05T09:00:01", True),
        ("2026-01-05T09:00:00", "2026-01-05T09:00:00", False),
        ("2026-01-05", "2026-01-05T09:00:00", False),  # that day, at whatever time
        ("2026-01-05T23:59:00", "2026-01-06", True),
        ("2026-01-05T09:00:00+02:00", "2026-01-05T08:00:00+00:00", True),
        ("2026-01-05T09:00:00+02:00", "2026-01-05T07:00:00Z", False),
        ("last week", "2026-01-05T07:00:00Z", False),
        ("", "2026-01-05T07:00:00Z", False),
    ],
)
def test_what_later_is(one, other, linked):
    calls = [Linkable("a", "c", one), Linkable("b", "c", other)]
    assert later_calls(calls) == ({"a": ["b"]} if linked else {})


@given(st.lists(st.tuples(st.sampled_from("xy"), st.integers(1, 28)), max_size=30), st.randoms())
def test_no_order_of_the_calls_changes_what_is_linked(drawn, chance):
    calls = [Linkable(f"call{k}", who, f"2026-01-{day:02}") for k, (who, day) in enumerate(drawn)]
    shuffled = random.Random(chance.random()).sample(calls, len(calls))
    assert later_calls(calls) == later_calls(shuffled)
    by_id = {one.call_id: one for one in calls}
    for call_id, later in later_calls(calls).items():
        assert all(by_id[other].recorded_at > by_id[call_id].recorded_at for other in later)
        assert {by_id[other].customer for other in later} == {by_id[call_id].customer}
        assert len(later) <= 20


def test_who_a_customer_is():
    assert customer_key("Ms  Ode ", {}) == customer_key("ms ode", {})
    assert customer_key("Ms Ode", {"customer_id": 17}) == customer_key("Mrs Ode", {"customer_id": "17"})
    assert customer_key("17", {}) != customer_key(None, {"customer_id": "17"})
    assert {customer_key(name, {}) for name in (None, "", " ", "unknown", "Anonymous", "n/a")} == {""}


def test_the_journal_holds_no_name(tmp_path, run):
    run(told(tmp_path, "other"))
    (entry,) = read_journal(tmp_path / "out").values()
    assert entry.customer == customer_key("Ms Lee", {})
    assert "Lee" not in (tmp_path / "out" / ".batch" / "journal.jsonl").read_text()
