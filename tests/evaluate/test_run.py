from __future__ import annotations

import json
import random

import pytest
from evaluate.made import label, result, write_label, write_result
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ExitCode, InputError, MissingComponentError, UsageError
from pipeline.evaluate import EvaluateOptions, Row, Score, Tally, evaluate_labels
from pipeline.evaluate.families import METRICS
from pipeline.evaluate.metric import total
from pipeline.evaluate.report import to_json
from pipeline.evaluate.run import score_result, sort_rows
from pipeline.evaluate.speech import f1, frame_confusion, joined

SPEECH = {"agent": [[0, 2]], "customer": [[3, 7]]}
GOOD = ([(0, 2)], [(3, 7)])
FAIR = ([(0, 2)], [(3, 6.5)])
POOR = ([(0, 1)], [(3, 7)])


@pytest.fixture
def folders(tmp_path):
    return tmp_path / "labels", tmp_path / "results"


def evaluated(folders, analyze=None, **keys):
    return evaluate_labels(EvaluateOptions(*folders, **keys), analyze)


def test_every_result_of_a_label_is_a_row_and_the_worst_comes_first(folders):
    labels, results = folders
    write_label(labels, "call_01", speech=SPEECH)
    write_label(labels, "call_02", speech=SPEECH)
    write_result(results, "call_01.dual", *GOOD)
    write_result(results, "call_01.mono", *POOR)
    write_result(results, "call_02", *FAIR)
    done = evaluated(folders)
    assert [(row.id, row.call_id) for row in done.rows] == [
        ("call_01.mono", "call_01"),
        ("call_02", "call_02"),
        ("call_01.dual", "call_01"),
    ]
    assert done.exit_code == ExitCode.OK
    assert done.remarks == ()


def test_rows_are_sorted_by_any_metric_and_those_without_a_value_come_last(folders):
    labels, results = folders
    write_label(labels, "near", talk_ratio_agent=0.34)
    write_label(labels, "far", talk_ratio_agent=0.5)
    write_label(labels, "bare")
    for name in ("near", "far", "bare"):
        write_result(results, name, *GOOD)
    done = evaluated(folders, sort="talk_ratio_error")
    assert [row.id for row in done.rows] == ["far", "near", "bare"]


def test_a_metric_that_does_not_exist_is_wrong_usage(folders):
    write_label(folders[0], "call_01")
    with pytest.raises(UsageError, match=r"--sort beauty.*speech_f1"):
        evaluated(folders, sort="beauty")


def test_a_label_without_a_result_is_missing_with_the_command_that_makes_it(folders):
    labels, results = folders
    write_label(labels, "call 01", audio="call 01.dual.flac")
    (labels / "call 01.dual.flac").write_bytes(b"")
    write_label(labels, "call_02", audio="elsewhere.flac")
    write_result(results, "call_020", *GOOD)
    done = evaluated(folders)
    assert done.exit_code == ExitCode.SOME_FAILED
    assert [one.call_id for one in done.missing] == ["call 01", "call_02"]
    assert done.missing[0].command == f"hearout analyze '{labels / 'call 01.dual.flac'}' --out {results}"
    assert done.missing[1].audio is None
    assert "hearout analyze RECORDING" in done.missing[1].command
    assert done.totals["speech_f1"].scored == 0
    assert done.totals["speech_f1"].mean is None
    assert done.totals["speech_f1"].pooled is None


def test_without_a_folder_of_results_everything_is_missing(folders):
    write_label(folders[0], "call_01")
    assert [one.call_id for one in evaluated(folders).missing] == ["call_01"]


def test_results_without_a_label_are_counted_in_a_note_only(folders):
    labels, results = folders
    write_label(labels, "call_01", speech=SPEECH)
    write_result(results, "call_01", *GOOD)
    alone = evaluated(folders)
    write_result(results, "other", *POOR)
    write_result(results, "another", *POOR)
    done = evaluated(folders)
    assert [remark.code for remark in done.remarks] == ["unlabelled_results"]
    assert done.remarks[0].message.startswith("2 results have")
    assert done.totals == alone.totals
    assert done.exit_code == ExitCode.OK


