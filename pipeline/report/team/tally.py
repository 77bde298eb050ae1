"""Sums over calls that can be added up in any order: the whole is the sum of its parts. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.report.team.call import FAIL, HEARD, NOT_APPLICABLE, OUTCOMES, PASS, UNSURE
from pipeline.report.team.rates import PairSums

if TYPE_CHECKING:
    from pipeline.report.team.call import CallNumbers, Verdict

TALK_BINS = 20
"""The distribution of the agent's share of the talking: bins of 5 %."""


@dataclass(slots=True)
class Tally:
    """What is summed over calls.

    Parameters
    ----------
    calls, dated, unmeasured, roles_unsure : int
        Calls; those with a date; those without a talk ratio; those of which it is doubtful who is the agent
        (talk, interruptions and vents of the latter two are not summed).
    duration_ms : int
    talk : PairSums
        y: the agent's speech, x: both parties'.
    talk_bins : Counter of int
        Calls by their talk ratio.
    events : PairSums
        y: sure interruptions by the agent, x: the customer's speech.
    unsure_events : int
        Interruptions by the agent that the audio can't decide.
    vents_ended, vents_cut : Counter of int
        Vents by their length in ms: those that the customer ended; those that something else ended.
    vent_ends : Counter of str
        What ended them.
    vents_unsure : int
        Vents that are not certain; they are in none of the three before.
    outcomes : Counter of Verdict
        How often each outcome of each verdict.
    """

    calls: int = 0
    dated: int = 0
    unmeasured: int = 0
    roles_unsure: int = 0
    duration_ms: int = 0
    talk: PairSums = field(default_factory=PairSums)
    talk_bins: Counter[int] = field(default_factory=Counter)
    events: PairSums = field(default_factory=PairSums)
    unsure_events: int = 0
    vents_ended: Counter[int] = field(default_factory=Counter)
    vents_cut: Counter[int] = field(default_factory=Counter)
    vent_ends: Counter[str] = field(default_factory=Counter)
    vents_unsure: int = 0
    outcomes: Counter[Verdict] = field(default_factory=Counter)

    def add(self, call: CallNumbers) -> None:
        """Take one call in."""
        self.calls += 1
        self.dated += call.recorded_on is not None
        self.duration_ms += call.duration_ms
        self.outcomes.update(call.verdicts)
        if not call.roles_sure:
            self.roles_unsure += 1
            return
        self._add_talk(call)
        self._add_vent(call)

    def _add_talk(self, call: CallNumbers) -> None:
        agent_ms, customer_ms = call.agent_ms, call.customer_ms
        if agent_ms is None or customer_ms is None or not agent_ms + customer_ms:
            self.unmeasured += 1
            return
        both_ms = agent_ms + customer_ms
        self.talk += PairSums.of(agent_ms, both_ms)
        self.talk_bins[min(TALK_BINS - 1, agent_ms * TALK_BINS // both_ms)] += 1
        if call.by_agent is not None:
            self.events += PairSums.of(call.by_agent.sure, customer_ms)
            self.unsure_events += call.by_agent.unsure

    def _add_vent(self, call: CallNumbers) -> None:
        vent = call.vent
        if vent is None:
            return
        if not vent.is_sure:
            self.vents_unsure += 1
            return
        self.vent_ends[vent.ended_by] += 1
        lengths = self.vents_ended if vent.ended_by == "customer" else self.vents_cut
        lengths[vent.length_ms] += 1

    def update(self, other: Tally, *, leading: bool = False) -> None:
        """Add another's sums to these; `leading`: of the verdicts only `HEARD`, which is quicker."""
        self.calls += other.calls
        self.dated += other.dated
        self.unmeasured += other.unmeasured
        self.roles_unsure += other.roles_unsure
        self.duration_ms += other.duration_ms
        self.talk += other.talk
        self.talk_bins.update(other.talk_bins)
        self.events += other.events
        self.unsure_events += other.unsure_events
        self.vents_ended.update(other.vents_ended)
        self.vents_cut.update(other.vents_cut)
        self.vent_ends.update(other.vent_ends)
        self.vents_unsure += other.vents_unsure
        if leading:
            for one in OUTCOMES:
                self.outcomes[HEARD, one] += other.outcomes[HEARD, one]
        else:
            self.outcomes.update(other.outcomes)

    def outcome(self, key: str = HEARD) -> Outcomes:
        """Return how often each outcome of a verdict."""
        return Outcomes(*(self.outcomes[key, one] for one in OUTCOMES))


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How often each outcome of one verdict."""

    passed: int = 0
    failed: int = 0
    unsure: int = 0
    not_applicable: int = 0

    @property
    def decided(self) -> int:
        """Passed or failed."""
        return self.passed + self.failed

    def to_dict(self) -> dict[str, int]:
        """Return it under the outcomes' names."""
        values = (self.passed, self.failed, self.unsure, self.not_applicable)
        return dict(zip((PASS, FAIL, UNSURE, NOT_APPLICABLE), values, strict=True))
