from __future__ import annotations

import errno
import json
import stat
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from stages.made import RATE, CountingModels, CountingRecognizer, lanes, write_wav

from pipeline.errors import InputError, OutputError
from pipeline.identity import call_id_for, file_digest
from pipeline.moves import MoveSettings
from pipeline.report.schema import Analysis, json_schema
from pipeline.settings import Settings
from pipeline.stages.call import PageAudio, analyze_call
from pipeline.stages.rescore import Thresholds, rescore_call
from pipeline.stages.run import CallStages
from pipeline.timeline import TurnSettings

SCHEMA_FILE = Path(__file__).parents[2] / "docs" / "analysis.schema.json"


def run(path, out, models, settings=None, **options):
    return analyze_call(path, out, settings or Settings(), models, progress=lambda *_: None, **options)


def result(done):
    return json.loads(done.result.read_text(encoding="utf-8"))


def timeless(analysis: Analysis) -> dict:
    plain = analysis.model_dump()
    plain["engine"].pop("elapsed_s")
    return plain


def test_a_dual_call_gives_both_parties_their_own_speech_and_words(dual_call, tmp_path, models):
    found = result(run(dual_call, tmp_path / "out", models, replace(Settings(), agent_channel="left")))
    assert found["call"]["layout"] == "dual"
    assert np.allclose(found["speech"]["agent"], [[1, 4], [9, 11]], atol=0.1)
    assert np.allclose(found["speech"]["customer"], [[4.5, 8.5]], atol=0.1)
    for turn in found["turns"]:
        spans = found["speech"][turn["role"]]
        for word in turn["words"]:
            assert any(s - 0.001 <= word["start_s"] < word["end_s"] <= e + 0.001 for s, e in spans)
    assert found["measures"]["talk_ratio_agent"] == pytest.approx(5 / 9, abs=0.02)


class Forgetful(CountingRecognizer):
    """Leaves out how a long window begins, as recognisers do at times."""

    def recognize(self, windows, request):
        raws = super().recognize(windows, request)
        return [
            replace(raw, words=raw.words[3:] if len(window) > 4.5 * RATE else raw.words)
            for window, raw in zip(windows, raws, strict=True)
        ]


def test_speech_in_which_nothing_was_recognised_is_transcribed_by_itself(dual_call, tmp_path):
    settings = replace(Settings(), agent_channel="left")
    heard = Forgetful()
    found = result(run(dual_call, tmp_path / "out", CountingModels(heard), settings))
    whole = result(run(dual_call, tmp_path / "whole", CountingModels(), settings))

    def words(call):
        return [(turn["role"], len(turn["words"])) for turn in call["turns"]]

    assert words(found) == words(whole)
    assert heard.calls == 3  # the language, all windows, and what was left out


def test_the_result_keeps_the_published_schema(dual_call, tmp_path, models):
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    assert schema == json_schema(), "docs/analysis.schema.json is out of date: make schema"
    jsonschema.validate(result(run(dual_call, tmp_path / "out", models)), schema)


def test_parts_of_later_versions_are_empty_never_missing(dual_call, tmp_path, models):
    found = result(run(dual_call, tmp_path / "out", models))
    assert set(found) == {name if name != "schema_id" else "schema" for name in Analysis.model_fields}
    assert found["vent"] is None


def test_a_second_run_makes_no_model_call_and_gives_the_same(dual_call, tmp_path, models):
    first = run(dual_call, tmp_path / "out", models)
    calls = models.heard.calls
    assert calls > 0
    assert set(first.stages_run) == {"source", "audio", "speech", "words", "heard", "moves", "playback"}
    again = run(dual_call, tmp_path / "out", models)
    assert models.heard.calls == calls
    assert models.asked == 1
    assert again.stages_run == ()
    assert timeless(again.analysis) == timeless(first.analysis)


def test_changed_thresholds_run_the_pure_rooms_only(dual_call, tmp_path, models):
    first = run(dual_call, tmp_path / "out", models)
    calls = models.heard.calls
    stricter = replace(Settings(), turns=TurnSettings(silence_min_s=0.4))
    again = run(dual_call, tmp_path / "out", models, stricter)
    assert models.heard.calls == calls
    assert again.stages_run == ()
    assert again.analysis.measures["silence_count"] > first.analysis.measures["silence_count"]


