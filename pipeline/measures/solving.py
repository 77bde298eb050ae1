"""Solving acts: where the agent begins to solve (docs/measures.md, section on the vent)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.timeline import Role, Span
from pipeline.timeline.shift import moved_moves

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
    return Solving(moves).acts(settings)


class Solving:
    """What the agent says to solve, laid out for one setting after another.

    Parameters
    ----------
    moves : sequence of Move
        Sorted by start.
    """

    def __init__(self, moves: Iterable[Move]) -> None:
        self._moves: list[Move] = []
        self._offers: list[Move] = []
        self._hints: list[tuple[float, float]] = []
        explanations = []
        for move in moves:
            explains = move.name == EXPLANATION
            if move.role is not Role.AGENT or not (explains or move.name in SOLVING):
                continue
            self._moves.append(move)
            if explains:
                if move.is_sure:
                    explanations.append(move)
                continue
            if move.is_sure:
                self._offers.append(move)
            if move.confidence >= _MAY_SOLVE:
                self._hints.append((move.span.start_s, move.span.end_s))
        self._hints.reverse()
        self._explanations = _joined(explanations)

    def moved(self, by_s: float) -> Solving:
        """Return it with the agent heard `by_s` seconds later."""
        return Solving(moved_moves(self._moves, by_s))

    @property
    def explained_s(self) -> list[float]:
        """How long each explanation is, seconds."""
        return [one.span.duration_s for one in self._explanations]

    def acts(self, settings: VentSettings) -> tuple[Move, ...]:
        """Return the sure acts, in order; see `solving_acts`."""
        least_s = settings.explanation_min_s
        found = [*self._offers, *(one for one in self._explanations if one.span.duration_s > least_s)]
        acts = [_from_first_hint(act, self._hints) for act in found]
        return tuple(sorted(acts, key=lambda act: act.span.start_s))


def _joined(explanations: Iterable[Move]) -> list[Move]:
    """Join sentences of explanation that follow each other."""
    found: list[Move] = []
    for move in explanations:
        if found and move.span.start_s - found[-1].span.end_s <= _JOIN_S:
            last = found[-1]
            found[-1] = last.at(Span(last.span.start_s, max(last.span.end_s, move.span.end_s)))
        else:
            found.append(move)
    return found


def _from_first_hint(act: Move, hints: Sequence[tuple[float, float]]) -> Move:
    """Let an act begin with the sentences right before it that may be part of it; `hints`: latest first."""
    start_s = act.span.start_s
    for from_s, to_s in hints:
        if -_JOIN_S <= start_s - to_s <= _JOIN_S and from_s < start_s:
            start_s = from_s
    return act if start_s == act.span.start_s else act.at(Span(start_s, act.span.end_s))
