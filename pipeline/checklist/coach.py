"""A coach's paragraph on one call, put together from verdicts by templates. Pure; nothing is invented.

Strengths come first, then one thing to work on with the moment to play. Only what is decided is said; the
words are those of the checklist's file (`strength`, `advice`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.checklist.finding import capitalized
from pipeline.measures.verdict import Outcome
from pipeline.timeline.plain import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.checklist.score import ChecklistResult, ItemResult
    from pipeline.timeline import Span

STRENGTHS_MAX = 3
OPEN_MAX = 2
_AGENT = re.compile(r"\bthe agent('s)?(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CoachNote:
    """What a coach would say.

    Parameters
    ----------
    text : str
        One paragraph.
    play : Span or None
        The moment to play with the one thing to work on.
    """

    text: str
    play: Span | None = None


def coach_note(results: Sequence[ChecklistResult]) -> CoachNote:
    """Write the paragraph.

    Parameters
    ----------
    results : sequence of ChecklistResult
        In the order in which they matter; what several checklists ask is said once.
    """
    lines = [item for result in results for item in result.items]
    good = _unique((one for one in lines if one.outcome is Outcome.PASS), "strength")[:STRENGTHS_MAX]
    weak = _worst_first(_unique((one for one in lines if one.outcome is Outcome.FAIL), "advice"))
    doubtful = _unique((one for one in lines if one.outcome is Outcome.UNSURE), "title")[:OPEN_MAX]
    parts = []
    play = None
    if good:
        parts.append(f"You {_listed([_with_time(one) for one in good])}.")
    if weak:
        play = weak[0].evidence[0].span
        parts.append(f"One thing to work on: {weak[0].item.advice} (play {clock(play.start_s)}).")
        parts.append(capitalized(_to_you(weak[0].finding.reason)))
    elif good:
        parts.append("Nothing that could be decided went against you.")
    if doubtful:
        names = _listed([f"“{one.item.title}”" for one in doubtful])
        parts.append(f"Not decided, for a person to hear: {names}.")
    if not parts:
        return CoachNote("Nothing in this call is asked about by these checklists.")
    return CoachNote(" ".join(parts), play)


def _unique(items: Iterable[ItemResult], key: str) -> list[ItemResult]:
    """Keep the first item of each wording; those without one are left out."""
    found: dict[str, ItemResult] = {}
    for one in items:
        words = getattr(one.item, key)
        if words:
            found.setdefault(words, one)
    return list(found.values())


def _worst_first(items: Sequence[ItemResult]) -> list[ItemResult]:
    """Critical lines first, then by weight; the order of the file among equals."""
    return sorted(
        items,
        key=lambda one: (not getattr(one.item, "critical", False), -getattr(one.item, "weight", 1.0)),
    )


def _with_time(one: ItemResult) -> str:
    """Name the moment where it can be heard, if it is one moment."""
    spans = [evidence.span for evidence in one.evidence]
    said = str(one.item.strength)
    return f"{said} ({clock(spans[0].start_s)})" if len(spans) == 1 else said


def _to_you(reason: str) -> str:
    """Say to the agent what a reason says of them: it tells what they did, and a past form is the same."""
    return _AGENT.sub(lambda found: "your" if found[1] else "you", reason)


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
