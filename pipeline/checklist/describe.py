"""A check in plain words, for `hearout checklists show` and for people who read a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.checklist.move_checks import mentioning
from pipeline.checklist.vocabulary import measure_words, move_words, verdict_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.checklist.model import Check

_WINDOWS = {
    "whole_call": "in the call",
    "vent": "during the complaint",
    "from_vent": "from the complaint on",
    "before_solving": "before or at the first solving act",
    "after_vent": "after the complaint",
    "after_vent_before_solving": "after the complaint and before solving",
    "after_solving": "once solving has begun",
    "before_closing": "before the closing",
    "closing": "in the closing",
    "later_vents": "from a second complaint on",
}


def describe(check: Check) -> str:
    """Return a check as a clause: "genuine empathy, before or at the first solving act"."""
    said = _described(check)
    return f"{said} (where {describe(check.when)})" if check.when else said


def _described(check: Check) -> str:
    if check.all_ or check.any_:
        parts = [describe(part) for part in check.parts()]
        joint = " and " if check.all_ else " or "
        return joint.join(f"[{part}]" if " and " in part or " or " in part else part for part in parts)
    simple: dict[str, Callable[[], str]] = {
        "not": lambda: f"not [{describe(check.parts()[0])}]",
        "verdict": lambda: f"the verdict on {verdict_words(str(check.verdict))}",
        "measure": lambda: f"{measure_words(str(check.measure))}: {_limits(check)}",
        "vent": lambda: "a complaint in the call" if check.vent == "present" else "no complaint in the call",
        "order": lambda: "in this order: " + ", ".join(step.step for step in check.order or ()),
    }
    if check.kind in simple:
        return simple[check.kind]()
    return ", ".join(part for part in (_what(check), _where(check)) if part)


def _what(check: Check) -> str:
    who = f" by the {check.by}" if check.by else ""
    mentions = mentioning(check)
    if check.turns_by:
        return f"turns of the {check.turns_by}: {_limits(check)}"
    if check.questions_by:
        other = f" other than {move_words(check.other_than)}" if check.other_than else ""
        return f"questions of the {check.questions_by}{other}: {_limits(check)}"
    if check.distinct_moves:
        return f"{_limits(check)} of {move_words(check.distinct_moves, joint='and')}{who}"
    if check.no_move:
        return f"no {move_words(check.no_move)}{who}{mentions}"
    limits = f": {_limits(check)}" if check.at_least is not None or check.at_most is not None else ""
    return f"{move_words(check.move or ())}{who}{mentions}{limits}"


def _where(check: Check) -> str:
    if check.later_calls:
        return "in the customer's later calls"
    first = f"within {check.first_s:g} s " if check.first_s else ""
    return first + _WINDOWS[check.within]


def _limits(check: Check) -> str:
    limit, side = (check.at_most, "at most") if check.at_most is not None else (check.at_least, "at least")
    tolerance = f" ± {check.tolerance:g}" if check.tolerance else ""
    return f"{side} {limit:g}{tolerance}"
