"""A call whose words were made elsewhere: the same result, without a recogniser."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path

import pytest
from stages.made import SAMPLES, CountingModels, lanes, write_wav

from pipeline.errors import InputError
from pipeline.measures import TalkTarget
from pipeline.report.exchange import file_name, to_exchange
from pipeline.settings import Settings
from pipeline.speech import SpeechSettings
from pipeline.stages.call import analyze_call
from pipeline.stages.models import LocalModels
from pipeline.stages.rescore import Thresholds, rescore_call
from pipeline.stages.swap import swap_roles
from pipeline.stages.transcripts import find_recording, read_transcript
from pipeline.timeline import SpanSet

CALL = "leap_model"
RECORDING = SAMPLES / f"{CALL}.dual.flac"
SETTINGS = Settings(speech=SpeechSettings(segmentation="off"))  # with or without the extra for one channel
TRUTH = json.loads((SAMPLES / f"{CALL}.truth.json").read_text(encoding="utf-8"))


def no_recognizer(self, settings):
    pytest.fail("the recogniser was asked for")


class FewModels(CountingModels):
    """Models that load nothing; asking for a recogniser fails."""

    whisper_id = recognizer = no_recognizer


class OwnModels(LocalModels):
    """This machine's, likewise."""

    whisper_id = recognizer = no_recognizer


def imported(recording, transcript, out, given=None, models=None):
    return analyze_call(
        recording,
        out,
        given or Settings(),
        models or FewModels(),
        transcript=read_transcript(transcript),
        progress=lambda *_: None,
    )


def table(path, *rows):
    text = io.StringIO()
    csv.writer(text).writerows([("start", "end", "speaker", "text"), *rows])
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def said(analysis):
    return {
        role: [word.text for turn in analysis.turns if turn.role == role for word in turn.words]
        for role in ("agent", "customer")
    }


def everything(analysis):
    return [word for words in said(analysis).values() for word in words]


def content(folder):
    found = json.loads((folder / "analysis.json").read_text(encoding="utf-8"))
    found["engine"].pop("elapsed_s")
    page = (folder / "timeline.html").read_text(encoding="utf-8")
    return found, re.sub(r'(id="audio"[^>]*>)[^<]+', r"\1", page)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A sample call with its own lines as captions; copy it, don't change it."""
    models = OwnModels(offline=True, say=lambda _: None, progress=lambda *_: None)
    if models.sentences_id(SETTINGS) is None:
        pytest.skip("the sentence model is not here (`hearout models pull minilm`)")
    folder = tmp_path_factory.mktemp("sample")
    lines = [(one["start_s"], one["end_s"], one["speaker"], one["text"]) for one in TRUTH["lines"]]
    return imported(RECORDING, table(folder / f"{CALL}.csv", *lines), folder / "out", SETTINGS, models)


def test_a_sample_with_its_lines_as_captions_is_judged_as_labelled(sample):
    found = sample.analysis
    assert found.roles.agent.channel == TRUTH["agent_channel"]
    expected = {role: [] for role in ("agent", "customer")}
    for line in TRUTH["lines"]:
        expected[line["speaker"]] += line["text"].split()
    assert said(found) == expected
    assert TRUTH["interruptions"] == []
    assert [event for event in found.events if event.type.endswith("interruption")] == []
    assert found.verdicts["vent_before_solving"].verdict == TRUTH["checklists"]["leap"]["listen"] == "pass"
    # "I'm ringing about a sofa" leads up to the complaint: moves decide whether it counts
    assert found.vent.start_s == pytest.approx(TRUTH["vent"]["start_s"], abs=2.5)
    assert found.vent.end_s == pytest.approx(TRUTH["vent"]["end_s"], abs=0.5)
    backchannels = [turn for turn in found.turns if turn.kind == "backchannel"]
    assert len(backchannels) == sum(line["backchannel"] for line in TRUTH["lines"])


