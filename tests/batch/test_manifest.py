from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.batch.items import Facts
from pipeline.batch.manifest import COLUMNS, is_manifest, read_manifest
from pipeline.errors import UsageError

DOCS = Path(__file__).parents[2] / "docs" / "batch.md"


def csv(text, name="calls.csv"):
    return read_manifest(text.encode(), name)


def test_known_columns_become_facts_and_others_metadata():
    rows, notes = csv(
        "path,call_id,agent,customer,recorded_at,agent_channel,queue\n"
        "a.wav,17,Chris L,Ms Ode,2025-02-19T06:01:22+01:00,LEFT,billing\n"
    )
    assert notes == []
    assert rows[0].path == "a.wav"
    assert rows[0].facts == Facts(
        "17", "Chris L", "Ms Ode", "2025-02-19T06:01:22+01:00", "left", {"queue": "billing"}
    )


def test_empty_cells_are_unknown_not_empty_texts():
    rows, _ = csv("path,agent,queue\na.wav,,\n")
    assert rows[0].facts == Facts()


@pytest.mark.parametrize(
    "text", ["path;agent\na,b.wav;Lee\n", "\ufeffpath\tagent\na,b.wav\tLee\n", 'Path,Agent\n"a,b.wav",Lee\n']
)
def test_spreadsheets_write_csv_in_several_ways(text):
    rows, _ = csv(text)
    assert (rows[0].path, rows[0].facts.agent) == ("a,b.wav", "Lee")


def test_json_lines_keep_the_kinds_of_metadata():
    lines = [
        {"path": "a.wav", "call_id": 17, "metadata": {"queue": "x"}, "score": 4.5, "agent": None},
        {"path": "b.wav"},
    ]
    rows, _ = read_manifest("\n\n".join(map(json.dumps, lines)).encode(), "calls.jsonl")
    assert rows[0].facts == Facts(call_id="17", metadata={"queue": "x", "score": 4.5})
    assert [row.line for row in rows] == [1, 3]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("c.csv", "file,agent\na.wav,Lee\n", "no column path"),
        ("c.csv", "path,agent\na.wav,Lee\n,Ann\n", "line 3: has no path"),
        ("c.csv", "path,agent_channel\na.wav,middle\n", "line 2: agent_channel takes left, right or auto"),
        ("c.csv", "path,agent\na.wav,Lee,x\n", "line 2: has 3 cells"),
        ("c.csv", "path,agent,Agent\na.wav,Lee,x\n", "agent twice"),
        ("c.csv", "path\n", "names no recording"),
        ("c.csv", "", "names no recording"),
        ("c.jsonl", '{"path": "a.wav"}\n{"path": \n', "line 2: is not valid JSON"),
        ("c.jsonl", '{"path": "a.wav", "score": NaN}', "line 1: is not valid JSON"),
        ("c.jsonl", '{"path": "a.wav", "score": 1e999}', "line 1: is not valid JSON"),
        ("c.jsonl", '["a.wav"]\n', "line 1: is no object"),
        ("c.jsonl", '{"path": 3}', "line 1: path is no text"),
        ("c.jsonl", '{"path": "a.wav", "agent": ["x"]}', "line 1: agent is no text"),
        ("c.jsonl", '{"path": "a.wav", "customer": {"a": 1}}', "line 1: customer is no text"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(name, text, says):
    with pytest.raises(UsageError, match=says) as error:
        read_manifest(text.encode(), name)
    assert name in error.value.message


def test_text_that_is_not_utf8_is_refused():
    with pytest.raises(UsageError, match="UTF-8"):
        read_manifest("path,agent\na.wav,Jürgen\n".encode("latin-1"), "calls.csv")


def test_odd_times_and_repeated_ids_are_kept_and_noted():
    rows, notes = csv("path,call_id,recorded_at\na.wav,7,last Tuesday\nb.wav,7,2025-02-19\n")
    assert rows[0].facts.recorded_at == "last Tuesday"
    assert rows[1].facts.recorded_at == "2025-02-19"
    assert "line 2" in notes[0]
    assert "line 3" in notes[1]
    assert len(notes) == 2


def test_the_docs_list_every_column():
    text = DOCS.read_text(encoding="utf-8")
    for column in COLUMNS:
        assert f"| `{column}` |" in text
    assert is_manifest("x/Calls.CSV")
    assert not is_manifest("calls.wav")
