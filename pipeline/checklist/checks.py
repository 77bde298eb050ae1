"""Evaluate a check on the facts of a call. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pipeline.checklist.finding import (
    EVIDENCE_MAX,
    Finding,
    all_of,
    any_of,
    capitalized,
    decided,
    not_applicable,
    opposite_of,
    unsure,
)
from pipeline.checklist.heard import BOTH, not_heard, parties_needed
from pipeline.checklist.move_checks import ABSENCE, NO_WORDS, check_moves
from pipeline.checklist.order import check_order
from pipeline.checklist.view import CallView, Context, quoted, starts_within
from pipeline.checklist.vocabulary import measure_words, verdict_words
from pipeline.checklist.windows import EDGE_S, NO_COMPLAINT, Windows
from pipeline.measures.verdict import Evidence, Outcome
from pipeline.timeline import Role, TurnKind
from pipeline.timeline.plain import clock, times

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.checklist.model import Check
    from pipeline.measures.facts import CallFacts

NUMBER_SURE = 0.9
_IN_VENT = "_in_vent"  # the end of a measure's name that is of the complaints alone
ROLES_UNSURE = "It is not certain who is the agent."


class Judge:
    """Evaluates checks on one call.

    Parameters
    ----------
    facts : CallFacts
    context : Context, optional
    windows : Windows, optional
        Shared between the checklists of one call.
    """

    def __init__(
        self, facts: CallFacts, context: Context | None = None, windows: Windows | None = None
    ) -> None:
        self.facts = facts
        self.view = CallView(facts, context or Context(), windows or Windows(facts))
        self._findings, self._context_key = self.view.windows.findings, self.view.context.key
        self._all_known = facts.roles_sure and not self.view.windows.unheard

    def judge(self, check: Check) -> Finding:
        """Return what comes of a check; the same check is evaluated once, whichever checklist asks."""
        key = (check.key, self._context_key)
        known = self._findings.get(key)
        if known is None:
            known = self._findings[key] = self._judged(check)
        return known

    def exempting(self, check: Check) -> Finding | None:
        """Return what comes of a check that may take a line out; ``None`` where it fails.

        One part of many that fails is enough for that: what comes of the others is no matter.
        """
        if self._all_known and check.all_ and not check.when:
            for part in check.all_:
                if self.judge(part).outcome is Outcome.FAIL:
                    return None
        found = self.judge(check)
        return None if found.outcome is Outcome.FAIL else found

    def _judged(self, check: Check) -> Finding:
        undecided = None if self._all_known else self._undecided(check)
        if undecided is not None:
            return undecided
        if check.when is not None:
            condition = self.judge(check.when)
            if condition.outcome is Outcome.UNSURE:
                return unsure(condition.reason, condition.evidence)
            if condition.outcome is not Outcome.PASS:
                return not_applicable(condition.reason)
        return self._KINDS[check.kind](self, check)

    def _undecided(self, check: Check) -> Finding | None:
        """Return why nothing can be said: of whom the check speaks is not known, or not heard."""
        unheard = self.view.windows.unheard
        silent = len(unheard) == len(BOTH) and not self.facts.timeline.reported[Role.OTHER]
        if silent and not check.later_calls:  # then it is no matter who is who
            return unsure(not_heard(unheard))
        if not self.facts.roles_sure:
            return unsure(ROLES_UNSURE)
        missed = [role for role in parties_needed(check) if role in unheard] if unheard else []
        return unsure(not_heard(missed)) if missed else None

    def _verdict(self, check: Check) -> Finding:
        name = str(check.verdict)
        known = self.facts.verdicts.get(name)
        if known is None:
            return unsure(f"{capitalized(verdict_words(name))} was not judged.")
        return Finding(known.outcome, known.confidence, known.reason, known.evidence)

    def _measure(self, check: Check) -> Finding:
        """Compare a measure with its limit.

        Of a count, the part ``unsure`` says how many of what was counted are not certain: where the limit
        hangs on those, the check is unsure.
        """
        name = str(check.measure)
        value = self.facts.measures.get(name)
        words = capitalized(measure_words(name))
        if value is None or value.value is None:
            why = value.reason if value else "it was not measured"
            return unsure(f"{words}: {why}.")
        limit, upper = _limit(check)
        edge = limit + check.tolerance if upper else limit - check.tolerance
        doubt = value.parts.get("unsure", 0.0)
        passes, surely = (_holds(one, edge, upper=upper) for one in (value.value, value.value - doubt))
        side = "at most" if upper else "at least"
        told = f"{words}: {_number(value.value)}, where {side} {_number(edge)} is wanted"
        evidence = tuple(Evidence(span) for span in value.spans[:EVIDENCE_MAX])
        evidence = evidence or self._looked_at(name, f"{words}: {_number(value.value)}")
        if passes != surely:
            found = unsure(f"{told}; {_number(doubt)} of them are not certain.", evidence)
        elif check.margin and abs(value.value - edge) < check.margin:
            found = unsure(f"{told}; that is too near to tell.", evidence)
        else:
            found = decided(passes, NUMBER_SURE, f"{told}.", evidence)
        return found.against(value.value, limit)

    def _looked_at(self, measure: str, text: str) -> tuple[Evidence, ...]:
        """Return where a measure was taken: the complaints, or the whole call."""
        if measure.endswith(_IN_VENT) and self.facts.vents:
            return tuple(Evidence(vent.span, text) for vent in self.facts.vents[:EVIDENCE_MAX])
        return self.view.whole(text)

    def _turns(self, check: Check) -> Finding:
        role = Role(str(check.turns_by))
        window = self.view.window(check)
        if window is None:
            return not_applicable(self.view.no_window(check))
        turns = [
            turn
            for turn in self.facts.timeline.turns_of(role, TurnKind.TURN)
            if window.span.start_s + EDGE_S <= turn.span.start_s < window.span.end_s - EDGE_S
        ]
        said = "says nothing" if not turns else f"speaks {times(len(turns))}"
        reason = f"The {role.value} {said} {window.words}."
        evidence = [Evidence(turn.span, quoted(turn.text)) for turn in turns[:EVIDENCE_MAX]]
        shown = evidence or [Evidence(window.span, f"nothing said by the {role.value} here")]
        return _against_limit(check, len(turns), reason, shown)

    def _questions(self, check: Check) -> Finding:
        """Count questions by their form; what they are for is another matter."""
        role = Role(str(check.questions_by))
        value = self.facts.measures.get(f"questions_by_{role.value}")
        if not self.facts.words_known or value is None or value.value is None:
            return unsure(NO_WORDS)
        window = self.view.window(check)
        if window is None:
            return not_applicable(self.view.no_window(check))
        others = [move.span for move in self.view.windows.named(check.other_than, role.value) if move.is_sure]
        asked = [
            span
            for span in value.spans
            if starts_within(span, window.span) and not any(span.overlaps(other) for other in others)
        ]
        said = {0: "no question", 1: "a question"}.get(len(asked), f"{len(asked)} questions")
        at = f" at {clock(asked[0].start_s)}" if asked else ""
        reason = capitalized(f"{said} by the {role.value}{at}, {window.words}.")
        evidence = [Evidence(span, self.view.said(role, span)) for span in asked[:EVIDENCE_MAX]]
        shown = evidence or self.view.stretches(window, role, "no question found here")
        return _against_limit(check, len(asked), reason, shown)

    def _vent(self, check: Check) -> Finding:
        wanted = check.vent == "present"
        vent = self.view.windows.vent
        if vent is not None:
            reason = f"The customer complains from {clock(vent.span.start_s)} on."
            return decided(wanted, vent.confidence, reason, [Evidence(vent.span, "complaint")])
        if not self.facts.words_known:
            return unsure(NO_WORDS)
        judged = self.facts.verdicts.get("vent_before_solving")
        if judged is not None and judged.outcome is Outcome.UNSURE:
            return unsure(judged.reason, judged.evidence)
        return decided(not wanted, ABSENCE, NO_COMPLAINT, self.view.whole("no complaint found"))

    def _order(self, check: Check) -> Finding:
        return check_order(check, self.view)

    def _moves(self, check: Check) -> Finding:
        return check_moves(check, self.view)

    def _all(self, check: Check) -> Finding:
        return all_of([self.judge(part) for part in check.parts()])

    def _any(self, check: Check) -> Finding:
        return any_of([self.judge(part) for part in check.parts()])

    def _not(self, check: Check) -> Finding:
        (part,) = check.parts()
        return opposite_of(self.judge(part))

    # of the class: bound to one judge, they would keep a call's facts until the cycle collector comes by
    _KINDS: ClassVar[dict[str, Callable[[Judge, Check], Finding]]] = {
        "verdict": _verdict,
        "measure": _measure,
        "move": _moves,
        "no_move": _moves,
        "distinct_moves": _moves,
        "turns_by": _turns,
        "questions_by": _questions,
        "order": _order,
        "vent": _vent,
        "all": _all,
        "any": _any,
        "not": _not,
    }


def _limit(check: Check) -> tuple[float, bool]:
    """Return a check's limit, and whether it is the upper one; the form sees to it that there is one."""
    if check.at_most is not None:
        return check.at_most, True
    return check.at_least or 0.0, False


def _holds(value: float, edge: float, *, upper: bool) -> bool:
    return value <= edge + 1e-9 if upper else value >= edge - 1e-9


def _against_limit(check: Check, count: int, reason: str, evidence: Sequence[Evidence]) -> Finding:
    limit, upper = _limit(check)
    found = decided(_holds(count, limit, upper=upper), NUMBER_SURE, reason, evidence)
    return found.against(float(count), limit)


def _number(value: float) -> str:
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.2f}"
