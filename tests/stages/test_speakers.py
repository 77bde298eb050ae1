"""A recording on one channel, through all stages, its speakers told apart by a made diarizer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest
from stages.made import CountingModels, lanes, write_wav

from pipeline.cli.overrides import Overrides, overlay
from pipeline.errors import InputError, MissingComponentError, UsageError
from pipeline.settings import Settings
from pipeline.speech.diarization import Diarization, Speaker
from pipeline.stages import speakers
from pipeline.stages.call import analyze_call
from pipeline.stages.rescore import Thresholds, rescore_call
from pipeline.stages.swap import swap_roles
from pipeline.timeline import Role, SpanSet, VoiceFeatures

A = SpanSet.of((1.0, 3.0), (6.5, 8.0))
B = SpanSet.of((3.5, 6.8))


@dataclass
class MadeDiarizer:
    """Hears what it was told; counts how often it was asked."""

    speakers: tuple[Speaker, ...]
    calls: int = 0

    def diarize(self, recording, channel, speech, settings, progress=None):
        self.calls += 1
        progress(1, 1)
        overlap = self.speakers[0].spans & self.speakers[1].spans if len(self.speakers) > 1 else SpanSet()
        return Diarization(self.speakers, overlap, 0.2)


@dataclass
class MonoModels(CountingModels):
    """Models that can tell speakers apart."""

    made: MadeDiarizer = field(default_factory=lambda: MadeDiarizer((Speaker(A), Speaker(B))))

    def diarizer_ids(self, settings):
        return {"segmentation-3.0": ("made", "2" * 64), "campplus": ("made", "3" * 64)}

    def diarizer(self, settings):
        return self.made


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return write_wav(tmp_path_factory.mktemp("mono") / "mix.wav", lanes(9, (1, 3), (3.5, 8), seed=2))


def analyzed(recording, out, models, **changed):
    settings = overlay(Settings(), Overrides(**changed))
    return analyze_call(recording, out, settings, models, progress=lambda *_: None)


def test_both_parties_are_in_the_result(recording, tmp_path):
    result = analyzed(recording, tmp_path, MonoModels()).analysis
    assert result.call.layout == "mono"
    assert {result.roles.agent.speaker, result.roles.customer.speaker} == {"A", "B"}
    assert result.roles.agent.channel is None
    assert result.speech.agent == [(1.0, 3.0), (6.5, 8.0)]
    assert result.speech.customer == [(3.5, 6.8)]
    assert result.speech.other == []
    assert result.measures["talk_ratio_agent"] == pytest.approx(3.5 / 6.8)
    assert result.measures["overlap_s"] == pytest.approx(0.3)
    assert set(result.engine.models) >= {"silero", "segmentation-3.0", "campplus"}
    assert set(result.quality) == {"mix"}
    assert result.measures["agent_level_dbfs"] < 0


def test_each_word_is_one_partys(recording, tmp_path):
    result = analyzed(recording, tmp_path, MonoModels()).analysis
    assert {turn.role for turn in result.turns} == {"agent", "customer"}
    for turn in result.turns:
        assert all(turn.start_s - 0.01 <= word.start_s <= turn.end_s + 0.01 for word in turn.words)


def test_what_rests_on_overlap_is_unsure_at_best(recording, tmp_path):
    events = analyzed(recording, tmp_path, MonoModels()).analysis.events
    counting = [event for event in events if event.type == "interruption"]
    assert all(event.row["confidence"] < 0.6 and event.row["why"]["one_channel"] for event in counting)


def test_a_second_run_asks_no_model(recording, tmp_path):
    models = MonoModels()
    analyzed(recording, tmp_path, models)
    again = analyzed(recording, tmp_path, models)
    assert models.made.calls == 1
    assert again.stages_run == ()
    other = analyzed(recording, tmp_path, models, speakers="auto")
    assert models.made.calls == 2
    assert "words" not in other.stages_run


def test_without_the_means_it_stays_one_mix_with_a_warning(recording, tmp_path):
    result = analyzed(recording, tmp_path, CountingModels()).analysis
    assert result.speech.other
    assert not result.speech.agent
    codes = {warning.code: warning.message for warning in result.warnings}
    assert "Have it." in codes["speakers_not_told_apart"]  # the command that mends it
    later = analyzed(recording, tmp_path, MonoModels())  # when it is installed
    assert later.analysis.speech.agent
    assert "words" not in later.stages_run


def test_a_diarizer_asked_for_by_name_must_be_there(recording, tmp_path):
    with pytest.raises(MissingComponentError):
        analyzed(recording, tmp_path, CountingModels(), diarizer="community-1")


@pytest.mark.parametrize(("given", "agent"), [("first", "A"), ("B", "B")])
def test_the_user_may_say_who_the_agent_is(recording, tmp_path, given, agent):
    result = analyzed(recording, tmp_path, MonoModels(), agent_speaker=given).analysis
    assert result.roles.agent.speaker == agent
    assert result.roles.agent.confidence == 1


def test_a_damaged_waveform_is_said_in_one_sentence(recording, tmp_path):
    """A party's lane is cut out of the mix, which is read for that."""
    made = analyzed(recording, tmp_path, MonoModels())
    folder, before = made.result.parent, made.result.read_bytes()
    stage = folder / "stages" / "audio.json"
    data = json.loads(stage.read_text())
    peaks = data["data"]["waveform"]["peaks"]
    peaks.update(dict.fromkeys(peaks, "A"))  # no base64
    stage.write_text(json.dumps(data))
    with pytest.raises(InputError, match="is damaged, so nothing can be worked out anew"):
        rescore_call(folder, Thresholds.of(Settings()))
    assert made.result.read_bytes() == before


