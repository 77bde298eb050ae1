"""Real audio, real (small) models, the real command: a call goes in, the right thing comes out."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from running import hearout

from pipeline.errors import MissingComponentError
from pipeline.timeline import SpanSet
from pipeline.weights.store import resolve

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples"
CALLS = ("premature_solver", "calm_booking")
MODEL = "tiny.en"


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    try:
        resolve(MODEL, offline=True)
    except MissingComponentError as missing:
        pytest.skip(f"the model {MODEL} is not here: {missing}")
    out = tmp_path_factory.mktemp("results")
    audio = [SAMPLES / f"{call}.dual.flac" for call in CALLS]
    done = hearout("analyze", *audio, "--model", MODEL, "--offline", "--json", "--out", out)
    assert done.returncode == 0, done.stderr
    assert [c["id"] for c in json.loads(done.stdout)["calls"]] == [f"{call}.dual" for call in CALLS]
    return out


def truth_and_result(results: Path, call: str) -> tuple[dict, dict]:
    truth = json.loads((SAMPLES / f"{call}.truth.json").read_text(encoding="utf-8"))
    result = json.loads((results / f"{call}.dual" / "analysis.json").read_text(encoding="utf-8"))
    return truth, result


@pytest.mark.parametrize("call", CALLS)
def test_the_right_party_is_the_agent(results, call):
    truth, result = truth_and_result(results, call)
    assert result["roles"]["agent"]["channel"] == truth["agent_channel"]


@pytest.mark.parametrize("call", CALLS)
def test_talk_ratio_and_speech_are_those_of_the_label(results, call):
    truth, result = truth_and_result(results, call)
    assert result["measures"]["talk_ratio_agent"] == pytest.approx(truth["talk_ratio_agent"], abs=0.02)
    for role in ("agent", "customer"):
        said, heard = (SpanSet.from_pairs(d["speech"][role]).bridged(0.3) for d in (truth, result))
        shared = (said & heard).duration_s
        assert 2 * shared / (said.duration_s + heard.duration_s) > 0.96


@pytest.mark.parametrize("call", CALLS)
def test_no_word_lands_on_the_other_channel_or_outside_speech(results, call):
    _, result = truth_and_result(results, call)
    for turn in result["turns"]:
        speech = SpanSet.from_pairs(result["speech"][turn["role"]])
        for word in turn["words"]:
            middle_s = (word["start_s"] + word["end_s"]) / 2
            assert speech.at(middle_s) is not None, (turn["role"], middle_s)


def test_the_transcript_is_that_call(results):
    _, result = truth_and_result(results, "calm_booking")
    text = " ".join(t["text"] for t in result["turns"]).lower()
    truth = json.loads((SAMPLES / "calm_booking.truth.json").read_text(encoding="utf-8"))
    said = {w for line in truth["lines"] for w in line["text"].lower().split() if len(w) > 5 and w.isalpha()}
    assert len([w for w in said if w in text]) / len(said) > 0.7


def test_the_premature_solver_cuts_in_and_the_calm_agent_does_not(results):
    _, premature = truth_and_result(results, "premature_solver")
    _, calm = truth_and_result(results, "calm_booking")
    assert premature["measures"]["interruptions_by_agent"] >= 2
    assert calm["measures"]["interruptions_by_agent"] <= 1
    for event in premature["events"]:
        assert 0 <= event["start_s"] < event["end_s"] <= premature["call"]["duration_s"]


@pytest.mark.parametrize("call", CALLS)
def test_results_keep_the_schema_and_pages_hold_audio(results, call):
    _, result = truth_and_result(results, call)
    jsonschema.validate(result, json.loads((ROOT / "docs" / "analysis.schema.json").read_text()))
    page = (results / f"{call}.dual" / "timeline.html").read_text(encoding="utf-8")
    assert "<!doctype html>" in page[:20].lower()
    assert len(page) > 150_000


@pytest.mark.parametrize("call", CALLS)
def test_evaluate_agrees_with_what_was_just_measured(results, call):
    done = hearout("evaluate", SAMPLES, "--results", results, "--only", f"{call}*", "--offline", "--json")
    assert done.returncode == 0, done.stderr
    table = json.loads(done.stdout)
    assert [row["id"] for row in table["calls"]] == [f"{call}.dual"]
    assert table["total"]["speech_f1"]["mean"] > 0.96
    assert table["total"]["wer"]["pooled"] < 0.2


def test_a_second_run_is_the_same_and_runs_nothing(results):
    before = (results / "premature_solver.dual" / "analysis.json").read_bytes()
    done = hearout(
        "analyze",
        SAMPLES / "premature_solver.dual.flac",
        "--model",
        MODEL,
        "--offline",
        "--json",
        "--out",
        results,
    )
    assert json.loads(done.stdout)["calls"][0]["stages_run"] == []
    assert (results / "premature_solver.dual" / "analysis.json").read_bytes() == before
