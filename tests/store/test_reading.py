"""Results read by several processes: the same as by one, in their order, whatever becomes of the readers."""

from __future__ import annotations

import json

import pytest
from store.made import make_result

from pipeline.store import MEMORY, open_store, reading, sync_folder
from pipeline.store.reading import Wanted, read_results


@pytest.fixture
def results(tmp_path):
    for number in range(9):
        folder = tmp_path / f"call_{number}"
        folder.mkdir()
        (folder / "analysis.json").write_text(json.dumps(make_result(number)))
    (tmp_path / "call_4" / "analysis.json").write_text("{")
    return tmp_path


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(reading, "_MANY", 2)
    monkeypatch.setattr(reading, "_AT_ONCE", 2)


def plain(read):
    return [(one.name, one.stamp, one.rows, str(one.error)) for one in read]


def test_processes_read_the_same_in_the_same_order(results, few):
    wanted = [Wanted(f"call_{number}", None) for number in range(9)]
    alone = plain(read_results(results, wanted))
    assert plain(read_results(results, wanted, processes=2)) == alone
    assert "call_4" in alone[4][3]
    known = [Wanted("call_0", alone[0][1].sha256), Wanted("call_1", None)]
    assert [one.rows is None for one in read_results(results, known, processes=2)] == [True, False]


def test_a_sync_by_processes_stores_the_same(results, few):
    with open_store(MEMORY) as one, open_store(MEMORY) as other:
        told = sync_folder(one, results), sync_folder(other, results, processes=2)
        assert {(report.added, report.failed[0][0]) for report in told} == {(8, "call_4")}
        assert list(one.turns()) == list(other.turns())
        assert one.stamps() == other.stamps()
