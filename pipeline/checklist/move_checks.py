"""Checks on moves: made, not made, so many, so many different ones. Pure.

A move that is sure counts. One that is unsure never counts, but where it would decide, the check is unsure
and shows its quote. Nothing is taken for absent without a stretch that can be played.
"""

from __future__ import annotations

import math
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from pipeline.checklist.finding import Finding, capitalized, decided, not_applicable, uncapitalized, unsure
from pipeline.checklist.heard import speaker_of
from pipeline.checklist.view import quoted, quotes, starts_within
from pipeline.checklist.vocabulary import NEGATIVE_MOVES, move_words
from pipeline.checklist.windows import EDGE_S
from pipeline.measures.verdict import Outcome
from pipeline.timeline import Role
from pipeline.timeline.plain import clock, times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.checklist.model import Check
    from pipeline.checklist.view import CallView
    from pipeline.checklist.windows import Window
    from pipeline.timeline import Move

NEAR_MISS = 0.4  # an unsure move from here on keeps a check from being decided without it
ABSENCE = 0.8  # how sure "there is none" is: moves are found at about this recall
NEGATIVE_ABSENCE = 0.7  # those that count against the agent are found more rarely
VENT_SURE = 0.6
NO_WORDS = "Nothing is known of what was said, only who spoke when."
_CONFIDENCE = attrgetter("confidence")
_ON_THE_VENT = ("vent", "after_vent", "after_vent_before_solving", "later_vents")


class Made(NamedTuple):
    """Moves that count, and those that may."""

    sure: list[Move]
    doubtful: list[Move]


def check_moves(check: Check, view: CallView) -> Finding:
    """Evaluate a check of the kind `move`, `no_move` or `distinct_moves`."""
    names = check.move or check.no_move or check.distinct_moves or ()
    if check.later_calls:
        return _in_later_calls(names, view)
    if not view.facts.words_known:
        return unsure(NO_WORDS)
    window = view.window(check)
    if window is None:
        return not_applicable(view.no_window(check))
    if check.mentions and not view.phrases_fit:
        return unsure(f"There are no phrases for this call's language ({', '.join(check.mentions)}).")
    if check.distinct_moves:
        found = _distinct(check, window, view)
    elif check.no_move or check.at_most is not None:
        found = _not_more(check, window, view)
    else:
        found = _enough(check, window, view)
    return _within_doubt(found, check, view)


def _made(
    check: Check, names: tuple[str, ...], window: Window, view: CallView, *, least: float = 0.0
) -> Made:
    """Sort moves by how far they count: sure and inside, or in doubt with a confidence of `least` or more."""
    sure: list[Move] = []
    doubtful: list[Move] = []
    wider, mentions = window.doubtful, check.mentions
    first_s, end_s = window.span.start_s - EDGE_S, window.span.end_s
    for (start_s, _, is_unsure, _), move in view.windows.ranked(names, check.by):
        inside = first_s <= start_s < end_s  # as `starts_within`, asked a hundred times
        if not inside and (wider is None or not starts_within(move.span, wider)):
            continue
        counts = inside and not is_unsure
        if not counts and move.confidence < least:
            continue
        if not mentions or view.mentions(mentions, move):
            (sure if counts else doubtful).append(move)
    return Made(_by_sentence(sure), _by_sentence(doubtful))


def _enough(check: Check, window: Window, view: CallView) -> Finding:
    names = check.move or ()
    made = _made(check, names, window, view, least=NEAR_MISS)
    least = 1 if check.at_least is None else math.ceil(check.at_least)
    with_it = mentioning(check)
    what = move_words(names) + with_it
    near = made.doubtful
    if len(made.sure) >= least:
        ranked = sorted(made.sure, key=_CONFIDENCE, reverse=True)[: max(least, 1)]
        sure = _noisy_or(made.sure) if least <= 1 else ranked[-1].confidence
        count = "" if least <= 1 else f", {times(len(made.sure))}"
        reason = f"{_first(made.sure, what)}{with_it}{count}, {window.words}."
        found = decided(True, sure, reason, quotes(ranked + made.sure) or view.whole("counted here"))
    elif len(made.sure) + len(near) >= least:
        reason = f"Perhaps {uncapitalized(_first(near, what))}, too uncertain to count {window.words}."
        found = unsure(reason, quotes([*made.sure, *near]), near[0].confidence)
    else:
        has = "no" if not made.sure else f"only {len(made.sure)}"
        shown = view.stretches(window, speaker_of(check), f"no {what} found here")
        reason = capitalized(f"{has} {what} {window.words}.")
        found = decided(False, ABSENCE, reason, [*quotes(made.sure), *shown])
    return _counted(found, check.at_least, len(made.sure))


