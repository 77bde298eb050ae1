"""``hearout analyze``: one or more recordings, end to end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import options
from pipeline.cli.calls import Run
from pipeline.cli.console import Terminal
from pipeline.cli.groups import takes_groups
from pipeline.cli.overrides import Overrides, overlay

EXAMPLES = """
[bold]Examples[/bold]

  hearout analyze call.wav

  hearout analyze recordings/*.flac --out results

  hearout analyze call.mp3 --agent-channel right --language en

  hearout analyze call.wav --no-transcript --json | jq '.calls\\[0].measures.talk_ratio_agent'
"""


@takes_groups
def analyze(
    audio: Annotated[
        list[Path],
        typer.Argument(
            metavar="AUDIO",
            help="Recordings: anything FFmpeg reads, agent and customer on two channels, or mixed.",
            show_default=False,
        ),
    ],
    *,
    out: options.Out = options.DEFAULT_OUT,
    no_audio: options.NoAudio = False,
    audio_beside: options.AudioBeside = False,
    config: options.Config = None,
    given: Overrides,
    offline: options.Offline = False,
    json_: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Analyse recordings: who spoke when, what was said, how much the agent listened.

    For each recording a folder [cyan]OUT/<call-id>[/cyan] is written, with
    [cyan]analysis.json[/cyan] for machines and [cyan]timeline.html[/cyan], one page that plays
    every claim. A second run with the same settings reuses what is there.
    """
    from pipeline.settings import load_settings

    terminal = Terminal(json=json_, quiet=quiet, verbose=verbose)
    settings = overlay(load_settings(config), given)
    run = Run(
        out,
        settings,
        terminal,
        offline=offline,
        page_audio=options.page_audio(no_audio=no_audio, beside=audio_beside),
    )
    run.all(audio, run.analyze)
