"""The figures for machines and for people.

For machines (``--json``), schema ``hearout.evaluation/1``; a new metric is a new key::

    schema   "hearout.evaluation/1"
    calls    [{id, call_id, layout, scores{metric: number|null}, parts{metric: {part: number}},
               reasons{metric: why there is no number}}]                          worst call first
    confusion  {labelled type: {found type: count}}            events, all calls; "none": on one side only
    verdicts   {labelled verdict: {found verdict: count}}      on the vent, all calls
    total    {metric: {scored, mean, worst, worst_call, worst_metric, pooled, parts{}}}
    checklists  {"all"|checklist|item: {agreement, kappa, decided, unsure}}   verdicts of lines, all calls
    missing  [{call_id, label, audio|null, command}]           labels without a result
    failed   [{file, error}]                                   files that can't be used
    notes    [{code, message, call|null}]
    metrics  {metric: {unit, aim, definition}}                 aim: high, low, or zero (signed)

Numbers are rounded to 6 decimals. ``mean`` and ``worst`` run over calls (for `speech_f1` over channels), of
absolute values where the aim is zero; ``pooled`` is the formula over the summed ``parts``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.evaluate.checklists import ITEMS, checklists_json, checklists_table
from pipeline.evaluate.events import CONFUSION, NONE
from pipeline.evaluate.families import METRICS
from pipeline.evaluate.metric import confusion
from pipeline.evaluate.vents import VERDICT_CONFUSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console
    from rich.table import Table

    from pipeline.evaluate.metric import Metric, Row, Total
    from pipeline.evaluate.run import Evaluation

SCHEMA_ID = "hearout.evaluation/1"
_DIGITS = 6
_NO_VALUE = "–"
_UNCUT = 10_000  # columns
_NAMES_LEAST, _NAMES_SHARE = 16, 0.4  # of a terminal's width, for the names of calls
_CONFUSIONS = {
    CONFUSION: "events: rows labelled, columns found; none: on the other side only",
    VERDICT_CONFUSION: "verdict on the vent: rows labelled, columns found",
}
_LEGEND = "edge: seconds · lost: none within 0.5 s · meanings: --verbose"


def to_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return the figures as plain data, laid out as above."""
    return {
        "schema": SCHEMA_ID,
        "calls": [_call(row) for row in evaluation.rows],
        "confusion": _confusion(evaluation, CONFUSION),
        "checklists": checklists_json(evaluation.totals[ITEMS].tally),
        "verdicts": _confusion(evaluation, VERDICT_CONFUSION),
        "total": {name: _total(one) for name, one in evaluation.totals.items()},
        "missing": [
            {
                "call_id": one.call_id,
                "label": str(one.label),
                "audio": None if one.audio is None else str(one.audio),
                "command": one.command,
            }
            for one in evaluation.missing
        ],
        "failed": [{"file": str(one.path), "error": one.error} for one in evaluation.failed],
        "notes": [{"code": one.code, "message": one.message, "call": one.call} for one in evaluation.remarks],
        "metrics": {
            name: {"unit": metric.unit, "aim": metric.aim, "definition": metric.definition}
            for name, metric in METRICS.items()
        },
    }


def _call(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "call_id": row.call_id,
        "layout": row.layout,
        "scores": {name: _rounded(score.value) for name, score in row.scores.items()},
        "parts": {name: _parts(score.tally.parts) for name, score in row.scores.items() if score.tally.parts},
        "reasons": {name: score.reason for name, score in row.scores.items() if score.reason},
    }


def _confusion(evaluation: Evaluation, metric: str) -> dict[str, dict[str, int]]:
    rows: dict[str, dict[str, int]] = {}
    for (label, found), count in sorted(confusion(evaluation.totals[metric].tally).items()):
        rows.setdefault(label, {})[found] = round(count)
    return rows


def _total(total: Total) -> dict[str, Any]:
    return {
        "scored": total.scored,
        "mean": _rounded(total.mean),
        "worst": _rounded(total.worst),
        "worst_call": total.worst_call,
        "worst_metric": total.worst_metric,
        "pooled": _rounded(total.pooled),
        "parts": _parts(total.tally.parts),
    }


def _parts(parts: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, _DIGITS) for name, value in parts.items()}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)


