"""Whether the agent listened as much as the target asks, and what makes that uncertain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.measures import Outcome, TalkTarget, talk_verdict
from pipeline.timeline import Clues, Role, SpanSet, TurnSettings, build_timeline

TARGET = TalkTarget(0.5, 0.1)


def judged(agent, customer, *, agreement=1.0, roles_sure=True, **clues):
    speech = {Role.AGENT: SpanSet.of(*agent), Role.CUSTOMER: SpanSet.of(*customer)}
    timeline = build_timeline(100.0, speech, {}, None, TurnSettings(), replace(Clues(), **clues))
    return talk_verdict(timeline, TARGET, agreement=agreement, roles_sure=roles_sure)


def test_who_listens_more_passes_whatever_the_share():
    verdict = judged([(0, 10)], [(10, 30)])
    assert verdict.outcome is Outcome.PASS
    assert verdict.confidence >= 0.6
    assert verdict.evidence


def test_up_to_the_tolerance_is_within_the_limit():
    assert judged([(0, 59)], [(60, 101)]).outcome is Outcome.PASS
    assert judged([(0, 62)], [(62, 100)]).outcome is Outcome.FAIL


def test_a_fail_can_be_played():
    verdict = judged([(0, 50), (60, 90)], [(50, 60)])
    assert verdict.outcome is Outcome.FAIL
    assert [one.span.start_s for one in verdict.evidence] == [0, 60]


def test_so_close_that_the_edges_decide():
    verdict = judged([(0, 30.01)], [(30.01, 50.01)])
    assert verdict.outcome is Outcome.UNSURE
    assert any(flip.startswith("edges of the agent") for flip in verdict.would_flip)


@pytest.mark.parametrize(("agent", "customer"), [([(0, 10)], []), ([], [(0, 10)]), ([], [])])
def test_one_party_alone_has_no_share(agent, customer):
    assert judged(agent, customer).outcome is Outcome.NOT_APPLICABLE


def test_unsure_roles_judge_nobody():
    assert judged([(0, 50)], [(50, 60)], roles_sure=False).outcome is Outcome.UNSURE


def test_detectors_that_hardly_agree():
    verdict = judged([(0, 50)], [(50, 60)], agreement=0.4)
    assert verdict.outcome is Outcome.UNSURE
    assert "40 %" in verdict.reason


def test_faint_voices_that_may_be_others_decide_nothing():
    speech = [(0, 40), (60, 90)], [(40, 60)]
    assert judged(*speech).outcome is Outcome.FAIL
    unsure = judged(*speech, faint={Role.AGENT: SpanSet.of((5, 30), (61, 89))})
    assert unsure.outcome is Outcome.UNSURE
    assert "faint voices" in unsure.reason
    assert unsure.would_flip == ("the faint voices on the agent's channel, if they are other people's",)
    a_little = judged(*speech, faint={Role.AGENT: SpanSet.of((5, 10))})
    assert a_little.outcome is Outcome.FAIL