def test_another_model_or_vocabulary_transcribes_again(dual_call, tmp_path, models):
    run(dual_call, tmp_path / "out", models)
    settings = replace(Settings(), words=replace(Settings().words, hotwords=("Northgate",)))
    assert set(run(dual_call, tmp_path / "out", models, settings).stages_run) == {"words", "heard", "moves"}


def test_swapping_the_agent_channel_mirrors_the_measures(dual_call, tmp_path, models):
    left = run(dual_call, tmp_path / "out", models, replace(Settings(), agent_channel="left")).analysis
    right = run(dual_call, tmp_path / "out", models, replace(Settings(), agent_channel="right")).analysis
    assert left.measures["agent_talk_s"] == right.measures["customer_talk_s"]
    assert left.roles.agent.channel == "left"
    assert right.roles.agent.channel == "right"
    assert right.roles.agent.confidence == 1.0


def test_unsure_roles_are_a_warning(dual_call, tmp_path, models):
    found = run(dual_call, tmp_path / "out", models).analysis
    assert found.roles.agent.confidence < 0.7
    assert "role_unsure" in [w.code for w in found.warnings]


def test_without_transcript_no_model_is_asked(dual_call, tmp_path, models):
    done = run(dual_call, tmp_path / "out", models, replace(Settings(), transcript=False))
    assert models.asked == 0
    assert all(not turn.words for turn in done.analysis.turns)
    assert done.analysis.measures["agent_wpm"] is None
    assert done.analysis.measures["talk_ratio_agent"] is not None


def test_a_language_without_a_pack_says_so(dual_call, tmp_path, models):
    models.heard.language = "xx"
    found = run(dual_call, tmp_path / "out", models).analysis
    assert "no_language_pack" in [w.code for w in found.warnings]


def test_seconds_that_a_measure_is_made_of_are_whole_milliseconds(dual_call, tmp_path, models):
    found = result(run(dual_call, tmp_path / "out", models))
    details = found["measure_details"]
    parts = details["speech_agreement"]["parts"]
    assert parts == {name: round(seconds, 3) for name, seconds in parts.items()}
    ratio = parts["agreed_s"] / parts["compared_s"]
    assert found["measures"]["speech_agreement"] == pytest.approx(ratio, abs=1e-6)


def test_silence_is_no_error(tmp_path, models):
    quiet = lanes(5)
    found = run(write_wav(tmp_path / "quiet.wav", quiet, lanes(5, seed=3)), tmp_path / "out", models).analysis
    assert found.measures["talk_ratio_agent"] is None
    assert found.measures["silence_s"] == pytest.approx(5.0, abs=0.01)
    assert "no_speech" in [w.code for w in found.warnings]
    assert found.speech.agent == []


def test_a_mono_recording_is_transcribed_but_nobody_is_blamed(tmp_path, models):
    found = run(write_wav(tmp_path / "mono.wav", lanes(6, (1, 4))), tmp_path / "out", models).analysis
    assert found.call.layout == "mono"
    assert found.speech.agent == []
    assert found.speech.other
    assert found.measures["talk_ratio_agent"] is None
    assert "role_unsure" in [w.code for w in found.warnings]


def test_dual_mono_is_taken_as_mono(tmp_path, models):
    mixed = lanes(6, (1, 4))
    found = run(write_wav(tmp_path / "both.wav", mixed, mixed), tmp_path / "out", models).analysis
    assert found.call.layout == "dual_mono"
    assert found.speech.agent == []


def test_everything_written_is_the_owners_only(dual_call, tmp_path, models):
    run(dual_call, tmp_path / "out", models)
    written = [p for p in (tmp_path / "out").rglob("*") if p.is_file()]
    assert len(written) >= 8
    for path in written:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for folder in [p for p in (tmp_path / "out").rglob("*") if p.is_dir()]:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder


