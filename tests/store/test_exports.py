"""The tables of an export: documented columns, the same in every format, safe in a spreadsheet."""

from __future__ import annotations

import csv
import gc
import json
import os
import re
import resource
import stat
import sys
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store.made import make_result

from pipeline.errors import MissingComponentError, OutputError
from pipeline.measures import floor_measures, talk_measures
from pipeline.store import exports as exports_of
from pipeline.store import open_store
from pipeline.store.columns import TABLES, describe_tables
from pipeline.store.exports import TABLE_FORMATS, export_tables, guarded
from pipeline.store.measure_names import MEASURES
from pipeline.timeline import find_events
from pipeline.timeline.tables import read_table, table_timeline

DOCS = Path(__file__).parents[2] / "docs"
EVIL = ('=HYPERLINK("http://x","y")', "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "plain = text")


def evil_result():
    result = make_result(0, turns=len(EVIL))
    for turn, text in zip(result["turns"], EVIL, strict=True):
        turn["text"] = text
    result["call"]["agent"] = "=1+1"
    result["call"]["recorded_at"] = "2025-03-01T10:00:00Z"
    result["verdicts"]["vent_before_solving"]["reason"] = "-2+3"
    return result


def fill(store):
    """Put an ordinary call, an evil one and one in which nobody speaks."""
    store.put(make_result(1), "call_00001")
    store.put(evil_result(), "evil")
    store.put(make_result(2, turns=0, events=[], measures={}, checklists=[], verdicts={}), "silent")


@pytest.fixture
def some(tmp_path_factory):
    with open_store(tmp_path_factory.mktemp("db")) as store:
        fill(store)
        yield store


def written(store, out, form, **options):
    with store.read() as reader:
        return export_tables(reader, out, form, **options)


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def named_rows(path):
    head, *rows = read_csv(path)
    return [dict(zip(head, row, strict=True)) for row in rows]


def read_sheet(path, name):
    book = openpyxl.load_workbook(path)
    return [[cell.value for cell in row] for row in book[name].iter_rows()]


# --- the documented columns


def test_docs_and_code_agree():
    text = (DOCS / "exports.md").read_text(encoding="utf-8")
    assert describe_tables().strip() in text
    assert [table.name for table in TABLES] == re.findall(r"^### `(\w+)`", text, re.MULTILINE)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_names_are_unique_and_rows_are_as_long_as_the_header(some, table):
    names = [column.name for column in table.columns]
    assert len(set(names)) == len(names)
    assert all(column.meaning for column in table.columns)
    kinds = {"text": str, "number": float, "integer": int, "boolean": bool, "date": date}
    with some.read() as reader:
        rows = list(table.rows(reader, True))
    assert rows
    for row in rows:
        for value, column in zip(row, table.columns, strict=True):
            assert value is None or type(value) is kinds[column.kind], column.name


def test_every_measure_has_a_column():
    """A new measure wants a line in measure_names.py, and `make exports`."""
    lines = [
        "start,end,speaker,text",
        "0,4,agent,How can I help?",
        "4.5,9,customer,Nobody came.",
        "8,12,agent,Oh.",
    ]
    timeline = table_timeline(read_table(lines))
    made = {**talk_measures(timeline), **floor_measures(timeline, find_events(timeline))}
    text = (DOCS / "measures.md").read_text(encoding="utf-8").split("## Measures")[1].split("\n## ")[0]
    documented = {
        name for line in text.splitlines() if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }  # fmt: skip
    assert len(documented) > 20
    assert (documented | set(made)) - set(MEASURES) == set()


# --- what is in the files


def test_every_format_holds_the_same(store, tmp_path):
    fill(store)
    for form in TABLE_FORMATS:
        written(store, tmp_path / form, form)
    for table in TABLES:
        parquet = pq.read_table(tmp_path / "parquet" / f"{table.name}.parquet")
        names = [column.name for column in table.columns]
        assert parquet.column_names == names
        rows = [[row[name] for name in names] for row in parquet.to_pylist()]
        head, *lines = read_csv(tmp_path / "csv" / f"{table.name}.csv")
        assert head == names
        assert lines == [[_as_csv(value) for value in row] for row in rows]
        head, *cells = read_sheet(tmp_path / "xlsx" / "hearout.xlsx", table.name)
        assert head == names
        assert cells == [[_as_cell(value) for value in row] for row in rows]


def _as_csv(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else guarded(value) if isinstance(value, str) else str(value)


def _as_cell(value):
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, str):  # what the reader makes of a carriage return
        return value.replace("\r", "_x000D_") or None
    return value


def test_the_call_table_holds_measures_and_verdicts(some, tmp_path):
    (calls, *_) = written(some, tmp_path, "csv")
    rows = {row["call_id"]: row for row in named_rows(calls.path)}
    result = make_result(1)
    row = rows["call_00001"]
    for name, value in result["measures"].items():
        assert row[name] == ("" if value is None else str(value))
    assert row["verdict_vent_before_solving"] == result["verdicts"]["vent_before_solving"]["verdict"]
    assert row["warnings"] == "clipped"
    assert json.loads(row["metadata"]) == result["call"]["metadata"]
    assert (rows["silent"]["talk_ratio_agent"], rows["silent"]["verdict_vent_before_solving"]) == ("", "")
    assert rows["evil"]["recorded_on"] == "2025-03-01"


def test_evidence_can_be_played(some, tmp_path):
    (path,) = [one.path for one in written(some, tmp_path, "csv") if one.table == "verdicts"]
    row = next(row for row in named_rows(path) if row["key"] == "leap.listen")
    assert row["evidence"] == "1.000-2.500 4.000-5.250"
    assert (row["evidence_text"], row["listen"]) == ("I am sorry", "call_00001/timeline.html#t=0.0")


def test_parquet_says_units_and_meanings(some, tmp_path):
    written(some, tmp_path, "parquet")
    schema = pq.read_schema(tmp_path / "events.parquet")
    assert schema.field("start_s").metadata[b"unit"] == b"s"
    assert schema.field("floor_taken").type == "bool"
    assert pq.read_schema(tmp_path / "calls.parquet").field("recorded_on").type == "date32[day]"


def test_the_workbook_explains_its_columns(some, tmp_path):
    written(some, tmp_path / "july.xlsx", "xlsx")
    lines = read_sheet(tmp_path / "july.xlsx", "columns")
    assert lines[0] == ["table", "column", "type", "unit", "meaning"]
    assert len(lines) == 1 + sum(len(table.columns) for table in TABLES)


# --- formulas


def test_no_cell_of_a_workbook_is_a_formula(some, tmp_path):
    written(some, tmp_path, "xlsx")
    book = openpyxl.load_workbook(tmp_path / "hearout.xlsx")
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    texts = {cell.value: cell for row in book["turns"].iter_rows() for cell in row}
    for text in EVIL[:4]:
        assert texts[text].data_type == "s"
        assert texts[text].quotePrefix  # and stays so when somebody edits it


def test_no_text_of_a_csv_file_starts_a_formula(some, tmp_path):
    for one in written(some, tmp_path, "csv"):
        table = next(table for table in TABLES if table.name == one.table)
        for row in read_csv(one.path)[1:]:
            for cell, column in zip(row, table.columns, strict=True):
                assert column.kind != "text" or cell[:1] not in ("=", "+", "-", "@", "\t", "\r", "＝")
    turns = [row[7] for row in read_csv(tmp_path / "turns.csv") if row[0] == "evil"]
    assert turns == [f"'{text}" for text in EVIL[:-1]] + [EVIL[-1]]


@given(st.text(max_size=20))
def test_a_guard_takes_nothing_away(text):
    assert guarded(text) in (text, f"'{text}")
    assert guarded(guarded(text)) == guarded(text)


# --- without transcript


@pytest.mark.parametrize("form", TABLE_FORMATS)
def test_without_transcript_no_word_is_left(some, tmp_path, form):
    result = make_result(3)
    words = ("zyzzogeton", "quixotry", "sesquipedal", "borborygmus")
    result["turns"][0]["text"] = result["turns"][0]["moves"][0]["text"] = words[0]
    result["verdicts"]["vent_before_solving"]["reason"] = words[1]
    result["checklists"][0]["items"][0]["evidence"][0]["text"] = words[2]
    result["events"][0] |= {"quote": words[3], "why": {"voice": -1.5, "after": words[3]}}
    some.put(result, "call")

    def texts(out):
        files = {one.path for one in written(some, out, form, transcript=out.name == "with")}
        if form == "parquet":
            return "".join(str(pq.read_table(path).to_pylist()) for path in files)
        if form == "csv":
            return "".join(path.read_text(encoding="utf-8") for path in files)
        return "".join(str(read_sheet(*files, table.name)) for table in TABLES)

    assert not [word for word in words if word not in texts(tmp_path / "with")]
    left = texts(tmp_path / "without")
    assert not [word for word in words if word in left]
    assert "evidence_text" in left  # the columns stay
    assert "voice" in left


# --- files


@pytest.mark.parametrize("form", TABLE_FORMATS)
def test_files_are_for_their_owner_and_nothing_else_is_left(some, tmp_path, form):
    old = os.umask(0)
    try:
        files = {one.path for one in written(some, tmp_path / "new", form)}
        assert set((tmp_path / "new").iterdir()) == files
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
        assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    finally:
        os.umask(old)


@pytest.mark.parametrize("form", TABLE_FORMATS)
def test_a_full_disk_leaves_the_old_files(some, tmp_path, form, monkeypatch):
    before = {path: path.read_bytes() for path in {one.path for one in written(some, tmp_path, form)}}

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="no space"):
        written(some, tmp_path, form)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_missing_library_is_named_with_the_command_that_gets_it(some, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingComponentError) as caught:
        written(some, tmp_path, "parquet")
    assert "pip install 'hearout[parquet]'" in caught.value.remedy