def _not_more(check: Check, window: Window, view: CallView) -> Finding:
    names = check.move or check.no_move or ()
    made = _made(check, names, window, view)
    most = 0 if check.at_most is None else math.floor(check.at_most)
    what = move_words(names) + mentioning(check)
    doubtful = [move for move in made.doubtful if move.name in NEGATIVE_MOVES or move.confidence >= NEAR_MISS]
    if len(made.sure) > most:
        ranked = sorted(made.sure, key=_CONFIDENCE, reverse=True)
        reason = f"{_first(made.sure, what)}, {times(len(made.sure))} {window.words}."
        found = decided(False, ranked[most].confidence, reason, quotes(made.sure))
    elif len(made.sure) + len(doubtful) > most:
        one = doubtful[0]
        reason = f"Perhaps {uncapitalized(_first([one], what))}: for a person to judge."
        found = unsure(reason, quotes([*doubtful, *made.sure]), 1.0 - one.confidence)
    else:
        has = f"{what} {times(len(made.sure))}" if made.sure else f"no {what}"
        shown = view.stretches(window, speaker_of(check), f"no {what} found here")
        reason = capitalized(f"{has} {window.words}.")
        found = decided(True, NEGATIVE_ABSENCE, reason, quotes(made.sure) or shown)
    return _counted(found, check.at_most, len(made.sure))


def _distinct(check: Check, window: Window, view: CallView) -> Finding:
    names = check.distinct_moves or ()
    least = max(1, math.ceil(check.at_least or 0))
    best: dict[str, Move] = {}
    near: dict[str, Move] = {}
    for name in names:
        made = _made(check, (name,), window, view, least=NEAR_MISS)
        if made.sure:
            best[name] = max(made.sure, key=_CONFIDENCE)
        elif made.doubtful:
            near[name] = max(made.doubtful, key=_CONFIDENCE)
    shown = quotes([*best.values(), *near.values()])
    listed = f": {move_words(tuple(best), joint='and')}" if best else ""
    reason = f"{len(best)} of {len(names)} {window.words}{listed}."
    if len(best) >= least:
        confidence = sorted((move.confidence for move in best.values()), reverse=True)[least - 1]
        found = decided(True, confidence, reason, shown)
    elif len(best) + len(near) >= least:
        found = unsure(f"{reason.removesuffix('.')}; others are too uncertain to count.", shown)
    else:
        missing = move_words(tuple(name for name in names if name not in best))
        stretches = view.stretches(window, speaker_of(check), f"no {missing} found here")
        found = decided(False, ABSENCE, reason, [*shown, *stretches])
    return _counted(found, check.at_least, len(best))


def _within_doubt(found: Finding, check: Check, view: CallView) -> Finding:
    """A window that hangs on a complaint which may be none decides nothing."""
    vent = view.windows.vent
    hangs = check.within in _ON_THE_VENT
    if hangs and vent is not None and vent.confidence < VENT_SURE and found.outcome.is_decided:
        reason = f"{found.reason.removesuffix('.')}; but it is not certain that there is a complaint."
        return found._replace(outcome=Outcome.UNSURE, confidence=vent.confidence, reason=reason)
    return found


def _in_later_calls(names: Sequence[str], view: CallView) -> Finding:
    """Look for a move of the agent in the customer's later calls, where those are linked."""
    calls = view.windows.later_calls
    if not calls:
        why = "are not linked with this one" if calls is None else "are none"
        return not_applicable(f"Later calls with this customer {why}.")
    what = move_words(tuple(names))
    for call in calls:
        for move in call.moves:
            if move.name in names and move.role is Role.AGENT and move.is_sure:
                text = f"in call {call.call_id} of {call.recorded_at}: {quoted(move.text)}"
                reason = f"{capitalized(what)} in a later call ({call.call_id})."
                return decided(True, move.confidence, reason, view.ending(text))
    seen = "one later call" if len(calls) == 1 else f"{len(calls)} later calls"
    return decided(False, ABSENCE, f"No {what} in {seen}.", view.ending("nothing of it in later calls"))


def _first(moves: Sequence[Move], what: str) -> str:
    """Name the first of these, and when: "Genuine empathy at 0:21"."""
    if not moves:
        return capitalized(what)
    return f"{capitalized(move_words((moves[0].name,)))} at {clock(moves[0].span.start_s)}"


def mentioning(check: Check) -> str:
    """Return what must be mentioned, in words."""
    return (
        f" with {' and '.join(name.replace('_', ' ') for name in check.mentions)}" if check.mentions else ""
    )


def _by_sentence(moves: list[Move]) -> list[Move]:
    """Keep the surest move of each sentence, by start."""
    if len(moves) < 2:
        return moves
    last_s = -1.0
    for move in moves:
        if move.span.start_s == last_s:
            break
        last_s = move.span.start_s
    else:
        return moves  # all start at times of their own
    best: dict[tuple[Role, float, float], Move] = {}
    for move in moves:
        key = (move.role, move.span.start_s, move.span.end_s)
        if key not in best or best[key].confidence < move.confidence:
            best[key] = move
    return list(best.values())  # they came by start


def _noisy_or(moves: Sequence[Move]) -> float:
    """``1 - Π(1 - c)``: how surely at least one of them is right; at most 0.99."""
    return min(0.99, 1.0 - math.prod([1.0 - move.confidence for move in moves]))


def _counted(found: Finding, limit: float | None, count: int) -> Finding:
    return found if limit is None else found.against(float(count), limit)
