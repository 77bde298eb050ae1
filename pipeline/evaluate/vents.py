"""Vents, first solutions and the verdict on them, against the label.

The overlap is over all vents of a call together. Start and end are compared for the first vent of either
side. A label says the verdict by an item whose core check it is (``leap.listen`` and its like).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.evaluate.metric import Family, Metric, Score, Tally, confusion, confusion_part
from pipeline.timeline import Span, SpanSet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.evaluate.labels import Label, VentLabel
    from pipeline.report.schema import Analysis, Event

NEAR_S = 2.0
VERDICT = "vent_before_solving"
_ITEMS = (
    ("leap", "listen"),
    ("leap-ask-produce", "listen"),
    ("last", "listen"),
    ("five-ideas", "listen"),
    ("ten-tips", "let_vent_first"),
    ("did-you", "blow_off_steam"),
)
_NO_LABEL = "not labelled"
_NO_VENT = "no vent in the label or in the result"


def iou(tally: Tally) -> float | None:
    """Return ``shared / union`` of labelled and found vents, in seconds; ``None`` without any."""
    return tally.ratio("shared_s", "union_s")


def error(tally: Tally) -> float | None:
    """Return found minus labelled, seconds; of several calls their mean."""
    return tally.ratio("error_s", "count")


def share(tally: Tally) -> float | None:
    """Return the share of calls in which it is right."""
    return tally.ratio("right", "count")


def decided_share(tally: Tally) -> float | None:
    """Return the share of right verdicts among those that are decided."""
    cells = confusion(tally)
    decided = sum(count for (_, found), count in cells.items() if found != "unsure")
    right = sum(count for (label, found), count in cells.items() if label == found)
    return right / decided if decided else None


def unsure_share(tally: Tally) -> float | None:
    """Return the share of verdicts that are unsure."""
    cells = confusion(tally)
    total = sum(cells.values())
    unsure = sum(count for (_, found), count in cells.items() if found == "unsure")
    return unsure / total if total else None


_IOU = Metric(
    "vent_iou",
    "vent\nIoU",
    "Seconds in both labelled and found vents over the seconds in either, all vents of a call together.",
    "1",
    "high",
    iou,
    _NO_VENT,
    shown=".2f",
    column=True,
)
_START, _END = (
    Metric(
        f"vent_{edge}_error_s",
        f"vent\n{edge}",
        f"The first vent's {edge}, found minus labelled.",
        "s",
        "zero",
        error,
        "not a vent on both sides",
        shown="+.2f",
    )
    for edge in ("start", "end")
)
_ENDED = Metric(
    "vent_ended_by",
    "ended\nby",
    "Share of first vents of which it is right what ended them.",
    "1",
    "high",
    share,
    "not a vent on both sides",
    shown=".2f",
)
_SOLUTION = Metric(
    "first_solution_error_s",
    "first\nsolution",
    "The agent's first solving act, found minus labelled.",
    "s",
    "zero",
    error,
    "not found on both sides",
    shown="+.2f",
)
_SOLUTION_NEAR = Metric(
    "first_solution_within_2s",
    "solution\n± 2 s",
    "Share of calls in which the first solving act is found within 2 s, or rightly none is.",
    "1",
    "high",
    share,
    _NO_LABEL,
    shown=".2f",
    column=True,
)
_VERDICT_RIGHT = Metric(
    "vent_verdict",
    "vent\nverdict",
    "Share of right verdicts on the vent among those that are decided.",
    "1",
    "high",
    decided_share,
    "unsure",
    shown=".2f",
    column=True,
)
_UNSURE = Metric(
    "vent_verdict_unsure",
    "verdict\nunsure",
    "Share of verdicts on the vent that are unsure.",
    "1",
    "low",
    unsure_share,
    _NO_LABEL,
    shown=".2f",
)
VERDICT_CONFUSION = _VERDICT_RIGHT.name


def score_vents(label: Label, analysis: Analysis) -> Mapping[str, Score]:
    """Score vents, first solution and verdict of one call."""
    return {**_vents(label, analysis), **_solution(label, analysis), **_verdict(label, analysis)}


def labelled_vents(label: Label) -> Sequence[VentLabel] | None:
    """Return the labelled vents, in order; ``None`` where they are not labelled."""
    if label.vents is not None:
        return sorted(label.vents, key=lambda vent: vent.start_s)
    if label.scored("vent"):
        return [label.vent] if label.vent else []
    return None


def labelled_verdict(label: Label) -> str | None:
    """Return the verdict on the vent as the label's items tell it."""
    for checklist, item in _ITEMS:
        found = (label.checklists or {}).get(checklist, {}).get(item)
        if found is not None:
            return found
    return None


def _vents(label: Label, analysis: Analysis) -> dict[str, Score]:
    labelled = labelled_vents(label)
    if labelled is None:
        return {one.name: Score.none(_NO_LABEL) for one in (_IOU, _START, _END, _ENDED)}
    found = [event for event in analysis.events if event.type == "vent"]
    ours, theirs = (SpanSet(Span(v.start_s, v.end_s) for v in vents) for vents in (labelled, found))
    parts = {"shared_s": (ours & theirs).duration_s, "union_s": (ours | theirs).duration_s}
    scores = {_IOU.name: _IOU.score(Tally(parts))}
    if not labelled or not found:
        return scores | {one.name: Score.none(one.undefined) for one in (_START, _END, _ENDED)}
    first, same = labelled[0], found[0]
    scores[_START.name] = _error(_START, same.start_s - first.start_s)
    scores[_END.name] = _error(_END, same.end_s - first.end_s)
    scores[_ENDED.name] = _ended(first, same)
    return scores


def _ended(labelled: VentLabel, found: Event) -> Score:
    if labelled.ended_by is None:
        return Score.none(_NO_LABEL)
    right = found.row.get("ended_by") == labelled.ended_by
    return _ENDED.score(Tally({"right": float(right), "count": 1.0}))


def _solution(label: Label, analysis: Analysis) -> dict[str, Score]:
    if not label.scored("first_solution_s"):
        return {one.name: Score.none(_NO_LABEL) for one in (_SOLUTION, _SOLUTION_NEAR)}
    labelled, found = label.first_solution_s, analysis.measures.get("first_solution_s")
    near = labelled is None and found is None
    scores = {_SOLUTION.name: Score.none(_SOLUTION.undefined)}
    if labelled is not None and found is not None:
        scores[_SOLUTION.name] = _error(_SOLUTION, found - labelled)
        near = abs(found - labelled) <= NEAR_S
    scores[_SOLUTION_NEAR.name] = _SOLUTION_NEAR.score(Tally({"right": float(near), "count": 1.0}))
    return scores


def _error(metric: Metric, error_s: float) -> Score:
    return metric.score(Tally({"error_s": error_s, "count": 1.0}, (error_s,)))


def _verdict(label: Label, analysis: Analysis) -> dict[str, Score]:
    labelled, found = labelled_verdict(label), analysis.verdicts.get(VERDICT)
    if labelled is None or found is None:
        reason = _NO_LABEL if labelled is None else "no verdict in this result"
        return {one.name: Score.none(reason) for one in (_VERDICT_RIGHT, _UNSURE)}
    tally = Tally({confusion_part(labelled, found.verdict): 1.0})
    return {one.name: one.score(tally) for one in (_VERDICT_RIGHT, _UNSURE)}


VENTS = Family((_IOU, _START, _END, _ENDED, _SOLUTION, _SOLUTION_NEAR, _VERDICT_RIGHT, _UNSURE), score_vents)
