from __future__ import annotations

import errno
import gc
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stages.made import CountingModels, lanes, write_wav

from pipeline.errors import InputError, OutputError, UsageError
from pipeline.measures import TalkTarget
from pipeline.settings import Settings
from pipeline.stages import checklists
from pipeline.stages.call import PageAudio, analyze_call
from pipeline.stages.changes import find_changes
from pipeline.stages.rescore import (
    Thresholds,
    call_folders,
    read_stored,
    rescore_call,
    score_again,
    stored_findings,
)
from pipeline.stages.swap import swap_roles
from pipeline.timeline import FloorSettings, TurnSettings

FAR = Settings(
    turns=TurnSettings(silence_min_s=0.5, resume_s=0.4, turn_pause_s=1.0),
    floor=FloorSettings(contest_s=0.25, yield_s=3.0, overlap_min_s=0.05),
    talk=TalkTarget(0.3, 0.05),
)


def analysed(path, out, given=None, **options):
    return analyze_call(path, out, given or Settings(), CountingModels(), progress=lambda *_: None, **options)


@pytest.fixture(scope="module")
def lively(tmp_path_factory):
    """A recording with overlaps and pauses, analysed with the defaults; copy it, don't change it."""
    folder = tmp_path_factory.mktemp("lively")
    path = write_wav(
        folder / "call.wav",
        lanes(17, (1, 4), (6.4, 9), (12, 12.4), (14.5, 16), seed=1),
        lanes(17, (3.8, 7), (8, 13.9), seed=7),
    )
    return path, analysed(path, folder / "out").result.parent


@pytest.fixture
def stored(lively, tmp_path):
    """One call's folder, to be changed at will."""
    return shutil.copytree(lively[1], tmp_path / "results" / "call")


def content(folder):
    found = json.loads((folder / "analysis.json").read_text(encoding="utf-8"))
    found["engine"].pop("elapsed_s")
    page = (folder / "timeline.html").read_text(encoding="utf-8")
    return found, re.sub(
        r'(id="audio"[^>]*>)[^<]+', r"\1", page
    )  # no two Ogg files have the same serial number