def test_a_bad_label_or_result_fails_and_the_others_go_on(folders):
    labels, results = folders
    write_label(labels, "call_01", speech=SPEECH)
    write_label(labels, "call_02", talk_ratio_agent="much")
    write_label(labels, "call_03", speech=SPEECH)
    write_label(labels, "call_04", speech=SPEECH)
    write_result(results, "call_01", *GOOD)
    write_result(results, "call_03", *GOOD).write_text('{"schema": "hearout.analysis/9"}', encoding="utf-8")
    write_result(results, "call_04", [(5.0, 5.0)])
    done = evaluated(folders)
    assert [row.id for row in done.rows] == ["call_01"]
    assert [failed.path.name for failed in done.failed] == [
        "call_02.truth.json",
        "analysis.json",
        "analysis.json",
    ]
    assert "hearout.analysis/1" in done.failed[1].error
    assert "runs backwards" in done.failed[2].error
    assert done.exit_code == ExitCode.SOME_FAILED


def test_two_labels_of_one_call_do_not_count_twice(folders):
    labels, results = folders
    write_label(labels / "a", "call_01", speech=SPEECH)
    write_label(labels / "b", "call_01", speech=SPEECH)
    write_result(results, "call_01", *GOOD)
    done = evaluated(folders)
    assert len(done.rows) == 1
    assert "call_id call_01 is also in" in done.failed[0].error


@pytest.mark.parametrize(
    ("only", "ids", "missing"),
    [
        ("*.dual", ["call_01.dual"], ["call_02"]),
        ("call_01", ["call_01.dual", "call_01.mono"], []),
        ("call_0?", ["call_01.dual", "call_01.mono"], ["call_02", "call_03"]),
        ("*.mono", ["call_01.mono"], []),
    ],
)
def test_only_takes_label_ids_and_result_ids(folders, only, ids, missing):
    labels, results = folders
    write_label(labels, "call_01", speech=SPEECH, audio="call_01.dual.flac")
    write_label(labels, "call_02", audio="call_02.dual.flac")
    write_label(labels, "call_03")
    write_result(results, "call_01.dual", *GOOD)
    write_result(results, "call_01.mono", *GOOD)
    done = evaluated(folders, only=only)
    assert [row.id for row in done.rows] == ids
    assert [one.call_id for one in done.missing] == missing


def test_a_result_of_another_kind_does_not_stand_in_for_the_one_asked_for(folders):
    labels, results = folders
    write_label(labels, "call_01", speech=SPEECH, audio="call_01.dual.flac")
    write_result(results, "call_01.mono", *GOOD)
    done = evaluated(folders, only="*.dual")
    assert done.rows == ()
    assert [one.call_id for one in done.missing] == ["call_01"]


def test_only_that_matches_nothing_is_wrong_usage(folders):
    write_label(folders[0], "call_01")
    with pytest.raises(UsageError, match="matches no label"):
        evaluated(folders, only="nothing*")


def test_a_recording_beside_its_label_is_analysed_when_there_is_no_result(folders):
    labels, results = folders
    write_label(labels, "call_01", speech=SPEECH, audio="call_01.dual.flac")
    (labels / "call_01.dual.flac").write_bytes(b"")
    asked = []

    def analyze(audio, out):
        asked.append((audio, out))
        return write_result(out, audio.stem, *GOOD)

    done = evaluated(folders, analyze)
    assert asked == [(labels / "call_01.dual.flac", results)]
    assert [row.id for row in done.rows] == ["call_01.dual"]
    assert done.missing == ()
    evaluated(folders, analyze)
    assert len(asked) == 1, "the second time the result is there"


def test_a_recording_that_cannot_be_analysed_fails_alone(folders):
    labels, _ = folders
    for name in ("call_01", "call_02"):
        write_label(labels, name, speech=SPEECH, audio=f"{name}.flac")
        (labels / f"{name}.flac").write_bytes(b"")

    def analyze(audio, out):
        if audio.stem == "call_01":
            raise InputError(f"{audio}: no audio in it.")
        return write_result(out, audio.stem, *GOOD)

    done = evaluated(folders, analyze)
    assert [row.id for row in done.rows] == ["call_02"]
    assert [failed.path.name for failed in done.failed] == ["call_01.flac"]


