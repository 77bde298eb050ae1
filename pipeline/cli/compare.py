"""``hearout compare``: two checklists, or two settings, over stored results: which calls change and why."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import completion, options
from pipeline.cli.console import Terminal, counted
from pipeline.cli.each_call import each_call, failed_rows
from pipeline.errors import ExitCode, InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.checklist.compare import ItemChange
    from pipeline.stages.compare import Compared, Side

STORED = "stored"
NONE = "–"
_LINE_AT_MOST = 24  # characters; longer ids of lines are folded
EXAMPLES = """
[bold]Examples[/bold]

  hearout compare hearout-results leap our-leap.yaml

  hearout compare hearout-results stored stricter.yaml --checklist leap

  hearout compare hearout-results stored stricter.yaml --json | jq '.calls[].checklists[].items'

Exit codes: 0 compared, whether or not anything differs · 1 a call could not be read · 2 wrong usage
"""


def compare(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of results, or of one call.", show_default=False)
    ],
    before: Annotated[
        str,
        typer.Argument(
            metavar="BEFORE",
            help="A checklist (name or file), a settings file, or [cyan]stored[/cyan]: as analysed.",
            show_default=False,
            autocompletion=completion.comparable,
        ),
    ],
    after: Annotated[
        str,
        typer.Argument(
            metavar="AFTER",
            help="The same; of the other one.",
            show_default=False,
            autocompletion=completion.comparable,
        ),
    ],
    checklist: Annotated[
        list[str] | None,
        typer.Option(
            "--checklist",
            metavar="NAME|FILE",
            autocompletion=completion.checklist,
            help="With settings: score against this one; repeatable.",
            show_default="all shipped ones",
            rich_help_panel=options.HOW,
        ),
    ] = None,
    json_: options.Json = False,
    quiet: options.Quiet = False,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="Both reasons of each change.", rich_help_panel=options.SAY),
    ] = False,
) -> None:
    """Compare two checklists, or two settings, over stored results: which calls change, and why.

    No audio, no model; nothing is written. With two checklists the lines of the
    same id are compared, both under the settings that each call was analysed
    with. With settings every checklist is scored under both.
    """
    from pipeline.stages.rescore import call_folders

    terminal = Terminal(json=json_, quiet=quiet, verbose=verbose)
    run = _Run(_sides(before, after, checklist or []), terminal)
    run.all(call_folders(folder))
    run.report()
    if run.failed:
        raise typer.Exit(ExitCode.SOME_FAILED)


def _sides(before: str, after: str, checklists: Sequence[str]) -> tuple[Side, Side]:
    from pipeline.checklist import known_moves, load_checklist, load_checklists
    from pipeline.settings import load_settings
    from pipeline.stages.compare import Side
    from pipeline.stages.rescore import Thresholds

    kinds = {name: _kind(name) for name in (before, after)}
    if set(kinds.values()) == {"checklist"}:
        if checklists:
            raise UsageError("--checklist goes with settings; here two checklists are compared.")
        moves = known_moves()
        first, second = (Side(name, (load_checklist(name, moves),)) for name in (before, after))
        return first, second
    if "checklist" in kinds.values():
        raise UsageError(
            f"{before} and {after} are not of one kind.", "Compare two checklists, or two settings files."
        )
    if set(kinds.values()) == {STORED}:
        raise UsageError("There is nothing to compare: both sides are as analysed.")
    loaded = load_checklists(checklists)
    one, other = (
        Side(name, loaded, None if name == STORED else Thresholds.of(load_settings(Path(name))))
        for name in (before, after)
    )
    return one, other


def _kind(name: str) -> str:
    """Tell a checklist from a settings file: only the former has items."""
    from pipeline.checklist import find_checklist, shipped_names

    if name == STORED:
        return STORED
    if name in shipped_names():
        return "checklist"
    import yaml

    path = find_checklist(name)
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"{path}: is not readable YAML.") from error
    return "checklist" if isinstance(data, dict) and {"items", "name"} & data.keys() else "settings"


@dataclass
class _Run:
    """One comparison over the calls of a folder."""

    sides: tuple[Side, Side]
    terminal: Terminal
    calls: list[Compared] = field(default_factory=list)
    failed: list[tuple[Path, InputError]] = field(default_factory=list)

    def all(self, folders: Sequence[Path]) -> None:
        from pipeline.batch.machine import processes_for
        from pipeline.stages.compare import compare_calls

        calls = compare_calls(folders, self.sides, processes=processes_for(len(folders)))
        self.calls += each_call(calls, self.terminal, "compare", len(folders), self.failed)

    def report(self) -> None:
        if self.terminal.json:
            typer.echo(json.dumps(self._document(), ensure_ascii=False, indent=1))
            return
        changed = [call for call in self.calls if call.changes]
        for call in changed:
            self._show(call)
        calls = counted(len(self.calls), "call")
        differ = "differs" if len(changed) == 1 else "differ"
        sides = f"{self.sides[0].name} → {self.sides[1].name}"
        told = f"{calls} compared ({sides}); {len(changed) or 'none'} {differ}."
        self.terminal.out.print(told, style="dim", markup=False, soft_wrap=True)

    def _document(self) -> dict[str, Any]:
        return {
            "before": self.sides[0].name,
            "after": self.sides[1].name,
            "calls": [
                {"id": call.folder.name, "checklists": [change.to_dict() for change in call.changes]}
                for call in self.calls
            ],
            "failed": failed_rows(self.failed),
        }

    def _show(self, call: Compared) -> None:
        """Print a call and its checklists as headings, and the lines that change below them."""
        from rich.padding import Padding
        from rich.table import Table
        from rich.text import Text

        out = self.terminal.out
        out.print(Text(call.folder.name, "bold"), soft_wrap=True)
        for change in call.changes:
            told = Text.assemble(f"  {change.name}  score {_pair(*map(_score, change.scores))}")
            if change.verdicts[0] != change.verdicts[1]:
                told.append(f"  {_verdicts(*change.verdicts)}")
            out.print(told, soft_wrap=True)
            table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
            for width in (_LINE_AT_MOST, None, None):
                table.add_column(overflow="fold", max_width=width)
            table.columns[1].no_wrap = True
            for one in change.items:
                cells = (one.item, _verdicts(one.before, one.after), self._why(one))
                table.add_row(*map(Text, cells))
            if change.items:
                out.print(Padding(table, (0, 0, 0, 4)))
        out.print()

    def _why(self, change: ItemChange) -> str:
        if not self.terminal.verbose:
            return change.why_after or change.why_before
        told = (("before", change.why_before), ("after", change.why_after))
        return "\n".join(f"{side}: {why}" for side, why in told if why)


def _score(score: float | None) -> str:
    return NONE if score is None else f"{score:.2f}"


def _verdicts(before: str | None, after: str | None) -> str:
    return _pair(*(None if one is None else one.replace("_", " ") for one in (before, after)))


def _pair(before: str | None, after: str | None) -> str:
    old, new = before or NONE, after or NONE
    return old if old == new else f"{old} → {new}"
