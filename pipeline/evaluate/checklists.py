"""Item verdicts against label files: agreement and Cohen's kappa, per item, per checklist and over all.

What the result leaves unsure is no claim: it is counted apart and enters neither agreement nor kappa. "Not
applicable" is a claim like pass and fail. The same figures between two people's labels say how far people
differ from each other (`people_agreement`), so that a team sees whether the tool differs more than that.

Cohen's kappa (J. Cohen, 1960) is ``(p_o - p_e) / (1 - p_e)``: the observed agreement over what two judges
with the same habits would agree on by chance. It is undefined where both know one answer only. Written out
here: a library for it would bring scipy along.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any

from pipeline.checklist import shipped_names
from pipeline.errors import InputError, UsageError
from pipeline.evaluate.labels import find_labels, load_label
from pipeline.evaluate.metric import Family, Metric, Score, Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from rich.table import Table

    from pipeline.evaluate.labels import Label
    from pipeline.report.schema import Analysis

UNSURE = "unsure"
ALL = "all"
_AT, _ARROW = "|", " > "
_DIGITS = 6
_NO_VALUE = "–"
_NOT_LABELLED = "checklists are not labelled"
_NOT_SCORED = "no labelled checklist is in this result"


@dataclass(frozen=True)
class Agreement:
    """How two judges' answers to the same items agree.

    Parameters
    ----------
    cells : mapping of (first's, second's) to count
        Verdicts; what the second leaves ``unsure`` is among them.
    """

    cells: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def decided(self) -> int:
        """Answers in which neither is unsure."""
        return sum(count for pair, count in self.cells.items() if UNSURE not in pair)

    @property
    def unsure(self) -> int:
        """Answers in which one is unsure."""
        return sum(self.cells.values()) - self.decided

    @property
    def agreed(self) -> int:
        """Decided answers that are the same."""
        return sum(count for (one, other), count in self.cells.items() if one == other != UNSURE)

    @property
    def share(self) -> float | None:
        """``agreed / decided``."""
        return self.agreed / self.decided if self.decided else None

    @property
    def unsure_share(self) -> float | None:
        """``unsure / all``."""
        total = self.decided + self.unsure
        return self.unsure / total if total else None

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa over the decided answers; ``None`` where chance alone would agree on all of them."""
        decided = {pair: count for pair, count in self.cells.items() if UNSURE not in pair and count}
        total = sum(decided.values())
        if not total:
            return None
        first: Counter[str] = Counter()
        second: Counter[str] = Counter()
        for (one, other), count in decided.items():
            first[one] += count
            second[other] += count
        by_chance = sum(first[name] * second[name] for name in first) / total**2
        if by_chance >= 1.0:
            return None
        return (self.agreed / total - by_chance) / (1.0 - by_chance)

    def __add__(self, other: Agreement) -> Agreement:
        cells = Counter(self.cells)
        cells.update(other.cells)
        return Agreement(dict(cells))

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain data; ``cells`` as ``{first's: {second's: count}}``."""
        rows: dict[str, dict[str, int]] = {}
        for (one, other), count in sorted(self.cells.items()):
            rows.setdefault(one, {})[other] = count
        return {
            "n": self.decided + self.unsure,
            "decided": self.decided,
            "agreed": self.agreed,
            "unsure": self.unsure,
            "agreement": _rounded(self.share),
            "kappa": _rounded(self.kappa),
            "cells": rows,
        }


def agreements(tally: Tally) -> dict[str, Agreement]:
    """Return the agreement per item (``leap.listen``), per checklist (``leap``) and over ``all``.

    Parameters
    ----------
    tally : Tally
        Of one call or of the sum of many, as `checklist_tally` makes it.
    """
    items: dict[str, dict[tuple[str, str], int]] = {}
    for key, count in tally.parts.items():
        name, _, pair = key.partition(_AT)
        one, _, other = pair.partition(_ARROW)
        items.setdefault(name, {})[(one, other)] = round(count)
    found = {name: Agreement(cells) for name, cells in sorted(items.items())}
    lists = dict.fromkeys(name.partition(".")[0] for name in found)
    sums = {
        one: reduce(
            Agreement.__add__, (a for name, a in found.items() if name.startswith(f"{one}.")), Agreement()
        )
        for one in lists
    }
    return {**found, **sums, ALL: reduce(Agreement.__add__, sums.values(), Agreement())}


Verdicts = dict[str, dict[str, str]]
"""Checklist name, item id, verdict."""


def checklist_tally(first: Mapping[str, Mapping[str, str]], second: Mapping[str, Mapping[str, str]]) -> Tally:
    """Count each pair of answers to the items that both have judged."""
    cells = Counter(
        f"{name}.{item}{_AT}{verdict}{_ARROW}{second[name][item]}"
        for name, items in first.items()
        for item, verdict in items.items()
        if item in second.get(name, {})
    )
    return Tally({key: float(count) for key, count in sorted(cells.items())})


def found_verdicts(analysis: Analysis) -> Verdicts:
    """Return the verdicts of a result's main lines."""
    return {one.name: {item.id: item.verdict for item in one.items} for one in analysis.checklists}


