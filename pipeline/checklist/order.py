"""The check on an order of steps: those that are taken come one after the other. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from pipeline.checklist.finding import Finding, capitalized, decided, not_applicable, unsure
from pipeline.checklist.move_checks import NO_WORDS
from pipeline.checklist.windows import EDGE_S
from pipeline.measures.verdict import Evidence
from pipeline.timeline import Span
from pipeline.timeline.plain import clock

if TYPE_CHECKING:
    from pipeline.checklist.model import Check, Step
    from pipeline.checklist.view import CallView
    from pipeline.timeline import Move

SAME_BREATH_S = 2.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step is taken first, and how surely."""

    name: str
    span: Span
    confidence: float


def check_order(check: Check, view: CallView) -> Finding:
    """Fail if a step that is taken comes before one that it should follow; steps not taken are left out."""
    if not view.facts.words_known:
        return unsure(NO_WORDS)
    taken = [place for step in check.order or () if (place := _place(step, view)) is not None]
    if len(taken) < 2:
        return not_applicable("Fewer than two of these steps are taken, so they have no order.")
    for before, after in combinations(taken, 2):
        if after.span.start_s < before.span.start_s - EDGE_S and not _same_breath(before, after, view):
            reason = (
                f"{capitalized(after.name)} at {clock(after.span.start_s)} comes before {before.name} "
                f"at {clock(before.span.start_s)}."
            )
            shown = [Evidence(one.span, one.name) for one in (after, before)]
            return decided(False, min(before.confidence, after.confidence), reason, shown)
    told = ", then ".join(f"{one.name} ({clock(one.span.start_s)})" for one in taken)
    evidence = [Evidence(one.span, one.name) for one in taken]
    return decided(True, min(one.confidence for one in taken), f"In order: {told}.", evidence)


def _same_breath(one: Place, other: Place, view: CallView) -> bool:
    """Tell whether two steps lie so close in one turn that their order says nothing."""
    near = abs(one.span.start_s - other.span.start_s) < SAME_BREATH_S
    return near and any(
        turn.span.contains(one.span.start_s) and turn.span.contains(other.span.start_s)
        for turn in view.windows.agent_turns
    )


def _place(step: Step, view: CallView) -> Place | None:
    windows = view.windows
    if step.move:
        start_s = windows.vent.span.start_s - EDGE_S if windows.vent else 0.0
        made = (move for move in windows.named(step.move) if move.is_sure and move.span.start_s >= start_s)
        return _of(step, next(made, None))
    if step.at == "first_solution":
        return _of(step, windows.first_solution)
    if step.at == "closing":
        return _of(step, windows.closing_move)
    if windows.vent is None:
        return None
    span = windows.vent.span
    if step.at == "vent_start":
        edge = Span(span.start_s, min(span.end_s, span.start_s + EDGE_S))
    else:
        edge = Span(max(span.start_s, span.end_s - EDGE_S), span.end_s)
    return Place(step.step, edge, windows.vent.confidence)


def _of(step: Step, move: Move | None) -> Place | None:
    return Place(step.step, move.span, move.confidence) if move else None