def print_tables(evaluation: Evaluation, console: Console, *, definitions: bool = False) -> None:
    """Print the table of calls; with `definitions` also every metric with its meaning and event types.

    Where the console is no terminal, lines are as wide as the table needs: nothing is cut off in a pipe. On
    a terminal that is too narrow for it, the table of calls comes in parts, each with the calls' names.
    """
    calls = calls_tables(evaluation, console)
    tables = []
    if definitions:
        tables.append(metrics_table(evaluation))
        for metric, caption in _CONFUSIONS.items():
            cells = confusion(evaluation.totals[metric].tally)
            if cells:
                tables.append(confusion_table(cells, caption))
    if definitions and evaluation.totals[ITEMS].tally.parts:
        tables.append(checklists_table(evaluation.totals[ITEMS].tally))
    if not console.is_terminal:
        console.width = max(console.width, *(_uncut_width(one, console) for one in (*calls, *tables)))
    for table in calls:
        console.print(table)
    console.print(_LEGEND, style="dim")
    for table in tables:
        console.print(table)


def _uncut_width(table: Table, console: Console) -> int:
    return console.measure(table, options=console.options.update(max_width=_UNCUT)).maximum


def calls_tables(evaluation: Evaluation, console: Console) -> list[Table]:
    """Return the table of calls, in as many parts as the terminal's width asks for."""
    columns = [metric for metric in METRICS.values() if metric.column]
    if not console.is_terminal:
        return [calls_table(evaluation, columns)]
    names_at_most = max(_NAMES_LEAST, int(console.width * _NAMES_SHARE))
    parts: list[list[Metric]] = [[]]
    for metric in columns:
        wider = calls_table(evaluation, [*parts[-1], metric], names_at_most)
        if parts[-1] and _uncut_width(wider, console) > console.width:
            parts.append([])
        parts[-1].append(metric)
    return [calls_table(evaluation, part, names_at_most) for part in parts]


def calls_table(evaluation: Evaluation, columns: Sequence[Metric], names_at_most: int | None = None) -> Table:
    """One line a call, worst first, then labels without a result, then the totals.

    Parameters
    ----------
    evaluation : Evaluation
    columns : sequence of Metric
    names_at_most : int, optional
        Characters; longer names of calls are folded.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("call", overflow="fold", max_width=names_at_most)
    for metric in columns:
        table.add_column(metric.title, justify="right", no_wrap=True)
    for row in evaluation.rows:
        table.add_row(Text(row.id), *(_shown(metric, row.scores[metric.name].value) for metric in columns))
    for missing in evaluation.missing:
        table.add_row(Text(f"{missing.call_id} missing", "yellow"), *(_NO_VALUE for _ in columns))
    for failed in evaluation.failed:
        table.add_row(Text(f"{failed.path.name} failed", "red"), *(_NO_VALUE for _ in columns))
    table.add_section()
    totals = [(metric, evaluation.totals[metric.name]) for metric in columns]
    table.add_row("mean", *(_shown(metric, one.mean, unsigned=True) for metric, one in totals), style="bold")
    table.add_row("worst", *(_shown(metric, one.worst) for metric, one in totals), style="bold")
    table.add_row("pooled", *(_shown(metric, one.pooled) for metric, one in totals), style="bold")
    table.add_row("calls scored", *(str(one.scored) for _, one in totals), style="dim")
    return table


def metrics_table(evaluation: Evaluation) -> Table:
    """Every metric with its totals and what it means."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("metric", no_wrap=True)
    for heading in ("mean", "worst", "pooled"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("meaning", max_width=80)
    for name, metric in METRICS.items():
        one = evaluation.totals[name]
        shown = (
            _shown(metric, one.mean, unsigned=True),
            _shown(metric, one.worst),
            _shown(metric, one.pooled),
        )
        table.add_row(name, *shown, metric.definition)
    return table


def confusion_table(cells: Mapping[tuple[str, str], float], caption: str) -> Table:
    """What was labelled (rows) and what was found in its place (columns), all calls together."""
    from rich import box
    from rich.table import Table

    known = {name for pair in cells for name in pair}
    types = [*sorted(known - {NONE}), *([NONE] if NONE in known else [])]
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        header_style="bold",
        caption=caption,
        caption_justify="left",
    )
    table.add_column("labelled", no_wrap=True)
    for name in types:
        table.add_column(name.replace("_", "\n"), justify="right")
    for label in types:
        counts = [cells.get((label, found), 0.0) for found in types]
        table.add_row(label, *(f"{count:.0f}" if count else "·" for count in counts))
    return table


def _shown(metric: Metric, value: float | None, *, unsigned: bool = False) -> str:
    if value is None:
        return _NO_VALUE
    return format(value, metric.shown.removeprefix("+") if unsigned else metric.shown)