def test_a_bad_recording_leaves_nothing_behind(tmp_path, models):
    (tmp_path / "bad.wav").write_bytes(b"this is no audio at all")
    with pytest.raises(InputError, match=r"bad\.wav"):
        run(tmp_path / "bad.wav", tmp_path / "out", models)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made(dual_call, tmp_path, models):
    (tmp_path / "out").write_text("a file is in the way")
    with pytest.raises(OutputError, match="out"):
        run(dual_call, tmp_path / "out", models)


def test_two_recordings_of_one_name_do_not_meet(tmp_path, models):
    for folder, at in (("monday", 1), ("tuesday", 2)):
        (tmp_path / folder).mkdir()
        write_wav(tmp_path / folder / "call.wav", lanes(5, (at, 4)), lanes(5, seed=3))
    first = run(tmp_path / "monday" / "call.wav", tmp_path / "out", models)
    second = run(tmp_path / "tuesday" / "call.wav", tmp_path / "out", models)
    assert (first.analysis.call.id, second.analysis.call.id) == ("call", "call-2")
    assert first.result.exists()
    assert second.result.exists()


def test_the_page_carries_the_audio_or_not(dual_call, tmp_path, models):
    with_audio = run(dual_call, tmp_path / "out", models).page.read_text(encoding="utf-8")
    without = run(dual_call, tmp_path / "out", models, page_audio=PageAudio.NONE).page.read_text(
        encoding="utf-8"
    )
    assert len(with_audio) > len(without) + 5000


def test_edited_moves_run_the_moves_stage_only(dual_call, tmp_path, models):
    run(dual_call, tmp_path / "out", models)
    own = tmp_path / "moves"
    own.mkdir()
    (own / "counting.yaml").write_text(
        "id: counting\nspeaker: agent\ndefinition: Says a number.\nmode: rules\npatterns: ['word\\d']\n"
    )
    settings = replace(Settings(), agent_channel="left", moves=MoveSettings(folders=(str(own),)))
    again = run(dual_call, tmp_path / "out", models, settings)
    assert again.stages_run == ("moves",)
    by_role = {(turn.role, move.name) for turn in again.analysis.turns for move in turn.moves}
    assert ("agent", "counting") in by_role
    assert ("customer", "counting") not in by_role


def test_swapped_roles_find_the_moves_of_the_other_party_without_a_model(dual_call, tmp_path, models):
    own = tmp_path / "moves"
    own.mkdir()
    (own / "counting.yaml").write_text(
        "id: counting\nspeaker: agent\ndefinition: Says a number.\nmode: rules\npatterns: ['word\\d']\n"
    )
    moves = MoveSettings(folders=(str(own),))
    left = run(dual_call, tmp_path / "out", models, replace(Settings(), agent_channel="left", moves=moves))
    right = run(dual_call, tmp_path / "out", models, replace(Settings(), agent_channel="right", moves=moves))
    assert right.stages_run == ()
    found = [
        {move.span for turn in done.analysis.turns for move in turn.moves if move.name == "counting"}
        for done in (left, right)
    ]
    assert all(found)
    assert not found[0] & found[1]


def test_without_the_sentence_model_the_result_says_so(dual_call, tmp_path, models):
    found = run(dual_call, tmp_path / "out", models).analysis
    assert "moves_by_rules_only" in [warning.code for warning in found.warnings]


def test_a_judge_is_asked_about_unsure_moves_and_a_silent_one_loses_no_call(dual_call, tmp_path, models):
    own = tmp_path / "moves"
    own.mkdir()
    (own / "counting.yaml").write_text(
        "id: counting\nspeaker: agent\ndefinition: Says a number.\nmode: rules\npatterns: ['word\\d']\n"
        "context: {after: [greeting]}\n"  # unsure, as nobody greets
    )
    moves = MoveSettings(folders=(str(own),), judge_url="http://127.0.0.1:9/v1", judge_model="none")
    found = run(dual_call, tmp_path / "out", models, replace(Settings(), moves=moves)).analysis
    assert "judge_silent" in [warning.code for warning in found.warnings]
    assert not [move for turn in found.turns for move in turn.moves if move.name == "counting"]


