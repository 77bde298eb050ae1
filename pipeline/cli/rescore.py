"""``hearout rescore``: stored calls again with other thresholds, no audio and no model."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import options
from pipeline.cli.console import Terminal, counted
from pipeline.cli.each_call import each_call, failed_rows
from pipeline.errors import ExitCode, InputError, UsageError

if TYPE_CHECKING:
    from pipeline.stages.changes import Changes
    from pipeline.stages.rescore import Thresholds
    from pipeline.stages.rescore_many import ScoredAgain

EXAMPLES = """
[bold]Examples[/bold]

  hearout rescore hearout-results --config stricter.yaml --dry-run

  hearout rescore hearout-results --config stricter.yaml

  hearout rescore hearout-results/call_01 --agent-channel right --json | jq '.calls\\[0].changed'
"""


def rescore(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="Folder of results, or of one call, as analyze wrote it.", show_default=False
        ),
    ],
    config: options.Config = None,
    checklist: options.Checklists = None,
    agent_channel: Annotated[
        str | None,
        typer.Option(
            metavar="left|right|auto",
            help="Which channel the agent is on; auto decides by what is said.",
            show_default="as analysed",
            rich_help_panel=options.HOW,
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Only show what would change; write nothing.", rich_help_panel=options.WHERE
        ),
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            min=1,
            help="Processes that score at the same time.",
            show_default="one per core from 200 calls on",
            rich_help_panel=options.HOW,
        ),
    ] = None,
    json_: options.Json = False,
    quiet: options.Quiet = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose", "-v", help="Every measure and line that changed.", rich_help_panel=options.SAY
        ),
    ] = False,
) -> None:
    """Score stored calls again with other thresholds: no audio, no model, milliseconds a call.

    Results and pages in DIR are written anew, the same as a fresh analysis with
    those settings would give. The settings named turns, floor, vent, talk and
    checklists are the defaults, with those of --config over them; so a rescore without --config
    goes back to the defaults. What shaped the stored words and speech (audio,
    speech, words) stays as it was. So does the agent's channel, unless it is
    given here or in the file. A page without audio gets none.
    """
    from pipeline.batch.lock import locked, locked_call
    from pipeline.stages.rescore import call_folders

    terminal = Terminal(json=json_, quiet=quiet, verbose=verbose)
    thresholds = _thresholds(config, agent_channel, tuple(checklist or ()))
    run = _Run(thresholds, terminal, write=not dry_run, workers=workers)
    folders = call_folders(folder)
    one = folders == [folder]
    with nullcontext() if dry_run else locked_call(folder) if one else locked(folder):
        run.all(folders)
        if not dry_run and not one:
            run.link(folders)
    run.report()
    if run.failed:
        raise typer.Exit(ExitCode.SOME_FAILED)


def _thresholds(config: Path | None, agent_channel: str | None, checklists: tuple[str, ...]) -> Thresholds:
    from pipeline.settings import load_settings
    from pipeline.stages.checklists import checklists_of
    from pipeline.stages.rescore import Thresholds

    if agent_channel not in (None, "left", "right", "auto"):
        raise UsageError(f"--agent-channel takes left, right or auto, not {agent_channel!r}.")
    settings = load_settings(config)
    settings = replace(settings, checklists=checklists or settings.checklists)
    checklists_of(settings)  # a misspelt one is noticed before anything runs
    return Thresholds.of(settings, agent_channel)  # type: ignore[arg-type]  # checked


_SHOWN = ("talk_ratio_agent", "interruptions_by_agent")


def _as_document(call: ScoredAgain) -> dict[str, Any]:
    changes = call.changes
    return {
        "id": call.folder.name,
        "result": str(call.folder / "analysis.json"),
        "changed": {
            "measures": {
                name: {"before": before, "after": after} for name, (before, after) in changes.measures.items()
            },
            "events_new": [_brief(event) for event in changes.events_new],
            "events_gone": [_brief(event) for event in changes.events_gone],
            "verdicts": {
                name: {"before": before, "after": after} for name, (before, after) in changes.verdicts.items()
            },
        },
    }


def _brief(event: Any) -> dict[str, Any]:
    return {name: event.get(name) for name in ("type", "by", "start_s", "end_s", "confidence")}


@dataclass
class _Run:
    """One run over the calls of a folder."""

    thresholds: Thresholds
    terminal: Terminal
    write: bool
    workers: int | None = None
    done: list[ScoredAgain] = field(default_factory=list)
    failed: list[tuple[Path, InputError]] = field(default_factory=list)

    def all(self, folders: list[Path]) -> None:
        from pipeline.batch.machine import processes_for
        from pipeline.stages.rescore_many import rescore_calls

        processes = self.workers or processes_for(len(folders))
        calls = rescore_calls(folders, self.thresholds, shown=_SHOWN, write=self.write, processes=processes)
        self.done += each_call(calls, self.terminal, "rescore", len(folders), self.failed)

    def link(self, folders: list[Path]) -> None:
        from pipeline.stages.link import link_folder

        count = len(link_folder(folders))
        if count:
            calls = "1 call now knows" if count == 1 else f"{count} calls now know"
            self.terminal.say(f"{calls} of the customer's later calls.")

    def report(self) -> None:
        if self.terminal.json:
            typer.echo(json.dumps(self._document(), ensure_ascii=False, indent=1))
            return
        if self.terminal.quiet or not self.done:
            return
        changed = [one for one in self.done if one.changes]
        measured = [one for one in changed if one.changes.measured]
        judged = [one for one in changed if one.changes.verdicts]
        if measured:
            self.terminal.out.print(self._table(measured))
        if measured and judged:
            self.terminal.out.print()
        if judged:
            self.terminal.out.print(self._verdicts(judged))
        verb = "scored again" if self.write else "looked at, nothing written"
        calls = counted(len(self.done), "call")
        differ = "differs" if len(changed) == 1 else "differ"
        self.terminal.out.print(
            f"{calls} {verb}; {len(changed) or 'none'} {differ}.", style="dim", markup=False
        )

    def _document(self) -> dict[str, Any]:
        return {
            "written": self.write,
            "calls": [_as_document(call) for call in self.done],
            "failed": failed_rows(self.failed),
        }

    def _table(self, changed: list[ScoredAgain]) -> Any:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        table.add_column("Call", overflow="fold")
        for heading in ("Talk ratio", "Agent cut in", "Events", "Other measures"):
            table.add_column(heading, justify="left" if heading == "Other measures" else "right")
        for one in changed:
            ratio, cuts = (one.shown[name] for name in _SHOWN)
            others = [name for name in one.changes.measures if name not in _SHOWN]
            if self.terminal.verbose:
                rest = "\n".join(_named(name, *one.changes.measures[name]) for name in others)
            else:
                rest = f"{len(others)} changed" if others else ""
            table.add_row(
                Text(one.folder.name),
                _pair(*ratio, ".3f"),
                _pair(*cuts, ".0f"),
                _events(one.changes),
                Text(rest),
            )
        return table

    def _verdicts(self, judged: list[ScoredAgain]) -> Any:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        table.add_column("Call", overflow="fold")
        table.add_column("Verdicts that change")
        for one in judged:
            told = _judged(one.changes, lines=self.terminal.verbose)
            table.add_row(Text(one.folder.name), Text(told))
        return table


def _judged(changes: Changes, *, lines: bool) -> str:
    """Name the verdicts that changed; those of main lines (``leap.listen``) with `lines` only."""
    told, within = [], 0
    for name, (before, after) in changes.verdicts.items():
        of_line = "." in name
        within += of_line
        if lines or not of_line:
            shown = name if of_line else name.replace("_", " ")
            told.append(f"{shown}: {before.replace('_', ' ')} → {after.replace('_', ' ')}")
    if within and not lines:
        told.append(counted(within, "line of a checklist", "lines of checklists"))
    return "\n".join(told)


def _pair(before: float | None, after: float | None, form: str) -> str:
    old, new = ("–" if value is None else format(value, form) for value in (before, after))
    return old if before == after else f"{old} → {new}"


def _named(name: str, before: float | None, after: float | None) -> str:
    return f"{name} {_pair(before, after, '.3f')}"


def _events(changes: Changes) -> str:
    new, gone = len(changes.events_new), len(changes.events_gone)
    return ", ".join(f"{count} {word}" for count, word in ((new, "new"), (gone, "gone")) if count)