def test_swapping_the_roles_mirrors_the_result_and_back(recording, tmp_path):
    made = analyzed(recording, tmp_path, MonoModels())
    folder = made.result.parent
    before = json.loads(made.result.read_text())
    swapped = swap_roles(folder)
    swapped.write()
    after = json.loads(made.result.read_text())
    assert after["roles"]["agent"]["speaker"] == before["roles"]["customer"]["speaker"]
    assert after["speech"]["agent"] == before["speech"]["customer"]
    ratio = before["measures"]["talk_ratio_agent"]
    assert after["measures"]["talk_ratio_agent"] == pytest.approx(1 - ratio, abs=1e-5)
    kept = rescore_call(folder, Thresholds.of(Settings()))
    assert kept.after.roles.agent.speaker == after["roles"]["agent"]["speaker"]
    assert swap_roles(folder).after.speech.agent == made.analysis.speech.agent


def test_a_dual_call_is_swapped_by_its_channels(tmp_path):
    path = write_wav(tmp_path / "dual.wav", lanes(6, (1, 3), seed=1), lanes(6, (3.5, 5), seed=5))
    made = analyzed(path, tmp_path / "out", CountingModels())
    swapped = swap_roles(made.result.parent).after
    assert swapped.roles.agent.channel == made.analysis.roles.customer.channel
    assert swapped.speech.agent == made.analysis.speech.customer


def test_a_mix_that_is_not_told_apart_has_no_roles_to_swap(recording, tmp_path):
    made = analyzed(recording, tmp_path, CountingModels())
    with pytest.raises(InputError, match="not told apart"):
        swap_roles(made.result.parent)


@pytest.fixture
def half_silent(tmp_path):
    """One voice on the right, nothing on the left."""
    voice = lanes(9, (1, 3), (3.5, 8), seed=2)
    return write_wav(tmp_path / "half.wav", 0 * voice, voice)


def lines_of(result):
    return {line.verdict for one in result.checklists for line in one.items}