def score_checklists(label: Label, analysis: Analysis) -> Mapping[str, Score]:
    """Compare the verdicts of a result with those of the label, main lines only."""
    if label.checklists is None:
        return {metric.name: Score.none(_NOT_LABELLED) for metric in CHECKLISTS.metrics}
    tally = checklist_tally(label.checklists, found_verdicts(analysis))
    if not tally.parts:
        return {metric.name: Score.none(_NOT_SCORED) for metric in CHECKLISTS.metrics}
    return {metric.name: metric.score(tally) for metric in CHECKLISTS.metrics}


def _agreement(tally: Tally) -> float | None:
    return agreements(tally)[ALL].share


def _kappa(tally: Tally) -> float | None:
    return agreements(tally)[ALL].kappa


def _unsure(tally: Tally) -> float | None:
    return agreements(tally)[ALL].unsure_share


CHECKLISTS = Family(
    (
        Metric(
            "checklist_agreement",
            "checks\nagree",
            "Share of the labelled checklist lines with the same verdict, of those that the result decides.",
            "1",
            "high",
            _agreement,
            "nothing is decided",
            column=True,
        ),
        Metric(
            "checklist_kappa",
            "checks\nkappa",
            "Cohen's kappa of the same: agreement beyond chance; per line in the table of checklists.",
            "1",
            "high",
            _kappa,
            "both know one verdict only",
        ),
        Metric(
            "checklist_unsure",
            "checks\nunsure",
            "Share of the labelled checklist lines that the result leaves unsure.",
            "1",
            "low",
            _unsure,
            "no line is labelled",
            column=True,
        ),
    ),
    score_checklists,
)
ITEMS = "checklist_agreement"
"""The metric whose total tally holds every pair of verdicts (`agreements` reads it)."""


def checklists_json(tally: Tally) -> dict[str, Any]:
    """Return agreement and kappa per item, per checklist and over all, as plain data."""
    return {name: one.to_json() for name, one in agreements(tally).items()} if tally.parts else {}


def checklists_table(tally: Tally) -> Table:
    """One line an item, a checklist's sum behind its items, the sum of all last."""
    table = _table("line", "agree", "kappa", "decided", "unsure")
    for name, one in _in_order(agreements(tally)):
        table.add_row(
            name,
            _share(one.share),
            _shown(one.kappa),
            str(one.decided),
            str(one.unsure or "·"),
            style="" if "." in name else "bold",
            end_section="." not in name,
        )
    return table


# -- two people -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PeopleAgreement:
    """Two people's labels of the same calls.

    Parameters
    ----------
    tally : Tally
        Pairs of their verdicts.
    calls : int
        Labelled by both.
    alone : tuple of str
        Calls that only one of them has labelled.
    """

    tally: Tally
    calls: int
    alone: tuple[str, ...] = ()


