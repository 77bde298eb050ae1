"""The result files are the truth: after a sync the store is what one made anew would be."""

from __future__ import annotations

import os
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store.made import everything, make_result, write_result, write_results

from pipeline.errors import UsageError
from pipeline.store import SyncReport, open_store, sync_folder


def test_new_changed_and_gone_results_are_noticed(store, tmp_path):
    folder = tmp_path / "results"
    write_results(folder, 0, 1, 2)
    (folder / "no result").mkdir()
    (folder / "notes.txt").write_text("not a call")
    assert sync_folder(store, folder) == SyncReport(added=3)
    assert sync_folder(store, folder) == SyncReport(unchanged=3)
    changed = make_result(1, turns=2)
    write_result(folder, changed)
    shutil.rmtree(folder / "call_00000")
    write_results(folder, 5)
    assert sync_folder(store, folder) == SyncReport(added=1, changed=1, removed=1, unchanged=1)
    assert [one.id for one in store.calls()] == ["call_00001", "call_00002", "call_00005"]
    assert [one.text for one in store.turns() if one.call_id == "call_00001"] == [
        one["text"] for one in changed["turns"]
    ]


def test_a_touched_or_copied_result_is_not_stored_again(store, tmp_path):
    (path,) = write_results(tmp_path / "results", 0)
    sync_folder(store, tmp_path / "results")
    os.utime(path, (1, 1))
    assert sync_folder(store, tmp_path / "results") == SyncReport(unchanged=1)
    known = store.stamps()["call_00000"]
    copy = path.with_name("copy")
    shutil.copyfile(path, copy)
    copy.replace(path)
    assert sync_folder(store, tmp_path / "results") == SyncReport(unchanged=1)
    assert store.stamps()["call_00000"] != known


def test_a_result_replaced_within_the_clocks_tick_is_noticed(store, tmp_path):
    """Same size, same time: a new file all the same."""
    result = make_result(0)
    path = write_result(tmp_path / "results", result)
    sync_folder(store, tmp_path / "results")
    then = path.stat().st_mtime_ns
    result["engine"]["device"] = "gpu"
    write_result(tmp_path / "results", result)
    os.utime(path, ns=(then, then))
    assert sync_folder(store, tmp_path / "results") == SyncReport(changed=1)
    assert [one.device for one in store.calls()] == ["gpu"]


def test_what_was_put_with_its_folder_is_up_to_date(store, tmp_path):
    (path,) = write_results(tmp_path / "results", 0)
    store.put_folder(path.parent)
    assert sync_folder(store, tmp_path / "results") == SyncReport(unchanged=1)
    store.put(make_result(0), "call_00000")  # nobody knows of which file
    assert sync_folder(store, tmp_path / "results") == SyncReport(changed=1)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"schema": "hearout.analysis/1"}', '{"schema": "other/2"}']
)
def test_a_damaged_result_fails_alone_and_leaves_the_store(store, tmp_path, content):
    folder = tmp_path / "results"
    write_results(folder, 0, 1)
    sync_folder(store, folder)
    path = folder / "call_00000" / "analysis.json"
    path.write_text(content)
    report = sync_folder(store, folder)
    assert (report.unchanged, [name for name, _ in report.failed]) == (1, ["call_00000"])
    assert str(path) in report.failed[0][1].message
    assert [one.id for one in store.calls()] == ["call_00001"]
    write_results(folder, 0)
    assert sync_folder(store, folder) == SyncReport(added=1, unchanged=1)


def test_a_lost_database_is_made_anew(tmp_path):
    folder = tmp_path / "results"
    write_results(folder, *range(60))  # more than one batch
    with open_store(folder) as store:
        assert sync_folder(store, folder).added == 60
        before = everything(store)
    (folder / "hearout.sqlite").unlink()
    seen = []
    with open_store(folder) as store:
        sync_folder(store, folder, lambda *step: seen.append(step))
        assert everything(store) == before
    assert seen == [("reading results", k, 60) for k in range(60)]


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(("write", "remove", "touch", "break", "sync")), st.integers(0, 3), st.integers(0, 99)
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_whatever_happened_a_sync_makes_it_as_one_made_anew(steps, tmp_path_factory):
    folder = tmp_path_factory.mktemp("any")
    with open_store(folder) as kept:
        for what, slot, number in steps:
            path = folder / f"call_{slot}" / "analysis.json"
            if what == "write":
                write_result(folder, make_result(number, turns=1), name=f"call_{slot}")
            elif what == "remove":
                shutil.rmtree(path.parent, ignore_errors=True)
            elif what == "sync":
                sync_folder(kept, folder)
            elif path.exists():
                path.touch() if what == "touch" else path.write_text("{")
        sync_folder(kept, folder)
        with open_store(":memory:") as anew:
            sync_folder(anew, folder)
            assert everything(kept) == everything(anew)


def test_another_folders_results_are_not_replaced(store, tmp_path):
    for name, number in (("a", 0), ("b", 1)):
        write_result(tmp_path / name, make_result(number), name="call")
    sync_folder(store, tmp_path / "a")
    with pytest.raises(UsageError, match="holds the results of") as caught:
        sync_folder(store, tmp_path / "b")
    assert str(tmp_path / "b") in caught.value.message
    assert [one.source for one in store.calls()] == ["call_00000.flac"]


def test_a_folder_that_was_moved_keeps_its_database(store, tmp_path):
    write_results(tmp_path / "old", 0, 1)
    sync_folder(store, tmp_path / "old")
    (tmp_path / "old").rename(tmp_path / "new")
    assert sync_folder(store, tmp_path / "new") == SyncReport(unchanged=2)
    shutil.copytree(tmp_path / "new", tmp_path / "copy")
    assert sync_folder(store, tmp_path / "copy") == SyncReport(unchanged=2)


def test_a_database_beside_its_results_moves_with_them(tmp_path):
    write_results(tmp_path / "old", 0)
    with open_store(tmp_path / "old") as store:
        sync_folder(store, tmp_path / "old")
    (tmp_path / "old").rename(tmp_path / "new")
    write_result(tmp_path / "new", make_result(0, turns=1))  # and nothing is as it was
    with open_store(tmp_path / "new") as store:
        assert sync_folder(store, tmp_path / "new") == SyncReport(changed=1)


def test_no_such_folder(store, tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        sync_folder(store, tmp_path / "nowhere")
