"""Mono results against dual ones of the same calls."""

from __future__ import annotations

import pytest
from evaluate.made import result, write_result

from pipeline.evaluate.pairs import compare, find_pairs, pairs_table, to_json

AGENT, CUSTOMER = [[0.0, 3.0]], [[3.0, 7.0]]


def with_events(analysis, *events):
    rows = [
        {"type": kind, "by": by, "of": None, "start_s": start_s, "end_s": start_s + 0.5}
        for kind, by, start_s in events
    ]
    return type(analysis).model_validate({**analysis.model_dump(by_alias=True), "events": rows})


def test_the_same_result_twice_agrees_wholly():
    one = with_events(result(AGENT, CUSTOMER), ("interruption", "agent", 3.0), ("backchannel", "agent", 5.0))
    row = compare("call", one, one).to_dict()
    assert row == {
        "call": "call",
        "talk_ratio_difference": 0.0,
        "speech_f1": 1.0,
        "interruptions_f1": 1.0,
        "events_f1": 1.0,
    }


def test_each_difference_shows():
    dual = with_events(result(AGENT, CUSTOMER), ("interruption", "agent", 3.0), ("backchannel", "agent", 5.0))
    mono = with_events(
        result([[0.0, 4.0]], [[4.0, 7.0]]), ("terminal_overlap", "agent", 3.0), ("backchannel", "agent", 5.2)
    )
    pair = compare("call", dual, mono)
    assert pair.ratio_difference == pytest.approx(1 / 7)
    row = pair.to_dict()
    assert row["speech_f1"] == pytest.approx(6 / 7, abs=1e-4)
    assert row["interruptions_f1"] == 0.0
    assert row["events_f1"] == pytest.approx(2 / 4)  # one of two, on either side


def test_a_mix_that_is_not_told_apart_has_no_figures():
    pair = compare("call", result(AGENT, CUSTOMER), result(other=[[0.0, 7.0]], measures={}))
    row = pair.to_dict()
    assert row["talk_ratio_difference"] is None
    assert row["speech_f1"] is None


def test_pairs_are_found_by_their_names(tmp_path):
    for name in ("a.dual", "a.mono", "b.dual", "c.mono", "d"):
        write_result(tmp_path, name, AGENT, CUSTOMER)
    assert [pair.call for pair in find_pairs(tmp_path)] == ["a"]


def test_totals_are_pooled(tmp_path):
    write_result(tmp_path, "a.dual", AGENT, CUSTOMER)
    write_result(tmp_path, "a.mono", AGENT, CUSTOMER)
    write_result(tmp_path, "b.dual", [[0.0, 1.0]], [[1.0, 2.0]])
    write_result(tmp_path, "b.mono", [[0.0, 2.0]], [[2.0, 2.5]])
    pairs = find_pairs(tmp_path)
    total = to_json(pairs)["total"]
    assert total["pairs"] == 2
    assert total["talk_ratio_difference_worst"] == pytest.approx(0.8 - 0.5)
    assert total["speech_f1"] == pytest.approx(2 * 8 / (2 * 8 + 1.5 + 1), abs=1e-3)
    assert pairs_table(pairs).row_count == 3