def test_every_shipped_checklist_is_scored_and_its_file_named(dual_call, tmp_path, models):
    found = run(dual_call, tmp_path / "out", models).analysis
    names = [checklist.name for checklist in found.checklists]
    assert names == ["leap", "leap-ask-produce", "last", "five-ideas", "ten-tips", "did-you"]
    assert list(found.engine.checklists) == names
    assert set(found.verdicts) == {"vent_before_solving", "talk_ratio"}
    assert found.coach.text
    only = run(dual_call, tmp_path / "out", models, replace(Settings(), checklists=("last",)))
    assert [checklist.name for checklist in only.analysis.checklists] == ["last"]
    assert only.stages_run == ()


def test_a_page_plays_the_file_beside_it_and_stays_so(dual_call, tmp_path, models):
    done = run(dual_call, tmp_path / "out", models, page_audio=PageAudio.BESIDE)
    page = done.page.read_text(encoding="utf-8")
    assert 'id="audio" data-src="stages/playback.ogg"' in page
    assert (done.page.parent / "stages" / "playback.ogg").is_file()
    inside = run(dual_call, tmp_path / "out", models).page.stat().st_size
    assert len(page.encode()) < inside - 5000
    run(dual_call, tmp_path / "out", models, page_audio=PageAudio.BESIDE)
    rescore_call(done.page.parent, Thresholds.of(Settings()))
    assert 'data-src="stages/playback.ogg"' in done.page.read_text(encoding="utf-8")


def test_two_runs_at_once_on_names_alike_lose_nothing(dual_call, tmp_path, models, monkeypatch):
    other = tmp_path / "elsewhere" / dual_call.name
    other.parent.mkdir()
    write_wav(other, lanes(5, (0.5, 2), seed=3), lanes(5, (2.5, 4), seed=9))
    beside = []
    stages = CallStages.run

    def with_one_beside(self):
        if not beside:
            beside.append(None)  # the one beside runs while this one has just chosen its folder
            beside.append(run(other, tmp_path / "out", CountingModels()))
        return stages(self)

    monkeypatch.setattr(CallStages, "run", with_one_beside)
    first, second = run(dual_call, tmp_path / "out", models), beside[1]
    assert (first.result.parent.name, second.result.parent.name) == ("call", "call-2")
    assert [result(one)["call"]["sha256"] for one in (first, second)] == [
        file_digest(path) for path in (dual_call, other)
    ]


def test_a_folder_chosen_by_both_at_once_is_the_first_ones(dual_call, tmp_path, models, monkeypatch):
    other = tmp_path / "elsewhere" / dual_call.name
    other.parent.mkdir()
    write_wav(other, lanes(5, (0.5, 2), seed=3), lanes(5, (2.5, 4), seed=9))
    run(other, tmp_path / "out", CountingModels())
    chosen = iter(["call"])  # as it was before the other one took it
    monkeypatch.setattr(
        "pipeline.stages.call.call_id_for", lambda *given: next(chosen, None) or call_id_for(*given)
    )
    assert run(dual_call, tmp_path / "out", models).result.parent.name == "call-2"


@pytest.mark.parametrize("is_there", [False, True], ids=["new", "old"])
def test_of_a_recording_that_is_no_good_no_folder_is_left(tmp_path, models, is_there):
    (tmp_path / "torn.wav").write_text("no audio")
    if is_there:
        (tmp_path / "out").mkdir()
    with pytest.raises(InputError):
        run(tmp_path / "torn.wav", tmp_path / "out", models)
    assert (tmp_path / "out").exists() == is_there
    assert not is_there or not list((tmp_path / "out").iterdir())


def test_result_and_page_are_of_one_analysis_when_the_disk_fills_up(dual_call, tmp_path, models, monkeypatch):
    def full(*_):
        yield b"<!doctype html>"
        raise OSError(errno.ENOSPC, "No space left on device")

    first = run(dual_call, tmp_path / "out", models)
    before = first.result.read_bytes(), first.page.read_bytes()
    monkeypatch.setattr("pipeline.stages.call.make_page", full)
    stricter = replace(Settings(), turns=TurnSettings(silence_min_s=0.4))
    with pytest.raises(OutputError, match="no space"):
        run(dual_call, tmp_path / "out", models, stricter)
    assert (first.result.read_bytes(), first.page.read_bytes()) == before