def people_agreement(first_dir: Path, second_dir: Path) -> PeopleAgreement:
    """Compare the checklist labels of two people.

    Parameters
    ----------
    first_dir, second_dir : Path
        Each person's folder of label files; calls are matched by ``call_id``.

    Raises
    ------
    UsageError
        If a folder holds no label, or they have no call in common.
    InputError
        If a label file is not in order.
    """
    first, second = (_labelled(folder) for folder in (first_dir, second_dir))
    both = sorted(first.keys() & second.keys())
    if not both:
        raise UsageError(
            f"{first_dir} and {second_dir} have no labelled call in common.",
            "Calls are matched by call_id, and need the key checklists.",
        )
    tally = reduce(Tally.__add__, (checklist_tally(first[call], second[call]) for call in both), Tally())
    return PeopleAgreement(tally, len(both), tuple(sorted(first.keys() ^ second.keys())))


def _labelled(folder: Path) -> dict[str, Mapping[str, Mapping[str, str]]]:
    found: dict[str, Mapping[str, Mapping[str, str]]] = {}
    for path in find_labels(folder):
        label = load_label(path)
        if label.call_id in found:
            raise InputError(f"{path}: call_id {label.call_id} is there twice.")
        if label.checklists is not None:
            found[label.call_id] = label.checklists
    return found


def unknown_lines(label: Label, analysis: Analysis) -> Iterator[str]:
    """Yield the checklists and lines of a label that there are not: they are not scored.

    A shipped checklist that a result was not scored with is nothing to wonder at.
    """
    known = {one.name: {line.id for line in one.items} for one in analysis.checklists}
    for name, lines in (label.checklists or {}).items():
        if name not in known:
            if name not in shipped_names():
                yield f"there is no checklist {name} in the result; its labels are not scored."
            continue
        for line in lines:
            if line not in known[name]:
                yield f"there is no line {line} in the checklist {name}; its label is not scored."


def people_json(people: PeopleAgreement, first: Tally, second: Tally) -> dict[str, Any]:
    """Return how far the two people agree, and the tool with each of them, as plain data."""
    return {
        "calls": people.calls,
        "alone": list(people.alone),
        "between_people": checklists_json(people.tally),
        "with_first": checklists_json(first),
        "with_second": checklists_json(second),
    }


def people_table(people: PeopleAgreement, first: Tally, second: Tally) -> Table:
    """The people's agreement beside the tool's with each of them, marked where the tool differs more.

    Parameters
    ----------
    people : PeopleAgreement
    first, second : Tally
        Of the tool with the first and with the second person (`Total.tally` of `ITEMS`).
    """
    table = _table("line", "people", "kappa", "tool · 1st", "kappa", "tool · 2nd", "kappa", "")
    between, one, other = (agreements(tally) for tally in (people.tally, first, second))
    for name, ours in _in_order(between):
        tools = [side.get(name, Agreement()) for side in (one, other)]
        shares = [tool.share for tool in tools if tool.share is not None]
        lower = ours.share is not None and bool(shares) and max(shares) < ours.share
        figures = [text for tool in tools for text in (_share(tool.share), _shown(tool.kappa))]
        table.add_row(
            name,
            _share(ours.share),
            _shown(ours.kappa),
            *figures,
            "tool differs more" if lower else "",
            style="" if "." in name else "bold",
            end_section="." not in name,
        )
    return table


def _in_order(found: Mapping[str, Agreement]) -> Iterable[tuple[str, Agreement]]:
    """Yield items with their checklist's sum behind them, the sum of all last."""
    lists = [name for name in found if "." not in name and name != ALL]
    for one in lists:
        yield from ((name, found[name]) for name in found if name.startswith(f"{one}."))
        yield one, found[one]
    yield ALL, found[ALL]


def _table(*headings: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for k, heading in enumerate(headings):
        table.add_column(heading, justify="right" if k else "left", no_wrap=True)
    return table


def _share(value: float | None) -> str:
    return _NO_VALUE if value is None else f"{value:.0%}"


def _shown(value: float | None) -> str:
    return _NO_VALUE if value is None else f"{value:.2f}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
