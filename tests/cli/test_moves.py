"""``hearout moves`` as a user meets it."""

from __future__ import annotations

import json

import pytest
from running import invoke

from pipeline.cli.moves import app
from pipeline.errors import UsageError

ROWS = [
    {"text": "Can I have your account number please?", "speaker": "agent", "labels": ["info_request"]},
    {"text": "The roof is made of slate.", "speaker": "agent", "labels": ["hold_request"]},
]


@pytest.fixture
def labelled(tmp_path):
    path = tmp_path / "set.jsonl"
    path.write_text("\n".join(map(json.dumps, ROWS)))
    return path


def run(*args, **options):
    return invoke(app, *args, catch_exceptions=False, **options)


def test_list_names_every_move():
    rows = json.loads(run("list", "--json").stdout)["moves"]
    assert len(rows) == 34
    assert {"complaint", "refusal"} <= {row["name"] for row in rows}
    assert "complaint" in run("list").stdout


def test_show_gives_patterns_and_exemplars():
    shown = json.loads(run("show", "refusal", "--json").stdout)
    assert shown["negative"] is True
    assert shown["patterns"]
    assert len(shown["exemplars"]) == shown["exemplar_count"]
    assert shown["exemplars"][0] in run("show", "refusal").stdout


def test_an_unknown_move_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match="complaint"):
        invoke(app, "show", "nonsense", catch_exceptions=False, standalone_mode=False)


@pytest.mark.parametrize("words", [("show", "complain"), ("suggest", "{}", "--move", "complain")])
def test_a_misspelt_move_is_answered_with_the_near_one(words, labelled):
    asked = [word.format(labelled.parent) for word in words]
    with pytest.raises(UsageError, match="Did you mean complaint") as refused:
        invoke(app, *asked, catch_exceptions=False, standalone_mode=False)
    assert "greeting" not in refused.value.remedy


def test_test_prints_the_public_form_and_nothing_else(labelled):
    result = json.loads(run("test", labelled, "--json", "--rules-only").stdout)
    assert set(result) == {"micro", "moves"}
    assert set(result["micro"]) == {"precision", "recall", "f1"}
    assert result["moves"]["info_request"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "n": 1}
    assert result["moves"]["hold_request"]["recall"] == 0.0


def test_test_lists_the_misses(labelled):
    shown = run("test", labelled, "--rules-only").stdout
    assert "hold_request" in shown
    assert "missed" in shown
    assert "set.jsonl:2" in shown
    assert "missed" not in run("test", labelled, "--rules-only", "--misses", "0").stdout


def test_what_was_said_stands_in_one_line_below_a_miss(labelled):
    shown = run("test", labelled, "--rules-only", columns=80).stdout.splitlines()
    at = next(k for k, line in enumerate(shown) if "set.jsonl:2" in line)
    assert shown[at + 1].strip() == ROWS[1]["text"]


def test_the_number_of_misses_that_are_listed_is_told():
    assert "[default: 40]" in " ".join(run("test", "--help").stdout.split())


def test_without_the_model_patterns_go_on_with_a_warning(labelled, tmp_path, monkeypatch):
    monkeypatch.setenv("HEAROUT_MODELS", str(tmp_path / "empty"))
    result = run("test", labelled, "--offline", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["moves"]["info_request"]["recall"] == 1.0
    assert "hearout models pull" in result.stderr


def test_suggest_gives_lines_to_label(tmp_path):
    lines = [
        {"speaker": "agent", "text": "That's not our fault.", "start_s": 0, "end_s": 2},
        {"speaker": "customer", "text": "My parcel never arrived.", "start_s": 3, "end_s": 5},
    ]
    (tmp_path / "a.truth.json").write_text(json.dumps({"call_id": "a", "lines": lines}))
    printed = run("suggest", tmp_path, "--rules-only", "--json").stdout.splitlines()
    rows = [json.loads(line) for line in printed]
    assert {row["asked"] for row in rows} == {"blame_defensive", "complaint"}
    only = run("suggest", tmp_path, "--rules-only", "--json", "--move", "complaint").stdout.splitlines()
    assert [json.loads(line)["asked"] for line in only] == ["complaint"]
    assert "blame_defensive" in run("suggest", tmp_path, "--rules-only").stdout


def test_a_language_without_moves_is_refused(labelled):
    with pytest.raises(UsageError, match="No moves"):
        invoke(app, "list", "--language", "fi", catch_exceptions=False, standalone_mode=False)