def test_a_missing_model_ends_the_run(folders):
    labels, _ = folders
    write_label(labels, "call_01", audio="call_01.flac")
    (labels / "call_01.flac").write_bytes(b"")

    def analyze(audio, out):
        raise MissingComponentError("the model is missing.")

    with pytest.raises(MissingComponentError):
        evaluated(folders, analyze)


def test_doubtful_pairs_are_remarked(folders):
    labels, results = folders
    write_label(labels, "long", speech=SPEECH, duration_s=12.0)
    write_label(labels, "swapped", speech=SPEECH)
    line = {"speaker": "agent", "text": "hello", "start_s": 0.0, "end_s": 1.0}
    write_label(labels, "wordless", lines=[line])
    write_result(results, "long", *GOOD, duration_s=10.0)
    write_result(results, "swapped", GOOD[1], GOOD[0])
    write_result(results, "wordless", *GOOD)
    done = evaluated(folders)
    assert [(remark.call, remark.code) for remark in done.remarks] == [
        ("long", "other_length"),
        ("swapped", "roles_swapped"),
        ("wordless", "no_words"),
    ]


def test_mean_and_worst_of_f1_run_over_channels_and_pooled_comes_from_frames():
    truth = label(speech=SPEECH)
    rows = [score_result(truth, result(*found), name) for name, found in (("good", GOOD), ("poor", POOR))]
    one = total(METRICS["speech_f1"], rows)
    assert one.scored == 4
    assert one.worst == pytest.approx(2 / 3)
    assert (one.worst_call, one.worst_metric) == ("poor", "speech_f1_agent")
    assert one.mean == pytest.approx((1 + 1 + 1 + 2 / 3) / 4)
    assert one.tally.parts == {"tp": 1100, "fp": 0, "fn": 100}
    assert one.pooled == pytest.approx(2200 / 2300)


def test_signed_errors_do_not_cancel_out_in_the_mean():
    rows = [
        Row(name, name, "dual", {"talk_ratio_error": Score(value, Tally())})
        for name, value in (("a", 0.1), ("b", -0.3))
    ]
    one = total(METRICS["talk_ratio_error"], rows)
    assert one.mean == pytest.approx(0.2)
    assert (one.worst, one.worst_call) == (-0.3, "b")
    assert one.pooled is None, "without labelled seconds nothing can be summed"


def test_the_pooled_talk_ratio_is_that_of_all_seconds():
    short = label(talk_s={"agent": 1.0, "customer": 1.0}, talk_ratio_agent=0.5)
    long = label(talk_s={"agent": 10.0, "customer": 30.0}, talk_ratio_agent=0.25)
    rows = [
        score_result(short, result([(0, 2)], [(3, 5)]), "short"),
        score_result(long, result([(0, 20)], [(30, 60)]), "long"),
    ]
    assert total(METRICS["talk_ratio_error"], rows).pooled == pytest.approx(22 / 54 - 11 / 42)


def test_false_speech_of_a_silent_channel_counts_in_the_pooled_figure():
    truth = label(speech={"agent": [], "customer": [[3, 7]]})
    one = total(METRICS["speech_f1_agent"], [score_result(truth, result(*GOOD), "x")])
    assert (one.scored, one.mean) == (0, None)
    assert one.tally.parts["fp"] == 200


def test_a_score_has_a_value_or_a_reason():
    with pytest.raises(ValueError, match="reason"):
        Score(None)
    with pytest.raises(ValueError, match="reason"):
        Score(1.0, Tally(), "why")


def test_every_family_scores_all_of_its_metrics_whatever_the_label_holds():
    for truth in (label(), label(speech=SPEECH), label(lines=[]), label(talk_ratio_agent=0.4)):
        for found in (result(), result(*GOOD), result(other=[(0, 1)])):
            scores = score_result(truth, found, "x").scores
            assert set(scores) == set(METRICS)


PAIRS = st.lists(
    st.tuples(st.integers(0, 400), st.integers(5, 100)).map(lambda p: [p[0] / 10, (p[0] + p[1]) / 10]),
    max_size=4,
)
CALLS = st.lists(st.tuples(PAIRS, PAIRS, PAIRS, PAIRS), min_size=1, max_size=5)


