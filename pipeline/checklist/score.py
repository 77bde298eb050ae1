"""Score a call against checklists: verdicts per line, the score with its range, the whole. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pipeline.checklist.checks import Judge
from pipeline.checklist.finding import EVIDENCE_MAX, Finding, not_applicable, uncapitalized
from pipeline.checklist.windows import Windows
from pipeline.measures.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.checklist.load import LoadedChecklist
    from pipeline.checklist.model import FinerItem, Item
    from pipeline.checklist.view import OtherCall
    from pipeline.measures.facts import CallFacts
    from pipeline.measures.verdict import Evidence


class ItemResult(NamedTuple):
    """What came of one line.

    Parameters
    ----------
    item : FinerItem or Item
        As the file gives it.
    finding : Finding
    items : tuple of ItemResult
        The finer lines.
    """

    item: FinerItem
    finding: Finding
    items: tuple[ItemResult, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Pass, fail, unsure or not applicable."""
        return self.finding.outcome

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What can be played."""
        return self.finding.evidence


@dataclass(frozen=True, slots=True)
class ChecklistResult:
    """What came of one checklist.

    Parameters
    ----------
    name, title : str
    score : float or None
        Weighted share of passed main lines among the decided ones, 0 to 1; ``None`` where none is decided.
    score_range : (float, float)
        The score if every unsure line failed, and if every one passed.
    outcome : Outcome
    items : tuple of ItemResult
        The main lines.
    """

    name: str
    title: str
    score: float | None
    score_range: tuple[float, float]
    outcome: Outcome
    items: tuple[ItemResult, ...]


def score_checklists(
    facts: CallFacts,
    checklists: Sequence[LoadedChecklist],
    *,
    later_calls: tuple[OtherCall, ...] | None = None,
) -> tuple[ChecklistResult, ...]:
    """Score a call against checklists.

    Parameters
    ----------
    facts : CallFacts
    checklists : sequence of LoadedChecklist
    later_calls : tuple of OtherCall or None
        The customer's later calls, where the manifest links them; ``None``: not known.
    """
    windows = Windows(facts, later_calls)
    return tuple([_score(facts, one, windows) for one in checklists])


def _score(facts: CallFacts, loaded: LoadedChecklist, windows: Windows) -> ChecklistResult:
    checklist = loaded.checklist
    judge = Judge(facts, loaded.context, windows)
    items = tuple(
        ItemResult(item, _line(judge, item), tuple(ItemResult(one, _line(judge, one)) for one in item.items))
        for item in checklist.items
    )
    score, score_range = _weighed(items)
    outcome = _whole(items, score_range, checklist.pass_mark)
    return ChecklistResult(checklist.name, checklist.title, score, score_range, outcome, items)


def _line(judge: Judge, item: FinerItem) -> Finding:
    if item.check is None:
        return not_applicable(item.not_applicable or "There is nothing to check.")
    exempt = judge.exempting(item.not_applicable_when) if item.not_applicable_when else None
    if exempt is not None and exempt.outcome is Outcome.PASS:
        return not_applicable(exempt.reason)
    found = judge.judge(item.check)
    if found.outcome is Outcome.FAIL:
        return _confirmed(judge, item, found, exempt)
    return found


def _confirmed(judge: Judge, item: FinerItem, found: Finding, exempt: Finding | None) -> Finding:
    """Let a line fail only where it surely applies and nothing speaks for it."""
    if exempt is not None and exempt.outcome is Outcome.UNSURE:
        return _doubted(found, "it is not certain that this applies")
    hint = judge.judge(item.unsure_when) if item.unsure_when else None
    if hint is not None and hint.outcome in (Outcome.PASS, Outcome.UNSURE):
        speaks = f"this may be it: {uncapitalized(hint.reason.removesuffix('.'))}"
        shown = (*hint.evidence, *found.evidence)[:EVIDENCE_MAX]
        return _doubted(found, speaks)._replace(evidence=shown)
    if item.opposite:
        return found._replace(reason=f"{found.reason.removesuffix('.')}: {item.opposite}")
    return found


def _doubted(found: Finding, why: str) -> Finding:
    reason = f"{found.reason.removesuffix('.')}; but {why}."
    return found._replace(outcome=Outcome.UNSURE, confidence=0.5, reason=reason)


def _weighed(items: Sequence[ItemResult]) -> tuple[float | None, tuple[float, float]]:
    """``Σ weight passed / Σ weight decided``, and the same with every unsure line failed and passed."""
    weight = dict.fromkeys(Outcome, 0.0)
    for one in items:
        weight[one.outcome] += _weight(one)
    passed, open_ = weight[Outcome.PASS], weight[Outcome.UNSURE]
    decided = passed + weight[Outcome.FAIL]
    score = passed / decided if decided else None
    if not decided + open_:
        return None, (0.0, 1.0)
    return score, (passed / (decided + open_), (passed + open_) / (decided + open_))


def _weight(result: ItemResult) -> float:
    item: Item = result.item  # type: ignore[assignment]  # main lines are items
    return item.weight


def _whole(items: Sequence[ItemResult], score_range: tuple[float, float], mark: float) -> Outcome:
    """Fail if a critical line fails, else by the mark; unsure where that hangs on unsure lines."""
    outcomes = {one.outcome for one in items}
    if outcomes <= {Outcome.NOT_APPLICABLE}:
        return Outcome.NOT_APPLICABLE
    critical = {one.outcome for one in items if getattr(one.item, "critical", False)}
    low, high = score_range
    if Outcome.FAIL in critical or _below(high, mark):
        return Outcome.FAIL
    if Outcome.UNSURE in critical or _below(low, mark):
        return Outcome.UNSURE
    return Outcome.PASS


def _below(score: float, mark: float) -> bool:
    return score < mark and not math.isclose(score, mark)