def test_words_lie_inside_the_speech_of_their_party(sample):
    for role in ("agent", "customer"):
        speech = SpanSet.from_pairs(getattr(sample.analysis.speech, role)).bridged(0.3).padded(0.002)
        words = [word for turn in sample.analysis.turns if turn.role == role for word in turn.words]
        for word in words:
            span = speech.at((word.start_s + word.end_s) / 2)
            assert span is not None
            assert span.start_s <= word.start_s < word.end_s <= span.end_s


def test_the_engine_names_the_transcript_and_no_recogniser(sample):
    models = sample.analysis.engine.models
    assert "whisper" not in models
    assert models["transcript"].id == f"{CALL}.csv"
    assert [note.code for note in sample.analysis.warnings] == ["language_assumed"]


@pytest.mark.parametrize("form", ["vtt", "srt", "textgrid", "analysis.json"])
def test_what_was_exported_can_be_imported(sample, form, tmp_path):
    if form == "analysis.json":
        path = Path(shutil.copy(sample.result, tmp_path / form))
    else:
        path = tmp_path / file_name(CALL, form)
        path.write_text(to_exchange(sample.analysis, form), encoding="utf-8")
    again = imported(RECORDING, path, tmp_path / "out")
    assert said(again.analysis) == said(sample.analysis)
    assert again.analysis.roles.agent.channel == sample.analysis.roles.agent.channel
    assert [one.code for one in again.analysis.warnings] == ["language_assumed", "moves_by_rules_only"]
    if form in ("textgrid", "analysis.json"):  # which hold the times of words
        mine, theirs = (
            [(word.start_s, word.end_s) for turn in one.analysis.turns for word in turn.words]
            for one in (again, sample)
        )
        assert mine == [pytest.approx(times, abs=0.002) for times in theirs]


def test_a_rescore_of_an_imported_call_is_as_a_fresh_one(dual_call, tmp_path):
    path = table(tmp_path / "call.csv", *LINES)
    far = Settings(talk=TalkTarget(0.3, 0.05))
    fresh = content(imported(dual_call, path, tmp_path / "fresh", far).result.parent)
    stored = imported(dual_call, path, tmp_path / "out").result.parent
    as_it_was = content(stored)
    rescore_call(stored, Thresholds.of(far)).write()
    assert content(stored) == fresh != as_it_was
    rescore_call(stored, Thresholds.of(Settings())).write()
    assert content(stored) == as_it_was


def test_roles_of_an_imported_call_can_be_exchanged(sample, tmp_path):
    stored = shutil.copytree(sample.result.parent, tmp_path / sample.result.parent.name)
    found = swap_roles(stored).after
    assert found.roles.agent.channel != TRUTH["agent_channel"]
    assert said(found)["agent"] == said(sample.analysis)["customer"]


LINES = (
    (1, 4, "ann", "Good morning, what can I do"),
    (4.5, 8.5, "bob", "My bill is wrong"),
    (9, 11, "ann", "Oh dear"),
)


def test_a_second_run_reads_and_another_transcript_is_taken(dual_call, tmp_path):
    out, path = tmp_path / "out", table(tmp_path / "call.csv", *LINES)
    assert "words" in imported(dual_call, path, out).stages_run
    assert imported(dual_call, path, out).stages_run == ()
    again = imported(dual_call, table(path, *LINES[:2]), out)
    assert again.stages_run == ("words", "heard", "moves")
    assert len(said(again.analysis)["agent"] + said(again.analysis)["customer"]) == 10


def test_analysing_and_importing_the_same_recording_replace_each_other(dual_call, tmp_path, models):
    out, path = tmp_path / "out", table(tmp_path / "call.csv", *LINES)
    for _ in range(2):
        done = imported(dual_call, path, out).analysis
        assert ("transcript" in done.engine.models, "whisper" in done.engine.models) == (True, False)
        assert "bill" in everything(done)
        done = analyze_call(dual_call, out, Settings(), models, progress=lambda *_: None).analysis
        assert ("transcript" in done.engine.models, "whisper" in done.engine.models) == (False, True)
        assert "word1" in everything(done)
    assert [folder.name for folder in out.iterdir()] == ["call"]


def test_words_are_imported_though_the_settings_want_no_transcript(dual_call, tmp_path):
    done = imported(
        dual_call, table(tmp_path / "call.csv", *LINES), tmp_path / "out", Settings(transcript=False)
    )
    assert done.analysis.engine.settings["transcript"] is True
    assert "bill" in everything(done.analysis)


