"""``hearout checklists``: which there are, what they ask, and whether a file of one's own is in order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import completion, options
from pipeline.cli.console import Terminal
from pipeline.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.checklist.load import LoadedChecklist
    from pipeline.checklist.model import FinerItem

app = typer.Typer(
    name="checklists",
    help="See the checklists that calls are scored against, and check your own.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings=options.HELP_NAMES,
    pretty_exceptions_show_locals=False,
)


@app.command(
    "list",
    context_settings=options.HELP_NAMES,
    epilog=options.examples(
        ("hearout checklists list", "the shipped ones"),
        ("hearout checklists list --json", "for scripts"),
    ),
)
def list_checklists(as_json: options.Json = False) -> None:
    """List the shipped checklists with their main lines."""
    from pipeline.checklist import load_checklists

    found = load_checklists()
    if as_json:
        _print_json({"checklists": [_row(one) for one in found]})
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    for title in ("checklist", "title", "lines"):
        table.add_column(title, no_wrap=title == "checklist")
    for one in found:
        lines = ", ".join(item.id for item in one.checklist.items)
        table.add_row(one.checklist.name, one.checklist.title, lines)
    out = Terminal().out
    out.print(table)
    out.print("hearout checklists show NAME prints what is checked; copy a file to write your own.")


@app.command(
    "show",
    context_settings=options.HELP_NAMES,
    epilog=options.examples(
        ("hearout checklists show leap", "what each line asks, in plain words"),
        ("hearout checklists show our-list.yaml", "a file of your own"),
        ("hearout checklists show last --yaml > our-last.yaml", "the file, to start your own from"),
    ),
)
def show_checklist(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE",
            help="A shipped checklist, or a file.",
            show_default=False,
            autocompletion=completion.checklist,
        ),
    ],
    folders: options.Moves = None,
    as_yaml: Annotated[
        bool, typer.Option("--yaml", help="Print the file as it is.", rich_help_panel=options.SAY)
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Show one checklist: its lines, what each checks, its source."""
    from pipeline.checklist import known_moves, load_checklist

    loaded = load_checklist(name, known_moves(folders or ()))
    if as_json:
        _print_json(loaded.checklist.model_dump(mode="json", by_alias=True, exclude_defaults=True))
    elif as_yaml:
        typer.echo(loaded.path.read_text(encoding="utf-8"), nl=False)
    else:
        out = Terminal().out
        for style, line in _lines(loaded):
            out.print(line, style=style, markup=False, soft_wrap=True)


@app.command(
    "validate",
    context_settings=options.HELP_NAMES,
    epilog=options.examples(
        ("hearout checklists validate our-list.yaml", "says what is wrong, and on which line"),
        ("hearout checklists validate lists/*.yaml --json", "for a build; exit code 1 if one is wrong"),
    ),
)
def validate_checklists(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="Checklists to check.", show_default=False)
    ],
    folders: options.Moves = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Check files of your own: form, names of moves, measures and phrases.

    Exit codes: 0 all are in order · 1 one is not · 2 a file is not there
    """
    from pipeline.checklist import known_moves, load_checklist

    terminal = Terminal(json=as_json, quiet=quiet)
    moves = known_moves(folders or ())
    rows: list[dict[str, Any]] = []
    for file in files:
        if not file.is_file():
            raise UsageError(f"{file}: no such file.", "Name the file of a checklist.")
        try:
            loaded = load_checklist(file, moves)
        except UsageError as error:
            rows.append({"file": str(file), "valid": False, "error": error.message, "hint": error.remedy})
            terminal.complain(error.message, error.remedy)
        else:
            rows.append({"file": str(file), "valid": True, **_row(loaded)})
            count = len(loaded.checklist.items)
            lines = "1 line" if count == 1 else f"{count} lines"
            told = f"{file}: in order ({loaded.checklist.name}, {lines})"
            terminal.out.print(told, markup=False, soft_wrap=True)
    if as_json:
        _print_json({"files": rows})
    if not all(row["valid"] for row in rows):
        raise typer.Exit(ExitCode.SOME_FAILED)


def _row(loaded: LoadedChecklist) -> dict[str, Any]:
    checklist = loaded.checklist
    return {
        "name": checklist.name,
        "title": checklist.title,
        "source": checklist.source,
        "pass_mark": checklist.pass_mark,
        "items": [
            {
                "id": item.id,
                "title": item.title,
                "weight": item.weight,
                "critical": item.critical,
                "items": [{"id": finer.id, "title": finer.title} for finer in item.items],
            }
            for item in checklist.items
        ],
    }


def _lines(loaded: LoadedChecklist) -> Iterator[tuple[str, str]]:
    checklist = loaded.checklist
    yield "bold", f"{checklist.title} ({checklist.name})"
    if checklist.about:
        yield "", checklist.about
    yield "dim", f"Source: {checklist.source}"
    yield "dim", f"Passes from {checklist.pass_mark * 100:.0f} % of the lines that are decided."
    for item in checklist.items:
        extra = [f"weight {item.weight:g}"] if item.weight != 1 else []
        extra += ["critical"] if item.critical else []
        yield "", ""
        yield "bold", f"{item.id}: {item.title}" + (f" ({', '.join(extra)})" if extra else "")
        yield from (("", f"  {line}") for line in _of_line(item))
        for finer in item.items:
            yield "", f"  - {finer.id}: {finer.title}"
            yield from (("dim", f"      {line}") for line in _of_line(finer))


def _of_line(line: FinerItem) -> Iterator[str]:
    from pipeline.checklist.describe import describe

    if line.about:
        yield line.about
    if line.not_applicable:
        yield f"not applicable: {line.not_applicable}"
    if line.check:
        yield f"passes with: {describe(line.check)}"
    if line.opposite:
        yield f"fails as: {line.opposite}"
    if line.unsure_when:
        yield f"unsure rather than failed with: {describe(line.unsure_when)}"
    if line.not_applicable_when:
        yield f"does not apply with: {describe(line.not_applicable_when)}"


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
