"""``hearout import``: which files, which recordings, what is said and with which exit code."""

from __future__ import annotations

import json

import pytest
from running import hearout
from stages.made import lanes, write_wav

TABLE = "start,end,speaker,text\n1,4,ann,Good morning there\n4.5,8.5,bob,My bill is wrong\n"
NO_MODELS = {"PIP_NO_INDEX": "1"}


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    """Two recordings, of which one has a transcript beside it, and no model in the store."""
    folder = tmp_path_factory.mktemp("calls")
    for n, name in enumerate("ab"):
        write_wav(folder / f"{name}.wav", lanes(10, (1, 4), seed=n), lanes(10, (4.5, 8.5), seed=n + 7))
    (folder / "a.csv").write_text(TABLE)
    return folder


def run(calls, *words, **more):
    return hearout(
        "import", *words, "--offline", HEAROUT_MODELS=str(calls / "no models"), **NO_MODELS, **more
    )


def test_a_call_without_any_model_in_the_store(calls, tmp_path):
    done = run(calls, calls / "a.csv", "--json", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)["calls"]
    assert (found["id"], found["source"]) == ("a", "a.wav")
    assert "language_assumed" in found["warnings"]
    result = json.loads((tmp_path / "out" / "a" / "analysis.json").read_text())
    assert {turn["text"] for turn in result["turns"]} == {"Good morning there", "My bill is wrong"}
    assert result["engine"]["models"].keys() >= {"transcript"}
    assert "whisper" not in result["engine"]["models"]
    assert (tmp_path / "out" / "a" / "timeline.html").exists()
    shown = hearout("explain", tmp_path / "out" / "a")
    assert shown.returncode == 0, shown.stderr
    told = run(calls, calls / "a.csv", "--language", "en", "--verbose", "--out", tmp_path / "out")
    assert "My bill is wrong" in told.stdout
    assert told.stderr == ""


def test_a_bad_file_stops_no_other_and_each_failure_is_a_sentence(calls, tmp_path):
    (tmp_path / "a.vtt").write_text("WEBVTT\n\n00:01.000 --> 1\nHi\n")
    (tmp_path / "lonely.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHi\n")
    (tmp_path / "a.docx").write_bytes(b"PK")
    files = [tmp_path / name for name in ("a.vtt", "lonely.srt", "a.docx", "none.csv")]
    done = run(
        calls,
        *files,
        calls / "a.csv",
        calls / "a.csv",
        "--recordings",
        calls,
        "--json",
        "--out",
        tmp_path / "o",
    )
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert [one["id"] for one in document["calls"]] == ["a"]
    errors = {one["source"]: one["error"] for one in document["failed"]}
    assert errors == {
        "a.vtt": "a.vtt can't be read: line 3: these are no times of a caption.",
        "lonely.srt": f"There is no recording in {calls.name} that is named like lonely.srt.",
        "a.docx": "a.docx is no transcript that can be read.",
        "none.csv": "none.csv does not exist.",
    }
    assert "VTT and SRT captions" in done.stderr
    assert "Traceback" not in done.stderr


def test_two_transcripts_of_one_recording_are_not_two_calls(calls, tmp_path):
    (tmp_path / "a.csv").write_text(TABLE)
    (tmp_path / "a.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHi\n")
    (tmp_path / "a.wav").symlink_to(calls / "a.wav")
    done = run(calls, tmp_path / "a.csv", tmp_path / "a.srt", "--json", "--out", tmp_path / "out")
    assert done.returncode == 1
    (failed,) = json.loads(done.stdout)["failed"]
    assert failed["error"] == "a.srt is of the same recording as a.csv."


def test_the_recording_can_be_named(calls, tmp_path):
    done = run(calls, calls / "a.csv", "--audio", calls / "b.wav", "--json", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert [one["source"] for one in json.loads(done.stdout)["calls"]] == ["b.wav"]
    done = run(calls, calls / "a.csv", "--audio", tmp_path / "none.wav", "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "none.wav does not exist" in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "FILE"),
        (("x.vtt", "y.vtt", "--audio", "x.wav"), "--audio is the recording of one transcript"),
        (("x.vtt", "--audio", "x.wav", "--recordings", "."), "exclude each other"),
        (("x.vtt", "--recordings", "nowhere"), "nowhere is no folder"),
        (("x.vtt", "--model", "base"), "--model"),
        (("x.vtt", "--no-transcript"), "--no-transcript"),
        (("x.vtt", "--language", "klingon"), "language takes auto"),
        (("x.vtt", "--checklist", "none"), "none"),
    ],
)
def test_wrong_usage_is_two(words, says, calls, tmp_path):
    done = run(calls, *words, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "out").exists()