def test_a_long_table_goes_on_in_the_next_sheet(some, tmp_path, monkeypatch):
    monkeypatch.setattr(exports_of, "_SHEET_ROWS", 10)
    counts = {one.table: one.rows for one in written(some, tmp_path, "xlsx")}
    book = openpyxl.load_workbook(tmp_path / "hearout.xlsx")
    sheets = [name for name in book.sheetnames if name.startswith("turns")]
    assert sheets == ["turns", "turns 2", "turns 3"]
    assert sum(book[name].max_row - 1 for name in sheets) == counts["turns"] == 20
    assert book["turns 2"]["A1"].value == "call_id"


def test_a_long_text_is_cut_and_told(some, tmp_path):
    result = make_result(0, turns=1)
    result["turns"][0]["text"] = "word " * 10_000
    some.put(result, "call")
    cut = {one.table: one.cut for one in written(some, tmp_path, "xlsx")}
    assert (cut["turns"], cut["calls"]) == (1, 0)
    text = read_sheet(tmp_path / "hearout.xlsx", "turns")[1][7]
    assert (len(text), text[-1]) == (32_767, "…")


def test_progress_is_told_by_table(some, tmp_path, monkeypatch):
    monkeypatch.setattr(exports_of, "_CHUNK", 8)
    steps = []
    written(some, tmp_path, "csv", progress=lambda *step: steps.append(step))
    assert [step for step in steps if step[0] == "turns"] == [
        ("turns", 0, 20),
        ("turns", 8, 20),
        ("turns", 16, 20),
    ]


