"""Diarization error rate: by hand on drawn calls, and the same whoever is called agent."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from evaluate.made import label, result

from pipeline.evaluate import der
from pipeline.evaluate.der import DER, score_der
from pipeline.evaluate.metric import Row, total

needs_metrics = pytest.mark.skipif(not find_spec("pyannote"), reason="the extra 'mono' is not installed")

#           0    1    2    3    4    5    6    7    8    9
# agent     ===============
# customer                 ====================
AGENT, CUSTOMER = [[0.0, 3.0]], [[3.0, 7.0]]


def scored(agent, customer, other=(), truth=(AGENT, CUSTOMER)):
    speech = {"agent": truth[0], "customer": truth[1]}
    found = score_der(label(speech=speech), result(agent, customer, other=other))
    return {name: score.value for name, score in found.items()}


@needs_metrics
class TestByHand:
    def test_all_right_is_zero(self):
        assert set(scored(AGENT, CUSTOMER).values()) == {0.0}

    def test_the_roles_names_do_not_matter(self):
        assert scored(CUSTOMER, AGENT)["der"] == 0.0

    def test_the_parts_add_up(self):
        # 1 s of the customer given to the agent, 0.5 s missed, 0.7 s where there is nothing
        found = scored([[0.0, 4.0]], [[4.0, 6.5], [8.0, 8.7]])
        assert found["der_confusion"] == pytest.approx(1.0 / 7)
        assert found["der_missed"] == pytest.approx(0.5 / 7)
        assert found["der_false_alarm"] == pytest.approx(0.7 / 7)
        assert found["der"] == pytest.approx(2.2 / 7)

    def test_edges_within_a_quarter_second_are_forgiven_with_the_collar(self):
        found = scored([[0.0, 3.2]], [[3.2, 7.2]])
        assert found["der"] > 0.05
        assert found["der_collar"] == 0.0

    def test_overlap_counts_twice(self):
        truth = ([[0.0, 3.0]], [[2.0, 5.0]])
        exclusive = scored([[0.0, 3.0]], [[3.0, 5.0]], truth=truth)
        assert exclusive["der_missed"] == pytest.approx(1.0 / 6)
        assert scored([[0.0, 3.0]], [[2.0, 5.0]], truth=truth)["der"] == 0.0

    def test_both_with_the_same_bounds_are_two(self):
        truth = ([[0.0, 2.0]], [[0.0, 2.0]])
        assert scored([[0.0, 2.0]], [[0.0, 2.0]], truth=truth)["der"] == 0.0

    def test_another_voice_is_a_false_alarm(self):
        assert scored(AGENT, CUSTOMER, other=[[8.0, 9.0]])["der_false_alarm"] == pytest.approx(1 / 7)

    def test_totals_are_of_the_summed_parts(self):
        long, short = ([[0.0, 9.0]], [[9.0, 10.0]]), ([[0.0, 1.0]], [[1.0, 2.0]])
        rows = []
        for name, truth in (("long", long), ("short", short)):
            speech = {"agent": truth[0], "customer": truth[1]}
            scores = score_der(label(speech=speech), result(truth[0], []))
            rows.append(Row(name, name, "mono", scores))
        metric = next(metric for metric in DER.metrics if metric.name == "der")
        assert total(metric, rows).pooled == pytest.approx(2 / 12)
        assert total(metric, rows).mean == pytest.approx((1 / 10 + 1 / 2) / 2)


def test_a_mix_that_is_not_told_apart_is_not_scored():
    speech = {"agent": AGENT, "customer": CUSTOMER}
    found = score_der(label(speech=speech), result(other=[[0.0, 7.0]]))
    assert all(score.value is None and "not told apart" in score.reason for score in found.values())


def test_one_labelled_party_is_not_enough():
    found = score_der(label(speech={"agent": AGENT}), result(AGENT, CUSTOMER))
    assert all(score.value is None and score.reason for score in found.values())


def test_without_the_library_the_reason_is_given(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(der, "import_module", missing)
    speech = {"agent": AGENT, "customer": CUSTOMER}
    found = score_der(label(speech=speech), result(AGENT, CUSTOMER))
    assert all(score.value is None and "hearout[mono]" in score.reason for score in found.values())