def rows_of(calls):
    return [
        score_result(
            label(speech={"agent": ref_agent, "customer": ref_customer}),
            result(
                joined(agent).pairs(),
                joined(customer).pairs(),
            ),
            f"call_{i}",
        )
        for i, (ref_agent, ref_customer, agent, customer) in enumerate(calls)
    ]


@given(CALLS)
def test_totals_from_parts_equal_one_long_call_of_all(calls):
    """All calls laid one after the other, 100 s apart, give the pooled figure."""

    def chained(which):
        shifted = ([[s + 100 * i, e + 100 * i] for s, e in call[which]] for i, call in enumerate(calls))
        return joined(pair for pairs in shifted for pair in pairs)

    whole = frame_confusion(chained(0), chained(2)) + frame_confusion(chained(1), chained(3))
    one = total(METRICS["speech_f1"], rows_of(calls))
    assert one.tally.parts == whole.parts
    assert one.pooled == f1(whole)


@given(CALLS, st.randoms(use_true_random=False))
def test_the_order_of_the_calls_does_not_matter(calls, chance):
    rows = rows_of(calls)
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert sort_rows(rows, "speech_f1") == sort_rows(shuffled, "speech_f1")
    for metric in METRICS.values():
        assert total(metric, rows) == total(metric, shuffled)


def test_the_order_of_the_files_does_not_matter(tmp_path):
    ids = [f"call_{i}" for i in range(6)]
    seen = []
    for seed in (1, 2):
        labels, results = tmp_path / f"labels{seed}", tmp_path / f"results{seed}"
        random.Random(seed).shuffle(ids)
        for name in ids:
            write_label(labels, name, speech=SPEECH)
            write_result(results, name, [(0, 1 + int(name[-1]) / 10)], [(3, 7)])
        seen.append(json.dumps(to_json(evaluated((labels, results)))))
    assert seen[0] == seen[1]


def remarks(done):
    return [one.message for one in done.remarks if one.code == "odd_label"]


def test_what_cannot_be_so_in_a_label_is_remarked(folders):
    labels, results = folders
    cut = {"by": "agent", "of": "agent", "at_s": 99999}
    write_label(labels, "call_01", speech={"agent": [[1, 99999]]}, interruptions=[cut], vent=None)
    write_result(results, "call_01", *GOOD)
    assert remarks(evaluated(folders)) == [
        "speech.agent of the label goes on to 99999.0 s, after the end of the call.",
        "interruptions of the label goes on to 99999.0 s, after the end of the call.",
        "interruptions[0] of the label is by and of the same party.",
    ]


def test_a_misspelt_checklist_or_line_is_remarked_and_not_scored(folders):
    labels, results = folders
    told = {"nosuch": {"a": "pass"}, "leap": {"lisen": "pass", "listen": "pass"}, "last": {"listen": "pass"}}
    write_label(labels, "call_01", checklists=told)
    path = write_result(results, "call_01", *GOOD)
    data = json.loads(path.read_text())
    line = {"id": "listen", "title": "Listen", "verdict": "pass", "confidence": 0.9, "reason": "So."}
    line |= {"evidence": [], "measured": None, "target": None, "items": []}
    made = {"name": "leap", "title": "LEAP", "score": 1.0, "score_range": [1.0, 1.0], "verdict": "pass"}
    path.write_text(json.dumps({**data, "checklists": [{**made, "items": [line]}]}))
    assert remarks(evaluated(folders)) == [
        "there is no checklist nosuch in the result; its labels are not scored.",
        "there is no line lisen in the checklist leap; its label is not scored.",
    ]


def test_a_folder_or_loop_named_like_a_label_fails(folders):
    labels, results = folders
    write_label(labels, "call_01", speech=SPEECH)
    write_result(results, "call_01", *GOOD)
    (labels / "folder.truth.json").mkdir()
    (labels / "loop.truth.json").symlink_to("loop.truth.json")
    done = evaluated(folders)
    assert [one.path.name for one in done.failed] == ["folder.truth.json", "loop.truth.json"]
    assert all("cannot be read" in one.error for one in done.failed)
    assert len(done.rows) == 1
