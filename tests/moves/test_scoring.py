from __future__ import annotations

import json

import pytest
from moves.made import move_file

from pipeline.errors import InputError, UsageError
from pipeline.moves import load_moves
from pipeline.moves.labelled import read_labelled
from pipeline.moves.scoring import Counts, score_moves
from pipeline.moves.suggest import read_calls, suggest


@pytest.fixture
def config(tmp_path):
    move_file(tmp_path / "moves", "ping", patterns=["ping"])
    move_file(tmp_path / "moves", "pong", patterns=["pong"])
    return load_moves(folders=[tmp_path / "moves"], shipped=False)


def jsonl(path, *rows):
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def row(text, *labels):
    return {"text": text, "speaker": "agent", "labels": list(labels)}


def test_counts_by_hand(tmp_path, config):
    rows = [row("Ping.", "ping"), row("Ping pong.", "ping"), row("Nothing.", "pong"), row("Nothing.", "gone")]
    score = score_moves(read_labelled(jsonl(tmp_path / "set.jsonl", *rows)), config, None)
    assert score.moves["ping"] == Counts(2, 0, 0)
    assert score.moves["pong"] == Counts(0, 1, 1)
    assert score.unknown == {"gone"}
    assert score.micro == Counts(2, 1, 2)
    assert score.to_json()["moves"]["pong"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "n": 1}
    assert score.to_json()["micro"] == {"precision": 0.6667, "recall": 0.5, "f1": 0.5714}
    assert [(m.move, m.kind, m.utterance.where) for m in score.misses] == [
        ("gone", "missed", "set.jsonl:4"),
        ("pong", "missed", "set.jsonl:3"),
        ("pong", "wrong", "set.jsonl:2"),
    ]


def test_undefined_ratios_are_none():
    assert Counts().to_dict() == {"precision": None, "recall": None, "f1": None}
    assert Counts(missed=1).to_dict() == {"precision": None, "recall": 0.0, "f1": 0.0}


def test_a_label_file_is_a_whole_call(tmp_path):
    lines = [
        {"i": 0, "speaker": "agent", "text": "Bye, take care.", "start_s": 0, "end_s": 2, "moves": []},
        {
            "i": 1,
            "speaker": "customer",
            "text": "Mm.",
            "start_s": 2,
            "end_s": 3,
            "moves": [],
            "backchannel": True,
        },
    ]
    path = tmp_path / "a.truth.json"
    path.write_text(json.dumps({"call_id": "a", "duration_s": 900, "lines": lines}))
    (call,) = read_labelled(path)
    assert (call.whole, call.duration_s, len(call.utterances)) == (True, 900, 1)
    (same,) = read_labelled(tmp_path)
    assert same == call


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "no labelled utterances"),
        ('{"text": "Secret words."', "line 1"),
        ('{"text": "Secret words.", "speaker": "boss"}', "speaker"),
        ('{"text": "  ", "speaker": "agent"}', "words"),
    ],
)
def test_a_wrong_file_is_named_without_what_was_said(tmp_path, content, says):
    path = tmp_path / "set.jsonl"
    path.write_text(content)
    with pytest.raises(UsageError, match=says) as caught:
        read_labelled(path)
    assert "Secret" not in str(caught.value)


def test_suggestions_are_nearest_first_and_once_a_sentence(tmp_path, shipped):
    texts = ["That's not our fault.", "Can I have your name please?", "That's not our fault."]
    turns = [
        {"i": k, "role": "agent", "kind": "turn", "text": text, "start_s": 6.0 * k, "end_s": 6.0 * k + 5}
        for k, text in enumerate(texts)
    ]
    (tmp_path / "call").mkdir()
    result = {"call": {"id": "call", "duration_s": 20.0}, "turns": turns}
    (tmp_path / "call" / "analysis.json").write_text(json.dumps(result))
    found = suggest(read_calls(tmp_path), shipped, None)
    assert [s.distance for s in found] == sorted(s.distance for s in found)
    assert len({s.move.text for s in found}) == len(found) == 2
    blame = next(s.to_dict() for s in found if s.move.name == "blame_defensive")
    assert (blame["speaker"], blame["labels"], blame["asked"]) == ("agent", [], "blame_defensive")


def test_results_that_are_none(tmp_path):
    with pytest.raises(UsageError, match="neither"):
        read_calls(tmp_path)
    (tmp_path / "analysis.json").write_text("{}")
    with pytest.raises(InputError, match="not a result"):
        read_calls(tmp_path)
