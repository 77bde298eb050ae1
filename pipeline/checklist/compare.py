"""What changes between two scorings of a call, and why. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TINY = 1e-9


@dataclass(frozen=True)
class ItemChange:
    """One line with another verdict, or on one side only.

    Parameters
    ----------
    checklist, item, title : str
    before, after : str or None
        Verdicts; ``None`` where this side has no such line.
    why_before, why_after : str
        The reasons given; empty where there is no such line.
    span : (float, float) or None
        Where to hear it: the first evidence of the later side, else of the earlier one.
    """

    checklist: str
    item: str
    title: str
    before: str | None
    after: str | None
    why_before: str = ""
    why_after: str = ""
    span: tuple[float, float] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON-like values."""
        return {
            "checklist": self.checklist,
            "item": self.item,
            "title": self.title,
            "before": self.before,
            "after": self.after,
            "why_before": self.why_before,
            "why_after": self.why_after,
            "span": None if self.span is None else list(self.span),
        }


@dataclass(frozen=True)
class ChecklistChange:
    """One checklist before and after.

    Parameters
    ----------
    name : str
        ``a`` where both sides have it, ``a → b`` where two different ones are compared.
    scores : (float or None, float or None)
    verdicts : (str, str)
    items : tuple of ItemChange
    """

    name: str
    scores: tuple[float | None, float | None]
    verdicts: tuple[str, str]
    items: tuple[ItemChange, ...]

    def __bool__(self) -> bool:
        old, new = self.scores
        moved = (old is None) != (new is None) or (old is not None and abs(old - (new or 0.0)) > _TINY)
        return bool(self.items) or moved or self.verdicts[0] != self.verdicts[1]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON-like values."""
        return {
            "name": self.name,
            "score": {"before": self.scores[0], "after": self.scores[1]},
            "verdict": {"before": self.verdicts[0], "after": self.verdicts[1]},
            "items": [one.to_dict() for one in self.items],
        }


def compare_parts(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> tuple[ChecklistChange, ...]:
    """Compare two lists of checklist results, as a result file holds them.

    Checklists are matched by name; where each side has exactly one, those two are compared whatever they are
    called. Lines are matched by id, finer lines left out. Only what differs is returned.

    Parameters
    ----------
    before, after : sequence of mapping
        ``checklists`` of a result, as plain values.
    """
    if len(before) == len(after) == 1:
        pairs = [(before[0], after[0])]
    else:
        later = {one["name"]: one for one in after}
        pairs = [(one, later[one["name"]]) for one in before if one["name"] in later]
    changes = (_compared(old, new) for old, new in pairs)
    return tuple(change for change in changes if change)


def _compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> ChecklistChange:
    name = old["name"] if old["name"] == new["name"] else f"{old['name']} → {new['name']}"
    olds, news = ({item["id"]: item for item in side["items"]} for side in (old, new))
    items = [
        _item_change(name, olds.get(item), news.get(item))
        for item in dict.fromkeys((*olds, *news))
        if _verdict(olds.get(item)) != _verdict(news.get(item))
    ]
    return ChecklistChange(name, (old["score"], new["score"]), (old["verdict"], new["verdict"]), tuple(items))


def _verdict(item: Mapping[str, Any] | None) -> str | None:
    return None if item is None else item["verdict"]


def _item_change(checklist: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> ItemChange:
    shown = new or old or {}
    evidence = (new or {}).get("evidence") or (old or {}).get("evidence") or []
    span = tuple(evidence[0]["span"]) if evidence else None
    return ItemChange(
        checklist,
        shown["id"],
        shown["title"],
        _verdict(old),
        _verdict(new),
        (old or {}).get("reason", ""),
        (new or {}).get("reason", ""),
        span,
    )
