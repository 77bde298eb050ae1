"""``hearout explain``: why an event is what it is, drawn in the terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import options
from pipeline.cli.console import Terminal
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.report.assemble import Findings
    from pipeline.settings import Settings
    from pipeline.timeline import FloorEvent, Timeline

EXAMPLES = """
[bold]Examples[/bold]

  hearout explain hearout-results/call_01

  hearout explain hearout-results/call_01 3

  hearout explain hearout-results/call_01 3 --json | jq '.flips'
"""
_WIDTH_MAX = 110
_ASCII = str.maketrans({"═": "=", "█": "#", "·": "."})


def explain(
    call: Annotated[
        Path,
        typer.Argument(
            metavar="DIR/CALL", help="Folder of one call, as analyze wrote it.", show_default=False
        ),
    ],
    event: Annotated[
        int | None,
        typer.Argument(
            metavar="[EVENT]", help="Number of the event in the list.", show_default="list them all"
        ),
    ] = None,
    json_: options.Json = False,
) -> None:
    """Say why a verdict or an event is what it is: who spoke when, the deciding numbers, the thresholds.

    Without EVENT the verdicts are explained, with what would turn them round,
    and all events of the call are listed, numbered as in the result. With
    the number of one, its neighbourhood is drawn, with every number that
    decided, the thresholds it is judged by, those which would change the
    answer if they were a fifth higher or lower, and where to hear it. All of
    it is worked out anew from what is stored; no audio and no model is needed.
    """
    from pipeline.stages.rescore import call_folders, read_stored, stored_findings

    folders = call_folders(call)
    if folders != [call]:
        raise UsageError(f"{call}: holds {len(folders)} calls.", f"Name one, such as {folders[0]}.")
    stored = read_stored(call)
    findings = stored_findings(stored)
    events = tuple(findings.events)
    if event is not None and not 1 <= event <= len(events):
        has = f"its events are numbered 1 to {len(events)}" if events else "it has no events"
        raise UsageError(
            f"{call}: there is no event {event}; {has}.", f"List them with: hearout explain {call}"
        )
    terminal = Terminal(json=json_)
    if event is None:
        _show_all(stored.call.call_id, findings, terminal)
    else:
        timeline = findings.timeline
        _Explanation(stored.call.call_id, timeline, stored.settings, event, events[event - 1]).show(terminal)


def _show_all(call_id: str, findings: Findings, terminal: Terminal) -> None:
    from msgspec import to_builtins
    from rich.table import Table
    from rich.text import Text

    from pipeline.report import explain as say
    from pipeline.report.assemble import verdict_part

    events = findings.events
    if terminal.json:
        rows = [say.to_dict(n, one) for n, one in enumerate(events, 1)]
        verdicts = {name: to_builtins(verdict_part(verdict)) for name, verdict in findings.verdicts.items()}
        document = {"call": call_id, "verdicts": verdicts, "events": rows}
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    _show_verdicts(findings, terminal)
    if not events:
        terminal.out.print(f"{call_id}: no events.", markup=False)
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("#", "At", "Event", "By", "Sure", "Why"):
        right = heading in {"#", "At", "Sure"}
        table.add_column(heading, justify="right" if right else "left", no_wrap=heading != "Why")
    for n, one in enumerate(events, 1):
        style = "" if one.counts else "dim"
        table.add_row(*(Text(cell, style) for cell in say.row(n, one)))
    terminal.out.print(table)


def _show_verdicts(findings: Findings, terminal: Terminal) -> None:
    """Print the line on the vent, then each verdict with its reason and what would turn it round."""
    from rich.table import Table
    from rich.text import Text

    from pipeline.report.assemble import assemble
    from pipeline.report.headline import VERDICTS, headline, humanize
    from pipeline.timeline.plain import clock

    terminal.out.print(Text(headline(assemble(findings)), "bold"))
    table = Table.grid(padding=(0, 2, 0, 0))
    for name, verdict in findings.verdicts.items():
        told = Text(verdict.reason)
        for flip in verdict.would_flip:
            told.append(f"\nwould turn round: {flip}", "dim")
        for one in verdict.evidence:
            quote = f"  {one.text}" if one.text else ""
            told.append(f"\n{clock(one.span.start_s)}–{clock(one.span.end_s)}{quote}", "dim")
        table.add_row(Text(VERDICTS[verdict.outcome.value], "bold"), humanize(name), told)
    terminal.out.print(table)
    terminal.out.print()


class _Explanation:
    """One event, explained."""

    def __init__(
        self, call_id: str, timeline: Timeline, settings: Settings, number: int, event: FloorEvent
    ) -> None:
        from pipeline.report import explain as say
        from pipeline.timeline import find_flips

        self.call_id, self.timeline, self.settings = call_id, timeline, settings
        self.number, self.event = number, event
        self.numbers = say.numbers(event)
        self.thresholds = say.thresholds(event, settings)
        self.flips = find_flips(timeline, event, settings.floor)

    def show(self, terminal: Terminal) -> None:
        if terminal.json:
            typer.echo(json.dumps(self.to_dict(), ensure_ascii=False, indent=1))
            return
        from rich.table import Table
        from rich.text import Text

        from pipeline.report import explain as say
        from pipeline.report.headline import capitalized, humanize
        from pipeline.timeline.plain import percent

        out, event = terminal.out, self.event
        by = f" by the {event.by}" if event.by else ""
        title = f"{humanize(event.type.value)}{by}, {percent(event.confidence)} sure"
        out.print(Text.assemble((f"{self.number}  {title}", "bold"), (f"  ({self.call_id})", "dim")))
        out.print(Text(say.sentence(event)))
        out.print()
        ascii_only = out.options.ascii_only
        for line in self.lanes(min(out.width, _WIDTH_MAX)):
            out.print(Text(line.translate(_ASCII) if ascii_only else line), no_wrap=True, crop=False)
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column()
        table.add_column(justify="right", no_wrap=True)
        for one in self.numbers:
            table.add_row(Text(capitalized(one.meaning)), one.text)
        signed = any(one.unit == say.LOG_ODDS for one in self.numbers)
        hint = " (with a sign: log-odds, + speaks for cut off)" if signed else ""
        self._section(terminal, f"What was measured{hint}", table)
        limits = Table.grid(padding=(0, 2, 0, 0))
        for name, value in self.thresholds.items():
            limits.add_row(name, f"{value:.2f} s")
        self._section(terminal, "Thresholds it is judged by", limits)
        flips = Table.grid()
        for flip in self.flips:
            flips.add_row(Text(say.flip_sentence(flip, self.settings.floor)))
        if not self.flips:
            flips.add_row("None of them, moved by a fifth, would change the answer.")
        self._section(terminal, "What would change the answer", flips)
        out.print(f"\nListen: {say.listen_at(event)}", markup=False)

    def _section(self, terminal: Terminal, title: str, body: Any) -> None:
        from rich.padding import Padding
        from rich.text import Text

        terminal.out.print(Text(f"\n{title}", "bold"))
        terminal.out.print(Padding(body, (0, 0, 0, 2)))

    def lanes(self, width: int) -> list[str]:
        """Draw the neighbourhood."""
        from pipeline.report.lanes import draw_lanes

        return draw_lanes(self.timeline, self.event, width)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it for machines."""
        from pipeline.report import explain as say

        return {
            "call": self.call_id,
            "event": say.to_dict(self.number, self.event),
            "numbers": [
                {"name": one.name, "meaning": one.meaning, "value": round(one.value, 3), "unit": one.unit}
                for one in self.numbers
            ],
            "thresholds": self.thresholds,
            "flips": [
                {
                    "threshold": f"floor.{flip.threshold}",
                    "value_s": round(flip.value_s, 3),
                    "becomes": flip.becomes.value if flip.becomes else None,
                }
                for flip in self.flips
            ],
            "lanes": self.lanes(_WIDTH_MAX),
        }
