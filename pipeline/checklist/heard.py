"""What rests on a party that is not heard at all can't be judged. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.checklist.vocabulary import CUSTOMER_MOVES
from pipeline.timeline import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.checklist.model import Check
    from pipeline.timeline import Timeline

BOTH = (Role.AGENT, Role.CUSTOMER)
_FREE_WINDOWS = ("whole_call", "closing")  # the others begin or end with a complaint
_OF_NOBODY = frozenset({"silence_s", "hold_s", "longest_silence_s", "silence_count", "speech_agreement"})
_OF_ONE = frozenset(
    {
        "agent_talk_s",
        "customer_talk_s",
        "talk_share_agent_of_call",
        "longest_agent_turn_s",
        "longest_customer_turn_s",
        "questions_by_agent",
        "agent_wpm",
        "customer_wpm",
        "agent_level_dbfs",
        "customer_level_dbfs",
        "customer_level_trend_db_per_min",
    }
)


def unheard_of(timeline: Timeline) -> tuple[Role, ...]:
    """Return which of agent and customer are not heard at all."""
    return tuple(role for role in BOTH if not timeline.reported[role])


def not_heard(roles: Sequence[Role]) -> str:
    """Say it in a sentence."""
    if len(roles) > 1:
        return "Neither agent nor customer is heard in this recording, so nothing can be judged."
    return f"The {roles[0]} is not heard at all in this recording, so this can't be judged."


def parties_needed(check: Check) -> tuple[Role, ...]:
    """Return who must be heard for a check to be decided; of a composed one its parts say it."""
    if check.parts() or check.later_calls:
        return ()
    if check.kind == "vent":
        return (Role.CUSTOMER,)
    if check.kind == "measure":
        return _measured(str(check.measure))
    if check.kind in ("verdict", "order"):
        return BOTH
    if check.within not in _FREE_WINDOWS:
        return BOTH
    by = check.turns_by or check.questions_by
    return (Role(by) if by else speaker_of(check),)


def speaker_of(check: Check) -> Role:
    """Return whose moves a check is about."""
    if check.by:
        return Role(check.by)
    names = {*(check.move or ()), *(check.no_move or ()), *(check.distinct_moves or ())}
    return Role.CUSTOMER if names <= CUSTOMER_MOVES else Role.AGENT


def _measured(name: str) -> tuple[Role, ...]:
    if name in _OF_NOBODY:
        return ()
    if name in _OF_ONE:
        return (Role.CUSTOMER if "customer" in name else Role.AGENT,)
    return BOTH
