"""Solving acts: where the agent begins to solve (docs/measures.md, section on the vent)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.timeline import Role, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.measures.vent import VentSettings
    from pipeline.timeline import Move

SOLVING = frozenset({"solution_offer", "options", "refusal", "take_it_or_leave_it"})
EXPLANATION = "explanation_of_why"
_MAY_SOLVE = 0.4  # of an unsure sentence right before a sure one
_JOIN_S = 1.0


def solving_acts(moves: Sequence[Move], settings: VentSettings) -> tuple[Move, ...]:
    """Return the agent's sure solving acts; an explanation counts from `explanation_min_s` on, as a whole."""
    by_agent = [move for move in moves if move.role is Role.AGENT]
    sure = [move for move in by_agent if move.is_sure]
    found = [move for move in sure if move.name in SOLVING]
    explanations = _joined(move for move in sure if move.name == EXPLANATION)
    found += [move for move in explanations if move.span.duration_s > settings.explanation_min_s]
    hints = [m for m in reversed(by_agent) if m.name in SOLVING and m.confidence >= _MAY_SOLVE]
    return tuple(sorted((_from_first_hint(act, hints) for act in found), key=lambda act: act.span.start_s))


def _joined(explanations: Iterable[Move]) -> list[Move]:
    """Join sentences of explanation that follow each other."""
    found: list[Move] = []
    for move in explanations:
        if found and move.span.start_s - found[-1].span.end_s <= _JOIN_S:
            last = found[-1]
            found[-1] = replace(last, span=Span(last.span.start_s, max(last.span.end_s, move.span.end_s)))
        else:
            found.append(move)
    return found


def _from_first_hint(act: Move, hints: Sequence[Move]) -> Move:
    """Let an act begin with the sentences right before it that may be part of it; `hints`: latest first."""
    start_s = act.span.start_s
    for move in hints:
        if abs(start_s - move.span.end_s) <= _JOIN_S:
            start_s = min(start_s, move.span.start_s)
    return act if start_s == act.span.start_s else replace(act, span=Span(start_s, act.span.end_s))