def test_on_one_channel_no_second_try_is_made(tmp_path):
    """Without the means to tell the speakers apart all words are the mix's; names are not used."""
    path = write_wav(tmp_path / "mono.wav", lanes(12, (1, 4), (4.5, 8.5), (9, 11), seed=1))
    done = imported(path, table(tmp_path / "mono.csv", *LINES), tmp_path / "out")
    codes = {note.code for note in done.analysis.warnings}
    assert {"transcript_speakers_unused", "language_assumed"} <= codes
    words = [word.text for turn in done.analysis.turns for word in turn.words]
    assert " ".join(words) == "Good morning, what can I do My bill is wrong Oh dear"


def test_a_transcript_of_another_recording_is_refused_before_anything_is_heard(dual_call, tmp_path):
    late = table(tmp_path / "late.csv", (3600, 3605, "ann", "Hello"))
    with pytest.raises(InputError, match=r"late\.csv does not belong to this recording"):
        imported(dual_call, late, tmp_path / "out")
    assert not (tmp_path / "out" / "call" / "stages" / "speech.json").exists()


def test_speech_without_words_and_words_without_speech_are_told(dual_call, tmp_path):
    path = table(
        tmp_path / "call.csv",
        *LINES,
        (8.6, 8.9, "ann", "ghost"),
        (30, 31, "bob", "late"),
        (5, 6, "", "[music]"),
    )
    codes = [note.code for note in imported(dual_call, path, tmp_path / "out").analysis.warnings]
    assert {"captions_beyond_end", "captions_without_words"} <= set(codes)


def test_a_party_whose_words_are_missing_is_not_judged(dual_call, tmp_path):
    half = table(
        tmp_path / "half.csv", *(line for line in LINES if line[2] == "ann"), (8.4, 8.5, "bob", "Yes")
    )
    done = imported(dual_call, half, tmp_path / "out").analysis
    (note,) = [one for one in done.warnings if one.code == "speech_without_words"]
    assert "the right channel is heard" in note.message
    assert done.verdicts["vent_before_solving"].verdict == "unsure"


# --- which recording


@pytest.fixture
def folder(tmp_path):
    for name in (
        "call_01.dual.flac",
        "call_01.dual.truth.json",
        "two.wav",
        "two.mp3",
        "call_01.dual.png",
        "Other.WAV",
    ):
        (tmp_path / name).write_bytes(b"")
    return tmp_path


def recording_of(name, folder, recordings=None, content="start,end,speaker,text\n0,1,a,hi\n"):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    return find_recording(path, read_transcript(path), recordings)


def test_the_recording_is_named_like_the_transcript(folder):
    assert recording_of("call_01.dual.csv", folder).name == "call_01.dual.flac"
    assert recording_of("Other.csv", folder).name == "Other.WAV"
    assert recording_of("elsewhere/call_01.dual.csv", folder, folder) == folder / "call_01.dual.flac"


def test_a_result_names_its_recording(folder):
    turn = {"role": "agent", "start_s": 0.0, "end_s": 1.0, "text": "hi", "words": []}
    result = {"schema": "hearout.analysis/1", "call": {"source": "call_01.dual.flac"}, "turns": [turn]}
    found = recording_of("results/analysis.json", folder, folder, json.dumps(result))
    assert found.name == "call_01.dual.flac"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("two.csv", r"two\.csv fits several recordings: two\.mp3, two\.wav"),
        ("none.csv", "no recording beside it"),
    ],
)
def test_no_recording_or_several_is_an_error(name, says, folder):
    with pytest.raises(InputError, match=says) as error:
        recording_of(name, folder)
    assert "--audio" in error.value.remedy


def test_files_that_cannot_be_read(tmp_path):
    (tmp_path / "folder.vtt").mkdir()
    for name, says in (("none.vtt", "does not exist"), ("folder.vtt", "is not a file")):
        with pytest.raises(InputError, match=f"{name} {says}"):
            read_transcript(tmp_path / name)
