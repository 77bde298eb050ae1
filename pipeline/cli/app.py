"""The command ``hearout``: registers the commands and turns errors into one sentence and an exit code."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import NoReturn

import typer

from pipeline import __version__
from pipeline.cli import (
    analyze,
    batch,
    checklists,
    compare,
    evaluate,
    explain,
    export,
    import_calls,
    models,
    moves,
    options,
    report,
    rescore,
    swap_roles,
    watch,
)
from pipeline.cli.console import REPORT, Terminal, trace
from pipeline.errors import ExitCode, HearoutError, OutputError, causes, fault
from pipeline.files import of_the_disk

# One thread of linear algebra: its sums differ in the last digits with their number, and results must not.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}

app = typer.Typer(
    name="hearout",
    help=(
        "Did the agent let the customer say it all before solving, and listen as much as they talked?\n\n"
        "Recorded calls go in; out come who spoke when, a timed transcript, talk/listen figures and a page "
        "on which every claim can be played. Nothing leaves this machine."
    ),
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings=options.HELP_NAMES,
    pretty_exceptions_show_locals=False,  # locals would print transcripts
    epilog=(
        "[bold]Start here[/bold]\n\n"
        "  hearout analyze call.wav\n\n"
        "  hearout analyze recordings/*.flac --out results --agent-channel left\n\n"
        "Exit codes: 0 done · 1 some inputs failed · 2 wrong usage · 3 a model is missing · "
        "4 output can't be written · 130 interrupted"
    ),
)
app.command(rich_help_panel="Calls", epilog=analyze.EXAMPLES)(analyze.analyze)
app.command("import", rich_help_panel="Calls", epilog=import_calls.EXAMPLES)(import_calls.import_calls)
app.command(rich_help_panel="Calls", epilog=batch.EXAMPLES)(batch.batch)
app.command(rich_help_panel="Calls", epilog=watch.EXAMPLES)(watch.watch)
app.command(rich_help_panel="Calls", epilog=explain.EXAMPLES)(explain.explain)
app.command(rich_help_panel="Calls", epilog=rescore.EXAMPLES)(rescore.rescore)
app.command("swap-roles", rich_help_panel="Calls", epilog=swap_roles.EXAMPLES)(swap_roles.swap_roles)
app.command(rich_help_panel="Calls", epilog=export.EXAMPLES)(export.export)
app.command(rich_help_panel="Calls", epilog=report.EXAMPLES)(report.report)
app.command(rich_help_panel="Quality", epilog=evaluate.EXAMPLES)(evaluate.evaluate)
app.command(rich_help_panel="Quality", epilog=compare.EXAMPLES)(compare.compare)
app.add_typer(checklists.app, name="checklists", rich_help_panel="Quality")
app.add_typer(moves.app, name="moves", rich_help_panel="Quality")
app.add_typer(models.app, name="models", rich_help_panel="Set-up")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hearout {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(
        False, "--version", help="Print the version and leave.", callback=_show_version, is_eager=True
    ),
) -> None:
    """Hold the options that stand before a command."""


def main() -> None:
    """Run the command line; the only place that prints errors and sets the exit code."""
    os.environ.update({name: value for name, value in _ENVIRONMENT.items() if name not in os.environ})
    if isinstance(sys.stdout, TextIOWrapper):  # what can't be written, as of a folder's name, stops nothing
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            app()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # what can't be written is noticed here, not while Python ends
    except HearoutError as error:
        _leave(error)
    except BaseException as error:
        led = tuple(causes(error))
        if any(isinstance(cause, KeyboardInterrupt) for cause in led):
            _leave(HearoutError("Interrupted; finished calls are kept."), ExitCode.INTERRUPTED)
        if isinstance(error, BrokenPipeError | SystemExit) and any(
            isinstance(cause, BrokenPipeError) for cause in led
        ):
            _let_go_of_stdout()  # the reader (head, less) has gone: no error of ours
            sys.exit(ExitCode.OK)
        if isinstance(error, SystemExit):
            raise
        if of_the_disk(error):
            _let_go_of_stdout()
            reason = (getattr(error, "strerror", None) or str(error)).lower()
            _leave(OutputError(f"The output can't be written: {reason}.", "Write elsewhere."))
        trace(error)
        _leave(HearoutError(f"This is {fault(error)}.", REPORT))


def _leave(error: HearoutError, code: ExitCode | None = None) -> NoReturn:
    with suppress(OSError):  # stderr may be as full as stdout
        Terminal().complain(error.message, error.remedy)
    sys.exit(error.exit_code if code is None else code)


def _let_go_of_stdout() -> None:
    """Give what Python still holds for stdout to nobody, or it would try again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
