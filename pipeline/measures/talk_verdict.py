"""How the talk/listen ratio compares with the target, and whether a few hundredths of a second decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.measures.talk import reported_speech
from pipeline.measures.verdict import Evidence, Outcome, Verdict
from pipeline.timeline import Role
from pipeline.timeline.plain import percent

if TYPE_CHECKING:
    from pipeline.measures.target import TalkTarget
    from pipeline.timeline import SpanSet, Timeline

_EDGES_DUAL_S, _EDGES_MONO_S = 0.05, 0.1
_LEAST_AGREEMENT = 0.5  # of the detectors; below it the talk time itself is in doubt
_SURE, _UNSURE = 0.95, 0.5
_SPANS_SHOWN = 3
_FAINT = "the faint voices on the {}'s channel, if they are other people's"


def talk_verdict(
    timeline: Timeline, target: TalkTarget, *, agreement: float | None, roles_sure: bool = True
) -> Verdict:
    """Judge whether the agent listened at least as much as the target asks.

    ``pass``: ``agent / (agent + customer)`` is at most the target and its tolerance; more listening is never
    held against anybody. ``unsure``: it turns round if all spans of one party are as much longer or shorter
    as an edge is uncertain (0.05 s, on one channel 0.1 s), or if what may be other people in the room is left
    out; the roles are unsure, or the detectors hardly agree. ``not_applicable``: one of the two says nothing,
    or they are not told apart.

    Parameters
    ----------
    timeline : Timeline
    target : TalkTarget
    agreement : float or None
        Frame agreement of the speech detectors.
    roles_sure : bool
    """
    agent, customer = (reported_speech(timeline, role) for role in (Role.AGENT, Role.CUSTOMER))
    if not agent or not customer:
        return Verdict(Outcome.NOT_APPLICABLE, 1.0, "Not both of agent and customer are heard.")
    ratio = _ratio(agent, customer, 0.0, 0.0)
    evidence = _longest(agent if ratio > target.high else customer)
    if not roles_sure:
        reason = "It is not certain who of the two is the agent, so nobody is judged."
        return Verdict(Outcome.UNSURE, _UNSURE, reason, evidence)
    if agreement is not None and agreement < _LEAST_AGREEMENT:
        reason = f"The speech detectors agree on {percent(agreement)} of the speech only."
        return Verdict(Outcome.UNSURE, _UNSURE, reason, evidence)
    edge_s = _EDGES_DUAL_S if timeline.clues.overlap_reliable else _EDGES_MONO_S
    variants = {
        f"edges of the {role} {by_s:+.2f} s": _ratio(agent, customer, *grown)
        for by_s in (-edge_s, edge_s)
        for role, grown in ((Role.AGENT, (by_s, 0.0)), (Role.CUSTOMER, (0.0, by_s)))
    }
    faint = timeline.clues.faint
    if Role.AGENT in faint:
        variants[_FAINT.format(Role.AGENT)] = _ratio(agent - faint[Role.AGENT], customer, 0.0, 0.0)
    if Role.CUSTOMER in faint:
        variants[_FAINT.format(Role.CUSTOMER)] = _ratio(agent, customer - faint[Role.CUSTOMER], 0.0, 0.0)
    too_much = ratio > target.high + 1e-9
    flips = tuple(name for name, other in variants.items() if (other > target.high + 1e-9) is not too_much)
    limit = percent(target.high)
    had = f"The agent had {percent(ratio, target.high)} of the talking"
    if flips:
        reason = f"{had}: too close to the limit of {limit} to say."
        if all("faint" in flip for flip in flips):
            reason = f"{had}; whether within {limit} hangs on faint voices that may be other people's."
        return Verdict(Outcome.UNSURE, _UNSURE, reason, evidence, flips)
    if too_much:
        return Verdict(Outcome.FAIL, _SURE, f"{had}, more than {limit}.", evidence)
    return Verdict(Outcome.PASS, _SURE, f"{had}, within the limit of {limit}.", evidence)


def _ratio(agent: SpanSet, customer: SpanSet, agent_edge_s: float, customer_edge_s: float) -> float:
    """``agent / (agent + customer)`` with every span that much longer at both edges."""
    agent_s = max(0.0, agent.duration_s + 2 * agent_edge_s * len(agent))
    customer_s = max(0.0, customer.duration_s + 2 * customer_edge_s * len(customer))
    return agent_s / (agent_s + customer_s) if agent_s + customer_s else 0.0


def _longest(speech: SpanSet) -> tuple[Evidence, ...]:
    longest = sorted(speech, key=lambda span: -span.duration_s)[:_SPANS_SHOWN]
    return tuple(Evidence(span) for span in sorted(longest))
