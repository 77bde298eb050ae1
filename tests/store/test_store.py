"""Putting, replacing, taking away, reading: the same of both kinds of database."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store.made import everything, make_result, write_result

from pipeline.errors import InputError
from pipeline.store import CallFilter, open_store


def put(store, *numbers, **parts):
    for number in numbers:
        result = make_result(number, **parts)
        store.put(result, result["call"]["id"])


def test_what_is_put_is_read(store):
    result = make_result(3)
    store.put(result, "call_00003")
    (call,) = store.calls()
    assert (call.id, call.agent, call.recorded_on) == (
        "call_00003",
        result["call"]["agent"],
        date(2025, 4, 4),
    )
    assert call.metadata == {"queue": "billing", "case": 3}
    assert call.elapsed_s == 11.75
    assert {one.name: one.value for one in store.measures()} == result["measures"]
    ratio = next(one for one in store.measures() if one.name == "talk_ratio_agent")
    assert ratio.parts == result["measure_details"]["talk_ratio_agent"]["parts"]
    assert [(one.n, one.type, one.by_role, one.start_s) for one in store.events()] == [
        (n, one["type"], one.get("by"), one["start_s"]) for n, one in enumerate(result["events"], 1)
    ]
    assert [one.details["why"] for one in store.events()] == [one["why"] for one in result["events"]]
    assert [one.text for one in store.turns()] == [one["text"] for one in result["turns"]]
    assert [one.turn_n for one in store.moves()] == [n + 1 for n in range(12) if n % 3 == 0]
    assert [(one.code, one.end_s) for one in store.warnings()] == [("clipped", 2.5)]


def test_verdicts_have_stable_keys_in_the_results_order(store):
    result = make_result(1)
    store.put(result, "call_00001")
    rows = list(store.verdicts())
    assert [(one.kind, one.key) for one in rows] == [
        ("verdict", "vent_before_solving"),
        *(
            (kind, f"{name}{more}")
            for name in ("leap", "last")
            for kind, more in (
                ("checklist", ""),
                ("item", ".listen"),
                ("item", ".problem_solve"),
                ("item", ".problem_solve.two_options"),
                ("item", ".problem_solve.choice_left"),
            )
        ),
    ]
    finer = next(one for one in rows if one.key == "leap.problem_solve.two_options")
    assert (finer.measured, finer.target, finer.checklist) == (2.0, 2.0, "leap")
    assert finer.evidence[0] == {"span": [1.0, 2.5], "text": "I am sorry"}
    assert rows[0].would_flip == ["floor.yield_s"]
    assert (rows[1].score, rows[1].score_low, rows[1].score_high) == (0.5, 0.25, 0.75)


def test_both_databases_hold_the_same(both):
    for store in both:
        put(store, *range(8))
    one, other = map(everything, both)
    assert one == other
    assert len(one["turns"]) == 8 * 12


def test_putting_twice_is_putting_once(store):
    put(store, 0, 1, 2)
    once = everything(store)
    put(store, 2, 1)
    store.put(make_result(0), "call_00000")
    assert everything(store) == once


def test_a_new_result_replaces_the_whole_call(store):
    put(store, 0, 1)
    before = everything(store)
    changed = make_result(7, turns=3, warnings=[], checklists=[])
    store.put(changed, "call_00001")
    after = everything(store)
    assert [one for one in after["turns"] if one.call_id == "call_00000"] == [
        one for one in before["turns"] if one.call_id == "call_00000"
    ]
    assert [one.text for one in after["turns"] if one.call_id == "call_00001"] == [
        one["text"] for one in changed["turns"]
    ]
    assert [one.kind for one in after["verdicts"] if one.call_id == "call_00001"] == ["verdict"]
    assert not [one for one in after["warnings"] if one.call_id == "call_00001"]


def test_a_call_that_is_taken_away_leaves_nothing(store):
    put(store, 0)
    alone = everything(store)
    put(store, 1)
    assert store.delete("call_00001", "nobody") == 1
    assert everything(store) == alone
    assert store.delete("call_00001") == 0
    assert store.delete() == 0


def test_one_damaged_result_leaves_the_old_one(store):
    put(store, 0)
    before = everything(store)
    broken = make_result(0, turns=2)
    broken["events"] = [{"type": "silence", "start_s": "secret words", "end_s": 2.0}]
    with pytest.raises(InputError) as caught:
        store.put(broken, "call_00000")
    assert "secret" not in repr(caught.value)
    assert caught.value.__suppress_context__
    assert everything(store) == before


def test_calls_are_filtered_by_agent_date_and_verdict(store):
    put(store, *range(24))
    calls = list(store.calls())

    def ids(**where):
        return [one.id for one in store.calls(CallFilter(**where))]

    assert ids(agent="Aylin Öz") == [one.id for one in calls if one.agent == "Aylin Öz"] != []
    since, until = date(2025, 2, 2), date(2025, 4, 4)
    assert (
        ids(since=since, until=until) == [one.id for one in calls if since <= one.recorded_on <= until] != []
    )
    failed = {one.call_id for one in store.verdicts() if one.key == "leap.listen" and one.verdict == "fail"}
    assert ids(verdicts={"leap.listen": "fail"}) == sorted(failed) != []
    assert ids(ids=("call_00003", "none"), agent=calls[3].agent) == ["call_00003"]
    assert ids(agent="Nobody") == []
    some = CallFilter(verdicts={"leap.listen": "fail"}, agent=AGENT)
    wanted = {one.id for one in store.calls(some)}
    for name in ("measures", "events", "verdicts", "turns", "moves", "warnings"):
        rows = list(getattr(store, name)())
        assert list(getattr(store, name)(some)) == [one for one in rows if one.call_id in wanted]


AGENT = "Emma Clarke"


def test_a_call_without_a_date_is_in_no_range(store):
    for name, recorded_at in (
        ("a", None),
        ("b", "yesterday"),
        ("c", "2025-03-01"),
        ("d", "20250302T101112Z"),
    ):
        result = make_result(1)
        result["call"]["recorded_at"] = recorded_at
        store.put(result, name)
    found = {one.id: one.recorded_on for one in store.calls()}
    assert found == {"a": None, "b": None, "c": date(2025, 3, 1), "d": date(2025, 3, 2)}
    assert [one.id for one in store.calls(CallFilter(since=date(2000, 1, 1)))] == ["c", "d"]


def test_a_reader_sees_one_moment(store, made_target):
    put(store, 0, 1)
    with store.read() as reader:
        assert reader.count() == 2
        with open_store(made_target) as other:
            put(other, 2)
            other.delete("call_00000")
        assert [one.id for one in reader.calls()] == ["call_00000", "call_00001"]
        assert {one.call_id for one in reader.turns()} == {"call_00000", "call_00001"}
    assert [one.id for one in store.calls()] == ["call_00001", "call_00002"]


def test_rows_are_fetched_as_they_are_taken(store):
    put(store, *range(60))
    rows = store.turns()
    first = next(rows)
    rows.close()
    assert first.call_id == "call_00000"
    put(store, 99)  # the reading is over: nothing is locked


_TEXT = st.text(alphabet=st.characters(codec=None), max_size=30)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=_TEXT, reason=_TEXT, metadata=st.dictionaries(_TEXT, _TEXT | st.floats() | st.none(), max_size=3))
def test_any_text_can_be_stored_and_is_the_same_in_both(both, text, reason, metadata):
    result = make_result(5, turns=2)
    result["turns"][0]["text"] = text
    result["verdicts"]["vent_before_solving"]["reason"] = reason
    result["call"]["metadata"] = metadata
    for store in both:
        store.put(result, "call")
    one, other = map(everything, both)
    assert one == other
    plain = text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    assert one["turns"][0].text == plain


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("schema", "hearout.analysis/9"),
        ("measures", []),
        ("measures", {"talk_ratio_agent": "0.5"}),
        ("measures", {"talk_ratio_agent": float("nan")}),
        ("turns", [{"text": "words"}]),
        ("verdicts", {"x": {"verdict": None}}),
        ("checklists", [{"name": "leap"}]),
        ("call", None),
        ("events", [{"type": "hold", "start_s": 1, "end_s": True}]),
    ],
)
def test_what_is_no_result_is_refused_with_its_name(part, value):
    with open_store(":memory:") as store:
        with pytest.raises(InputError, match="odd"):
            store.put({**make_result(0), part: value}, "odd")
        assert list(store.calls()) == []


def test_rows_say_what_the_tables_hold():
    """A row's fields are columns of its table, so that a forgotten one is noticed."""
    from pipeline.store import reader, tables

    kept_back = {"result_sha256", "result_stamp", "terms"}
    for kind, table in (
        (reader.CallRow, tables.calls),
        (reader.WarningRow, tables.warnings),
        (reader.MeasureRow, tables.measures),
        (reader.EventRow, tables.events),
        (reader.VerdictRow, tables.verdicts),
        (reader.TurnRow, tables.turns),
        (reader.MoveRow, tables.moves),
    ):
        columns = {one.name for one in table.c} - kept_back - ({"id"} if table is tables.turns else set())
        assert {one.name for one in dataclasses.fields(kind)} == columns


def test_a_folder_is_put_by_its_name(store, tmp_path):
    path = write_result(tmp_path, make_result(4), name="renamed by hand")
    store.put_folder(path.parent)
    assert [one.id for one in store.calls()] == ["renamed by hand"]
