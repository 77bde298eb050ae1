"""``hearout watch``: new recordings as they land."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import batch, options
from pipeline.cli.console import Terminal
from pipeline.cli.groups import takes_groups
from pipeline.cli.overrides import Overrides
from pipeline.errors import UsageError

EXAMPLES = options.examples(
    ("hearout watch /srv/recordings --out /srv/results", "until Ctrl-C"),
    ("hearout watch recordings --out results --json", "events for another program"),
    ("systemctl start hearout-watch", "as a service; see docs/batch.md"),
)


@takes_groups
def watch(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Folder that recordings come into.", show_default=False),
    ],
    *,
    running: batch.Running,
    given: Overrides,
    json_: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Analyse recordings as they come into a folder, until ended.

    What is there and not analysed yet comes first. A file is taken when it has
    not changed for some seconds. Ends cleanly with SIGTERM (exit code 0) or
    Ctrl-C (130); a call that is at work then is done again at the next start.
    """
    terminal = Terminal(json=json_, quiet=quiet, verbose=verbose)
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder.", "Name the folder that recordings come into.")
    told = running.over(str(folder), given)
    from pipeline.batch.stop import Stop
    from pipeline.batch.watch import watch as watch_folder
    from pipeline.cli.batch_view import view_for

    stop = Stop()
    try:
        with stop.on_signals(), view_for(terminal, typer.echo) as view:
            summary = watch_folder(told, view, stop)
    except KeyboardInterrupt:
        if stop.signal != signal.SIGTERM:
            raise
        return  # a service that was ended before its first look
    # what failed is listed; a service that was asked to end has not failed for it, nor is waiting its speed
    ended = replace(summary, failed=0, failed_before=0, audio_s=0.0, interrupted=stop.signal == signal.SIGINT)
    batch.leave(ended, terminal)
