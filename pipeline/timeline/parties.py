"""Roles among any number of parties: agent and customer as between two, then who else there is.

Pure. A voice that takes the customer over from the agent is a second agent: the call was transferred.
Anything else that is heard, such as a menu's voice or a supervisor listening in, is neither.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.timeline.events import EventType, FloorEvent
from pipeline.timeline.roles import Role, RoleCues, RoleDecision, cue_hits, decide_roles
from pipeline.timeline.spans import Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.timeline.spans import SpanSet
    from pipeline.timeline.words import Word

_SPOKEN_S = 8.0  # who took the call over speaks at least this long
_ANSWERED_S = 4.0  # and the customer at least this long with them: a menu's voice is not answered
_TOGETHER = 0.2  # of the one's speech that may lie in the other's time, as in a warm transfer
_STRAY = 0.1  # of a voice's speech


def decide_parties(
    words: Mapping[int, Sequence[Word]], speech: Mapping[int, SpanSet], cues: RoleCues | None
) -> RoleDecision | None:
    """Decide which party is the agent, which the customer, and who took over from the agent.

    Parameters
    ----------
    words, speech : mapping of party index to its words and speech
        Of any number of parties; those who say nothing are left out, unless only two are given.
    cues : RoleCues or None
        ``None`` when there is no language pack; then only the structure counts.

    Returns
    -------
    RoleDecision or None
        ``None`` with fewer than two parties. With two it is that of `decide_roles`.
    """
    if len(speech) == 2:
        return decide_roles(words, speech, cues)
    heard = {party: spans for party, spans in speech.items() if spans}
    if len(heard) < 2:
        return None
    leaning = {
        party: math.fsum(weight for weight, _ in cue_hits(words.get(party, ()), cues)) if cues else 0.0
        for party in heard
    }
    share = {party: heard[party].duration_s for party in heard}

    def telling(pair: tuple[int, int]) -> float:
        """How far apart two parties are in what they say, and how much of the call is theirs."""
        agent, customer = pair
        return leaning[agent] - leaning[customer] + math.log(share[agent]) + math.log(share[customer])

    pair = max(itertools.permutations(heard, 2), key=telling)
    decision = decide_roles(words, {party: heard[party] for party in sorted(pair)}, cues)
    more = [
        party
        for party in heard
        if party not in pair
        and leaning[party] >= leaning[decision.customer]
        and _took_over(heard[party], heard[decision.agent], heard[decision.customer])
    ]
    more.sort(key=lambda party: heard[party][0])
    why = tuple("another voice takes the customer over: a transfer" for _ in more)
    return replace(decision, why=decision.why + why, more_agents=tuple(more))


def _took_over(one: SpanSet, agent: SpanSet, customer: SpanSet) -> bool:
    """Tell whether somebody talks with the customer while the agent does not."""
    mine, theirs = _mostly(one), _mostly(agent)
    if mine is None or theirs is None or one.duration_s < _SPOKEN_S:
        return False
    together = min(one.overlap_s(theirs) / one.duration_s, agent.overlap_s(mine) / agent.duration_s)
    return customer.overlap_s(mine) >= _ANSWERED_S and together <= _TOGETHER


def _mostly(speech: SpanSet) -> Span | None:
    """Return when most of it is said; stray pieces that were given to the wrong voice are left out."""
    said_s, stray_s = 0.0, _STRAY / 2 * speech.duration_s
    inner = []
    for span in speech:
        if said_s + span.duration_s > stray_s and said_s < speech.duration_s - stray_s:
            inner.append(span)
        said_s += span.duration_s
    return Span(inner[0].start_s, inner[-1].end_s) if inner else None


def find_transfers(decision: RoleDecision, speech: Mapping[int, SpanSet]) -> tuple[FloorEvent, ...]:
    """Return an event for each change from one agent to the next, in order.

    It lasts from the last word of the one to the first of the other, and is by the agent's side.
    """
    agents = [speech[party] for party in (decision.agent, *decision.more_agents) if party in speech]
    heard = sorted(((span, own) for own in agents if (span := _mostly(own))), key=lambda one: one[0])
    found = []
    for (_, before), (after, _) in itertools.pairwise(heard):
        last_s = before.last_end(after.start_s)
        span = Span(last_s, after.start_s) if last_s is not None and last_s < after.start_s else after
        found.append(
            FloorEvent(
                EventType.TRANSFER,
                span,
                Role.AGENT,
                confidence=decision.confidence,
                why={"pause_s": span.duration_s},
            )
        )
    return tuple(found)