def test_with_a_silent_channel_voices_told_apart_on_the_other_judge_nobody(half_silent, tmp_path):
    """One party's own channel and a mix of both look alike: one voice, asked for two, gives two."""
    result = analyzed(half_silent, tmp_path / "out", MonoModels()).analysis
    assert (result.call.layout, [w.code for w in result.warnings][:1]) == ("mono", ["role_unsure"])
    assert result.roles.agent.confidence < 0.7
    assert result.verdicts["talk_ratio"].verdict == "unsure"
    assert "silent_channel" in [warning.code for warning in result.warnings]
    told = analyzed(half_silent, tmp_path / "out", MonoModels(), agent_speaker="first").analysis
    assert told.roles.agent.confidence == 1


@pytest.mark.parametrize(("agent", "missed"), [("left", "agent"), ("right", "customer")])
def test_a_given_channel_counts_where_one_is_silent_and_nothing_is_said_of_that_party(
    half_silent, tmp_path, agent, missed
):
    models = MonoModels()
    analyzed(half_silent, tmp_path / "out", models)
    done = analyzed(half_silent, tmp_path / "out", models, agent_channel=agent)
    result = done.analysis
    assert result.call.layout == "dual"
    assert (result.roles.agent.channel, models.made.calls) == (agent, 1)
    assert getattr(result.speech, missed) == []
    verdict = result.verdicts["vent_before_solving"]
    assert (verdict.verdict, verdict.evidence) == ("unsure", [])
    assert f"The {missed} is not heard" in verdict.reason
    assert result.verdicts["talk_ratio"].verdict == "not_applicable"
    assert {line.verdict for line in result.checklists[0].items} == {"unsure"}  # leap: all on both parties
    assert analyzed(half_silent, tmp_path / "out", models, agent_channel=agent).stages_run == ()
    assert analyzed(half_silent, tmp_path / "out", models).analysis.call.layout == "mono"


def test_a_recording_of_silence_praises_nobody(tmp_path):
    path = write_wav(tmp_path / "none.wav", 0 * lanes(6), 0 * lanes(6))
    result = analyzed(path, tmp_path / "out", MonoModels(), agent_channel="left").analysis
    assert lines_of(result) == {"unsure"}
    assert {one.score for one in result.checklists} == {None}
    assert result.coach is None, "there is nothing to hear, and nobody to coach"


def test_a_third_voice_is_other(recording, tmp_path):
    third = Speaker(SpanSet.of((8.2, 8.6)))
    models = MonoModels(made=MadeDiarizer((Speaker(A), Speaker(B), third)))
    result = analyzed(recording, tmp_path, models, speakers="3").analysis
    assert result.speech.other == [(8.2, 8.6)]
    assert all(event.by != Role.OTHER for event in result.events)


def test_one_voice_alone_has_no_roles(recording, tmp_path):
    models = MonoModels(made=MadeDiarizer((Speaker(A | B),)))
    result = analyzed(recording, tmp_path, models).analysis
    assert result.speech.other
    assert "one_voice" in {warning.code for warning in result.warnings}


@pytest.mark.parametrize("wrong", [{"speakers": "many"}, {"speakers": "0"}, {"agent_speaker": "Z"}])
def test_what_makes_no_sense_on_the_command_line_is_refused(wrong):
    with pytest.raises(UsageError):
        overlay(Settings(), Overrides(**wrong))


def test_the_voice_at_an_end_is_unknown_where_the_other_is_heard_over_it_or_at_once_after(monkeypatch):
    ended = VoiceFeatures(end_drop_db=-3.0, end_fall_s=0.05, median_pitch_hz=110.0)
    monkeypatch.setattr(speakers, "measure_voice", lambda recording, channel, spans: [ended] * len(spans))
    mine = SpanSet.of((0.0, 1.0), (2.0, 3.0), (5.0, 6.0), (8.0, 9.0))
    others = SpanSet.of((0.5, 0.8), (2.9, 3.5), (6.05, 7.0), (9.2, 10.0))
    rows = speakers._voices(None, 0, 0, {0: mine, 1: others})
    assert [row["end_drop_db"] for row in rows] == [-3.0, None, None, -3.0]
    assert {row["median_pitch_hz"] for row in rows} == {110.0}
