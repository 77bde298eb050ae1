"""``hearout batch``: a folder, a pattern or a manifest of recordings."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import options
from pipeline.cli.console import Terminal
from pipeline.cli.groups import takes_groups
from pipeline.cli.overrides import Overrides, overlay
from pipeline.errors import ExitCode

if TYPE_CHECKING:
    from pipeline.batch.options import BatchOptions
    from pipeline.batch.summary import Summary

EXAMPLES = options.examples(
    ("hearout batch recordings --out results", "a folder, with its subfolders"),
    ("hearout batch recordings --out results", "once more: goes on, and does what is new"),
    ("hearout batch calls.csv --out results", "a manifest: path, agent, recorded_at, …"),
    ("hearout batch 'recordings/2025-*/*.wav' --out results --dry-run", "what would be done, and how long"),
    ("hearout batch s3://bucket/calls --out results --workers 4", "behind a URL"),
    ("hearout batch recordings --out results --retry-failed", "what is listed in results/failures.csv"),
)

Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        help="Worker processes.",
        show_default="as many as cores and memory allow",
        rich_help_panel=options.HOW,
    ),
]
RetryFailed = Annotated[
    bool,
    typer.Option("--retry-failed", help="Try again what failed earlier.", rich_help_panel=options.HOW),
]


@dataclass(frozen=True)
class Running:
    """Options of a run over many calls, as a group: the same for batch and watch."""

    out: options.Out = options.DEFAULT_OUT
    database: options.Database = None
    no_audio: options.NoAudio = False
    audio_beside: options.AudioBeside = False
    config: options.Config = None
    workers: Workers = None
    retry_failed: RetryFailed = False
    offline: options.Offline = False

    def over(self, source: str, given: Overrides) -> BatchOptions:
        """Return what a run over a source is told to do.

        Raises
        ------
        UsageError
            If the settings are wrong.
        """
        from pipeline.batch.config import load_config
        from pipeline.batch.options import BatchOptions

        settings, many = load_config(self.config)
        if self.workers is not None:
            many = replace(many, workers=self.workers)
        return BatchOptions(
            source,
            self.out,
            overlay(settings, given),
            many,
            offline=self.offline,
            page_audio=options.page_audio(no_audio=self.no_audio, beside=self.audio_beside),
            retry_failed=self.retry_failed,
            database=self.database,
        )


@takes_groups
def batch(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A folder, a pattern in quotes, a manifest (.csv, .jsonl), or a URL of one of these.",
            show_default=False,
        ),
    ],
    *,
    running: Running,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Only show what would be done, and how long it would take.",
            rich_help_panel=options.WHERE,
        ),
    ] = False,
    given: Overrides,
    json_: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Analyse many recordings: parallel, resumable, nothing lost.

    Each call is written as soon as it is done; the same command again does what
    is new, changed or was interrupted. A recording that can't be analysed fails
    alone and is listed in [cyan]OUT/failures.csv[/cyan]; one that is there twice is
    analysed once.
    """
    terminal = Terminal(json=json_, quiet=quiet, verbose=verbose)
    told = running.over(source, given)
    if dry_run:
        _show_plan(told, terminal)
        return
    from pipeline.batch.run import run_batch
    from pipeline.batch.stop import Stop
    from pipeline.cli.batch_view import view_for

    stop = Stop()
    with stop.on_signals(), view_for(terminal, typer.echo) as view:
        summary = run_batch(told, view, stop)
    leave(summary, terminal)


def leave(summary: Summary, terminal: Terminal) -> None:
    """Print the closing summary and set the exit code."""
    if not terminal.json and not terminal.quiet:
        from pipeline.cli.batch_report import command_lines, summary_text

        terminal.out.print(summary_text(summary))
        for line in command_lines(summary, shlex.join(["hearout", *sys.argv[1:]]), terminal.out.width):
            terminal.out.print(line, soft_wrap=True)
    if summary.interrupted:
        terminal.complain("Interrupted; finished calls are kept.")
        raise typer.Exit(ExitCode.INTERRUPTED)
    if summary.database_error:
        terminal.complain(summary.database_error, "The results are written; run the same command again.")
        raise typer.Exit(ExitCode.OUTPUT)
    if summary.some_failed:
        raise typer.Exit(ExitCode.SOME_FAILED)


def _show_plan(told: BatchOptions, terminal: Terminal) -> None:
    from pipeline.batch import events
    from pipeline.batch.preview import preview
    from pipeline.batch.stop import Stop
    from pipeline.cli.batch_report import preview_text

    def tell(event: events.Event) -> None:
        if isinstance(event, events.Note):
            terminal.say(event.message)

    stop = Stop()
    with stop.on_signals():
        found = preview(told, tell, stop)
    if terminal.json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=1))
    else:
        terminal.out.print(preview_text(found, verbose=terminal.verbose))