def test_an_empty_store_gives_headers(tmp_path):
    with open_store(":memory:") as store:
        for form in TABLE_FORMATS:
            assert {one.rows for one in written(store, tmp_path / form, form)} == {0}
    assert len(read_csv(tmp_path / "csv" / "events.csv")) == 1


def test_a_sheet_is_fit_to_be_read(store, tmp_path):
    store.put(make_result(0), "a-rather-long-name-of-a-call")
    with store.read() as reader:
        export_tables(reader, tmp_path, "xlsx")
    book = openpyxl.load_workbook(tmp_path / "hearout.xlsx")
    for sheet in book:
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref == sheet.dimensions
    assert book["turns"].column_dimensions["A"].width >= len("a-rather-long-name-of-a-call")
    said = max(len(row[7].value or "") for row in book["turns"].iter_rows(min_row=2))
    assert book["turns"].column_dimensions["H"].width == pytest.approx(min(60, said + 1), abs=1)


@pytest.mark.parametrize("form", TABLE_FORMATS)
def test_a_full_disk_is_one_error_and_leaves_nothing_half(form, tmp_path, monkeypatch):
    left_over = []
    monkeypatch.setattr(sys, "unraisablehook", lambda one: left_over.append(one.exc_type))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with open_store(":memory:") as store:
        store.put(make_result(0), "call_0")
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
        try:
            with pytest.raises(OutputError, match="can't be written"):
                written(store, tmp_path, form)
            gc.collect()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert set(left_over) <= {ResourceWarning}  # of xlsxwriter's own files, which it does not close
    assert not list(tmp_path.glob(".*"))