def everything(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def thresholds():
    def scaled(kind):
        default = kind()
        names = {name: getattr(default, name) for name in kind.__dataclass_fields__}
        return st.builds(
            lambda factors: kind(**{n: names[n] * f for n, f in zip(names, factors, strict=True)}),
            st.lists(st.floats(0.2, 4), min_size=len(names), max_size=len(names)),
        )

    return st.builds(
        Settings,
        agent_channel=st.sampled_from(["left", "right"]),
        turns=scaled(TurnSettings),
        floor=scaled(FloorSettings),
        talk=st.builds(TalkTarget, st.floats(0.1, 0.9), st.floats(0, 0.3)),
    )


def test_other_thresholds_give_the_same_files_as_a_fresh_analysis(lively, stored, tmp_path):
    fresh = analysed(lively[0], tmp_path / "fresh", FAR)
    before = content(stored)
    done = rescore_call(stored, Thresholds.of(FAR))
    assert content(stored) == content(fresh.result.parent)
    assert content(stored) != before
    assert find_changes(done)
    assert done.after.engine.settings["floor"]["contest_s"] == 0.25


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(thresholds())
def test_any_thresholds_give_the_same_as_a_fresh_analysis(lively, given):
    path, folder = lively
    fresh = analysed(path, folder.parent.with_name("fresh"), given, page_audio=PageAudio.NONE)
    done = score_again(folder, Thresholds.of(given), write=False)
    one, other = done.after.model_dump(), fresh.analysis.model_dump()
    one["engine"].pop("elapsed_s")
    other["engine"].pop("elapsed_s")
    assert one == other


def test_the_same_thresholds_change_nothing_and_keep_the_times(stored):
    before = (stored / "analysis.json").read_text(encoding="utf-8")
    done = rescore_call(stored, Thresholds.of(Settings()))
    assert (stored / "analysis.json").read_text(encoding="utf-8") == before
    assert not find_changes(done)


def test_what_made_the_artifacts_is_kept(lively, tmp_path):
    words = replace(Settings().words, model="small", beam_size=1)
    made_with = replace(Settings(), words=words, floor=FloorSettings(contest_s=9.0))
    folder = analysed(lively[0], tmp_path / "out", made_with).result.parent
    found = rescore_call(folder, Thresholds.of(FAR)).after.engine
    assert found.settings["words"]["model"] == "small"
    assert found.models["whisper"].id == "small"
    assert found.settings["floor"] == json.loads(json.dumps(FAR.to_dict()["floor"]))


def test_the_agents_channel_is_kept_unless_it_is_given(lively, tmp_path):
    folder = analysed(lively[0], tmp_path / "out", replace(Settings(), agent_channel="right")).result.parent
    assert rescore_call(folder, Thresholds.of(FAR)).after.roles.agent.channel == "right"
    assert rescore_call(folder, Thresholds.of(FAR, "left")).after.roles.agent.channel == "left"
    in_file = replace(FAR, agent_channel="right")
    assert rescore_call(folder, Thresholds.of(in_file)).after.roles.agent.channel == "right"
    assert (
        rescore_call(folder, Thresholds.of(in_file, "auto")).after.engine.settings["agent_channel"] == "auto"
    )


def test_who_is_the_agent_is_read_where_it_is_stored_and_else_decided(stored):
    moves = stored / "stages" / "moves.json"
    kept, before = json.loads(moves.read_text(encoding="utf-8")), content(stored)
    roles = kept["data"].pop("roles")
    assert (roles["agent"], roles["customer"]) == (0, 1)
    moves.write_text(json.dumps(kept), encoding="utf-8")
    rescore_call(stored, Thresholds.of(Settings()))
    assert content(stored) == before
    kept["data"]["roles"] = {**roles, "agent": 1, "customer": 0, "why": ["the other way round"]}
    moves.write_text(json.dumps(kept), encoding="utf-8")
    agent = rescore_call(stored, Thresholds.of(Settings())).after.roles.agent
    assert (agent.channel, agent.why) == ("right", "the other way round")


def test_each_turn_and_each_event_has_a_line_of_its_own(stored):
    lines = (stored / "analysis.json").read_text(encoding="utf-8").splitlines()
    found = json.loads("\n".join(lines))
    rows = [json.loads(line.removesuffix(",")) for line in lines if line.startswith('{"')]
    assert found["turns"]
    assert found["events"]
    assert [row for row in rows if "words" in row] == found["turns"]
    assert [row for row in rows if "type" in row] == found["events"]


def test_a_page_without_audio_gets_none(lively, tmp_path):
    folder = analysed(lively[0], tmp_path / "out", page_audio=PageAudio.NONE).result.parent
    rescore_call(folder, Thresholds.of(FAR))
    assert 'id="audio"' not in (folder / "timeline.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("left", [None, b""])
def test_where_there_is_no_page_the_new_one_has_the_audio_inside(stored, left):
    page = stored / "timeline.html"
    before = page.read_bytes()
    page.unlink()
    if left is not None:
        page.write_bytes(left)
    rescore_call(stored, Thresholds.of(Settings()))
    assert page.read_bytes() == before


def test_a_mono_recording_and_one_without_words_can_be_scored_again(tmp_path):
    mono = write_wav(tmp_path / "mono.wav", lanes(6, (1, 4)))
    folder = analysed(mono, tmp_path / "out").result.parent
    before = content(folder)
    rescore_call(folder, Thresholds.of(Settings()))
    assert content(folder) == before
    dual = write_wav(tmp_path / "dual.wav", lanes(6, (1, 4)), lanes(6, (3, 5), seed=3))
    folder = analysed(dual, tmp_path / "out", replace(Settings(), transcript=False)).result.parent
    before = content(folder)
    rescore_call(folder, Thresholds.of(Settings()))
    assert content(folder) == before


def test_what_cannot_be_written_stops_the_run(stored, monkeypatch):
    def full(*_):
        yield b"<!doctype html>"
        raise OSError(errno.ENOSPC, "No space left on device")

    before = {name: (stored / name).read_bytes() for name in ("analysis.json", "timeline.html")}
    monkeypatch.setattr("pipeline.stages.rescore.make_page", full)
    with pytest.raises(OutputError, match=r"timeline\.html: no space"):
        rescore_call(stored, Thresholds.of(FAR))
    assert {name: (stored / name).read_bytes() for name in before} == before
    assert not list(stored.glob(".*"))


def test_the_result_is_on_the_disk_before_it_replaces_the_old_one_and_the_page_need_not_be(
    stored, monkeypatch
):
    synced = []
    monkeypatch.setattr("pipeline.files.os.fsync", lambda handle: synced.append(os.fstat(handle).st_size))
    rescore_call(stored, Thresholds.of(FAR))
    assert synced == [(stored / "analysis.json").stat().st_size]
    assert (stored / "timeline.html").stat().st_size > 0


@pytest.mark.parametrize("was_on", [True, False])
def test_the_cycle_collector_is_left_as_it_was(stored, was_on):
    before = gc.isenabled()
    (gc.enable if was_on else gc.disable)()
    try:
        score_again(stored, Thresholds.of(FAR))
        (stored / "analysis.json").unlink()
        with pytest.raises(InputError):
            score_again(stored, Thresholds.of(FAR))
        assert gc.isenabled() is was_on
    finally:
        (gc.enable if before else gc.disable)()


def test_a_call_that_is_done_with_leaves_nothing_to_the_cycle_collector(stored):
    rescore_call(stored, Thresholds.of(FAR))  # what is loaded once stays
    gc.collect()
    gc.disable()
    try:
        find_changes(rescore_call(stored, Thresholds.of(FAR)))
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_dry_run_writes_nothing(stored):
    before = everything(stored)
    assert find_changes(score_again(stored, Thresholds.of(FAR)))
    assert everything(stored) == before


def _change(path, change):
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")


BROKEN = {
    "no result": lambda call: (call / "analysis.json").unlink(),
    "half a result": lambda call: (call / "analysis.json").write_text('{"schema": "hearout'),
    "another document": lambda call: (call / "analysis.json").write_text("[]"),
    "no speech": lambda call: (call / "stages" / "heard.json").unlink(),
    "half the speech": lambda call: (call / "stages" / "heard.json").write_bytes(b'{"data": {"speech'),
    "no audio facts": lambda call: _change(call / "stages" / "audio.json", lambda d: d["data"].pop("used")),
    "fewer voices": lambda call: _change(
        call / "stages" / "heard.json", lambda d: d["data"]["voices"]["0"].pop()
    ),
    "backwards": lambda call: _change(
        call / "stages" / "heard.json",
        lambda d: d["data"]["speech"]["channels"][0]["spans"][0].reverse(),
    ),
    "another recording": lambda call: _change(
        call / "stages" / "source.json", lambda d: d["data"].update(sha256="1" * 64)
    ),
    "another version": lambda call: _change(
        call / "analysis.json", lambda d: d["engine"]["settings"]["floor"].update(mood_s=1.0)
    ),
    "no settings": lambda call: _change(call / "analysis.json", lambda d: d["engine"].pop("settings")),
    "no playback": lambda call: (call / "stages" / "playback.ogg").unlink(),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_what_is_broken_is_one_sentence_and_nothing_is_written(stored, broken):
    BROKEN[broken](stored)
    before = everything(stored)
    with pytest.raises(InputError, match="call") as found:
        rescore_call(stored, Thresholds.of(FAR))
    assert "nalyse the recording again" in found.value.remedy
    assert everything(stored) == before


def test_calls_are_found_in_a_folder_of_results_or_as_one(stored, tmp_path):
    (stored.parent / "notes").mkdir()
    shutil.copytree(stored, stored.parent / "another")
    assert call_folders(stored.parent) == [stored.parent / "another", stored]
    assert call_folders(stored) == [stored]
    for nothing in (stored.parent / "notes", tmp_path / "nowhere"):
        with pytest.raises(UsageError, match=nothing.name):
            call_folders(nothing)


def test_a_rescore_loads_no_audio_and_no_model_library(stored):
    heavy = ("torch", "ctranslate2", "onnxruntime", "av", "soxr", "faster_whisper", "huggingface_hub")
    code = (
        "import sys\n"
        "from pipeline.cli.app import app\n"
        f"app(['rescore', {str(stored)!r}], standalone_mode=False)\n"
        f"print([m for m in {heavy} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "1 call scored again" in done.stdout


OWN = """
name: mine
title: Mine
source: the tests
phrases: {time: ["word3"]}
items:
  - {id: cut_in, title: Cut in, check: {measure: interruptions_by_agent, at_most: 1}}
  - {id: told, title: Told, check: {all: [{no_move: refusal, mentions: time}, {verdict: talk_ratio}]}}
"""


@pytest.fixture
def own_scored(lively, tmp_path, monkeypatch):
    """A call scored with a checklist of the user's, which is gone since."""
    folder = shutil.copytree(lively[1], tmp_path / "call")
    file = tmp_path / "mine.yaml"
    file.write_text(OWN)
    thresholds = Thresholds.of(Settings(checklists=(str(file),), agent_channel="left"))
    before = rescore_call(folder, thresholds).after
    assert [one.name for one in before.checklists] == ["mine"]
    file.unlink()
    checklists._load.cache_clear()
    return folder, before


def test_roles_are_exchanged_with_the_users_checklist_when_its_file_is_gone(own_scored):
    folder, before = own_scored
    swapped = swap_roles(folder)
    swapped.write()
    assert swapped.after.engine.checklists == before.engine.checklists
    again = swap_roles(folder).after
    assert again.checklists == before.checklists


def test_an_explanation_needs_no_checklist(own_scored):
    folder, before = own_scored
    assert len(stored_findings(read_stored(folder)).events) == len(before.events)


def test_a_kept_checklist_of_another_score_is_not_taken(own_scored):
    folder, before = own_scored
    assert checklists.kept(folder, before.engine.checklists)
    assert checklists.kept(folder, {"mine": "0" * 64}) is None
    (folder / "stages" / "checklists.json").write_text('[{"checklist": 3}]')
    assert checklists.kept(folder, before.engine.checklists) is None


def test_shipped_checklists_are_not_kept(lively):
    assert not (lively[1] / "stages" / "checklists.json").exists()


def test_a_misspelt_call_is_answered_with_the_near_one(tmp_path):
    (tmp_path / "call_01.dual" / "stages").mkdir(parents=True)
    with pytest.raises(UsageError) as refused:
        call_folders(tmp_path / "call_01")
    assert refused.value.remedy == f"Did you mean {tmp_path / 'call_01.dual'}?"
    with pytest.raises(UsageError) as refused:
        call_folders(tmp_path / "nowhere" / "call_01")
    assert refused.value.remedy.startswith("Name the folder")


def test_a_file_in_place_of_a_folder_of_results_is_called_one(lively):
    with pytest.raises(UsageError, match=r"call\.wav: is a file\."):
        call_folders(lively[0])


@pytest.mark.parametrize("schema", ["hearout.analysis/2", None])
def test_a_result_of_another_schema_is_left_as_it_is(stored, schema):
    path = stored / "analysis.json"
    found = json.loads(path.read_text(encoding="utf-8")) | {"schema": schema, "further": 1}
    path.write_text(json.dumps({key: value for key, value in found.items() if value is not None}))
    before = everything(stored)
    with pytest.raises(InputError, match=schema or "names no schema") as caught:
        rescore_call(stored, Thresholds.of(Settings()))
    assert "analysis.json" in caught.value.message
    assert everything(stored) == before
