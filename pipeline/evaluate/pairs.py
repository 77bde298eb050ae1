"""Pairs: the dual-channel result of a call against the mono result of the same call.

The dual one, where the parties have a channel each, is the yardstick: how much is lost where they share one.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from pipeline.evaluate.events import count_matches, detection, f1
from pipeline.evaluate.metric import Tally
from pipeline.evaluate.run import RESULT_NAME, load_result
from pipeline.evaluate.speech import PARTIES, found_speech, frame_confusion
from pipeline.evaluate.speech import f1 as speech_f1
from pipeline.timeline import EventType

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.table import Table

    from pipeline.report.schema import Analysis

_DUAL, _MONO = ".dual", ".mono"
_COUNTING = tuple(kind.value for kind in EventType if kind.counts)
_NO_FLOOR_ACT = (  # nobody's act, or taken from what was said rather than from who spoke when
    EventType.SILENCE,
    EventType.HOLD,
    EventType.VENT,
    EventType.FIRST_SOLUTION,
    EventType.TRANSFER,
)
_ACTS = frozenset(kind.value for kind in EventType if kind not in _NO_FLOOR_ACT)


@dataclass(frozen=True)
class Pair:
    """One call, heard both ways.

    Parameters
    ----------
    call : str
        The id without its ending.
    ratio_difference : float or None
        Agent's talk ratio of the mono result less that of the dual one; ``None`` where one has none.
    speech : Tally
        Frames of both parties' speech: in both, in the mono result alone, in the dual one alone.
    counting : Tally
        Interruptions, of both kinds and by both parties, that start within a second of each other.
    events : Tally
        Everything somebody did on the floor, of the same type and by the same party, likewise.
    """

    call: str
    ratio_difference: float | None
    speech: Tally
    counting: Tally
    events: Tally

    def to_dict(self) -> dict[str, Any]:
        """Return the figures for machines."""
        return {
            "call": self.call,
            "talk_ratio_difference": _rounded(self.ratio_difference),
            "speech_f1": _rounded(speech_f1(self.speech)),
            "interruptions_f1": _rounded(f1(self.counting)),
            "events_f1": _rounded(f1(self.events)),
        }


def find_pairs(results_dir: Path) -> list[Pair]:
    """Compare every ``<call>.dual`` result in a folder with ``<call>.mono`` beside it, by name.

    Raises
    ------
    InputError
        If a result can't be read.
    """
    pairs = []
    for path in sorted(results_dir.glob(f"*{_DUAL}/{RESULT_NAME}")):
        call = path.parent.name.removesuffix(_DUAL)
        other = results_dir / f"{call}{_MONO}" / RESULT_NAME
        if other.is_file():
            pairs.append(compare(call, load_result(path), load_result(other)))
    return pairs


def compare(call: str, dual: Analysis, mono: Analysis) -> Pair:
    """Compare two results of one call; the first is the yardstick."""
    ratios = [one.measures.get("talk_ratio_agent") for one in (mono, dual)]
    known = [ratio for ratio in ratios if ratio is not None]
    reference, found = found_speech(dual), found_speech(mono)
    speech = Tally()
    if reference is not None and found is not None:
        speech = sum((frame_confusion(reference[p], found[p]) for p in PARTIES), Tally())
    return Pair(
        call,
        known[0] - known[1] if len(known) == 2 else None,
        speech,
        sum((detection(_starts(dual, by=p), _starts(mono, by=p)) for p in PARTIES), Tally()),
        _same_events(dual, mono),
    )


def _starts(analysis: Analysis, by: str) -> list[float]:
    return sorted(e.start_s for e in analysis.events if e.type in _COUNTING and e.by == by)


def _same_events(dual: Analysis, mono: Analysis) -> Tally:
    kinds = {
        (event.type, event.by)
        for event in (*dual.events, *mono.events)
        if event.by is not None and event.type in _ACTS
    }
    tally = Tally({"tp": 0.0, "fp": 0.0, "fn": 0.0})
    for kind in sorted(kinds, key=str):
        labelled, found = (
            sorted(event.start_s for event in one.events if (event.type, event.by) == kind)
            for one in (dual, mono)
        )
        both = count_matches(labelled, found)
        tally += Tally({"tp": float(both), "fp": float(len(found) - both), "fn": float(len(labelled) - both)})
    return tally


def to_json(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return all pairs and their totals for machines; pooled figures are from the summed parts."""
    differences = [abs(pair.ratio_difference) for pair in pairs if pair.ratio_difference is not None]
    return {
        "schema": "hearout.pairs/1",
        "pairs": [pair.to_dict() for pair in pairs],
        "total": {
            "pairs": len(pairs),
            "talk_ratio_difference_mean": _rounded(fmean(differences)) if differences else None,
            "talk_ratio_difference_worst": _rounded(max(differences)) if differences else None,
            "speech_f1": _rounded(speech_f1(sum((pair.speech for pair in pairs), Tally()))),
            "interruptions_f1": _rounded(f1(sum((pair.counting for pair in pairs), Tally()))),
            "events_f1": _rounded(f1(sum((pair.events for pair in pairs), Tally()))),
        },
    }


def pairs_table(pairs: Sequence[Pair]) -> Table:
    """Return the pairs as a table for people, the totals last."""
    from rich.table import Table

    table = Table(title="Mono against dual, the same calls", title_justify="left", box=None)
    table.add_column("call")
    for heading in ("talk ratio", "speech F1", "interruptions F1", "events F1"):
        table.add_column(heading, justify="right")
    document = to_json(pairs)
    for row in document["pairs"]:
        figures = (row["speech_f1"], row["interruptions_f1"], row["events_f1"])
        table.add_row(row["call"], _shown(row["talk_ratio_difference"], "+.3f"), *map(_shown, figures))
    total = document["total"]
    figures = (total["speech_f1"], total["interruptions_f1"], total["events_f1"])
    table.add_row("all", _shown(total["talk_ratio_difference_mean"], "±.3f"), *map(_shown, figures))
    return table


def _shown(value: float | None, form: str = ".3f") -> str:
    if value is None:
        return "–"
    return f"±{value:{form[1:]}}" if form.startswith("±") else f"{value:{form}}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
