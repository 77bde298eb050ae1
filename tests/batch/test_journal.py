from __future__ import annotations

import json
import os
import stat
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.batch.journal import BOOKS, JOURNAL, Entry, Figures, Journal, read_journal
from pipeline.errors import OutputError

DONE = Entry(
    "p1", "done", "call", "call.wav", "10-1", "key", 10, "sha", Figures(61.5, 0.4, 2.0, "pass"), busy_s=3.25
)
FAILED = Entry(
    "p2", "failed", "bad", "bad.wav", "0-1", "key", 0, what="It is empty.", remedy="Copy it.", kind="input"
)


def lines(folder):
    return (folder / BOOKS / JOURNAL).read_bytes().splitlines(keepends=True)


def test_what_is_put_is_read_again_the_last_word_counts(tmp_path):
    with Journal(tmp_path) as journal:
        journal.run_started({"version": "1"})
        for one in (replace(DONE, state="started"), DONE, FAILED, replace(FAILED, what="Still empty.")):
            journal.put(one)
        assert journal.entries == {"p1": DONE, "p2": replace(FAILED, what="Still empty.")}
        assert read_journal(tmp_path) == journal.entries
    with Journal(tmp_path) as again:
        assert again.entries == {"p1": DONE, "p2": replace(FAILED, what="Still empty.")}
        assert again.unreadable == 0
    assert len(lines(tmp_path)) == 5  # nothing is ever taken out


def test_it_is_the_owner_s_only_and_holds_no_folder_names(tmp_path):
    with Journal(tmp_path) as journal:
        journal.put(DONE)
    assert stat.S_IMODE((tmp_path / BOOKS / JOURNAL).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / BOOKS).stat().st_mode) == 0o700


@settings(max_examples=40)
@given(st.data())
def test_a_torn_last_line_is_cut_off_wherever_it_was_torn(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("journal")
    with Journal(folder) as journal:
        journal.put(DONE)
        journal.put(FAILED)
    whole = b"".join(lines(folder))
    first = len(lines(folder)[0])
    torn = data.draw(st.integers(first, len(whole) - 1))
    (folder / BOOKS / JOURNAL).write_bytes(whole[:torn])
    assert set(read_journal(folder)) >= {"p1"}
    with Journal(folder) as again:
        again.put(replace(FAILED, place="p3"))
    assert set(read_journal(folder)) - {"p2"} == {"p1", "p3"}
    assert all(json.loads(line) for line in lines(folder))


def test_lines_of_another_kind_or_version_are_left_out_and_counted(tmp_path):
    with Journal(tmp_path) as journal:
        journal.put(DONE)
    path = tmp_path / BOOKS / JOURNAL
    path.write_bytes(b'{"t":"call","place":"x","colour":1}\nnonsense\n[1]\n' + path.read_bytes())
    with Journal(tmp_path) as again:
        assert again.entries == {"p1": DONE}
        assert again.unreadable == 3


def test_a_finished_call_is_on_the_disk_before_put_returns(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", synced.append)
    with Journal(tmp_path) as journal:
        journal.put(replace(DONE, state="started"))
        assert synced == []
        journal.put(DONE)
        assert len(synced) == 1


def test_no_space_is_an_output_error_and_leaves_no_half_line(tmp_path, monkeypatch):
    with Journal(tmp_path) as journal:
        journal.put(DONE)
        before = b"".join(lines(tmp_path))
        real = os.write
        monkeypatch.setattr(os, "write", lambda handle, data: real(handle, data[:9]))
        with pytest.raises(OutputError, match="no space"):
            journal.put(FAILED)
        assert b"".join(lines(tmp_path)) == before
        assert journal.entries == {"p1": DONE}
