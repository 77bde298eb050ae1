"""``hearout analyze``: one or more recordings, end to end."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import options
from pipeline.cli.console import REPORT, Terminal, trace
from pipeline.cli.groups import takes_groups
from pipeline.cli.overrides import Overrides, overlay
from pipeline.errors import HearoutError, InputError, OutputError, causes, fault
from pipeline.files import of_the_disk
from pipeline.identity import printable_name

if TYPE_CHECKING:
    from pipeline.settings import Settings
    from pipeline.stages.call import Outcome, PageAudio

EXAMPLES = """
[bold]Examples[/bold]

  hearout analyze call.wav

  hearout analyze recordings/*.flac --out results

  hearout analyze call.mp3 --agent-channel right --language en

  hearout analyze call.wav --no-transcript --json | jq '.calls\\[0].measures.talk_ratio_agent'
"""

_NOT_OURS = (HearoutError, KeyboardInterrupt, BrokenPipeError)  # what a fault may come of that is none


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
    from pipeline.batch.lock import shared
    from pipeline.settings import load_settings

    terminal = Terminal(json=json_, quiet=quiet, verbose=verbose)
    settings = overlay(load_settings(config), given)
    run = _Run(
        out,
        settings,
        terminal,
        offline=offline,
        page_audio=options.page_audio(no_audio=no_audio, beside=audio_beside),
    )
    try:
        with shared(out):
            run.all(audio)
    finally:  # what is done is told, whatever ended the run
        run.report()
    if run.failed:
        raise typer.Exit(max(error.exit_code for _, error in run.failed))


@dataclass
class _Run:
    """One run over several recordings: what is done, what has failed."""

    out: Path
    settings: Settings
    terminal: Terminal
    offline: bool
    page_audio: PageAudio
    done: list[Outcome] = field(default_factory=list)
    failed: list[tuple[Path, InputError | OutputError]] = field(default_factory=list)

    def __post_init__(self) -> None:
        from pipeline.cli.progress import StageProgress
        from pipeline.stages.checklists import checklists_of
        from pipeline.stages.diarizers import check_diarizer
        from pipeline.stages.models import LocalModels

        self.progress = StageProgress(self.terminal)
        self.models = LocalModels(offline=self.offline, say=self.terminal.say, progress=self.progress)
        if self.settings.transcript:
            self.models.whisper_id(self.settings)  # a misspelt model is noticed before anything runs
        check_diarizer(self.settings.diarization.diarizer)  # so is a diarizer
        checklists_of(self.settings)  # and a checklist

    def all(self, audio: list[Path]) -> None:
        """Analyse each recording once, however often it is named."""
        seen: set[str] = set()
        for path in audio:
            place = os.path.realpath(path)
            if place not in seen:
                seen.add(place)
                self.one(path)

    def one(self, path: Path) -> None:
        from pipeline.stages.call import analyze_call

        try:
            with self.progress.of(printable_name(path.name)):
                outcome = analyze_call(
                    path,
                    self.out,
                    self.settings,
                    self.models,
                    taken={done.analysis.call.id for done in self.done},
                    page_audio=self.page_audio,
                    progress=self.progress,
                )
        except (InputError, OutputError) as error:
            if isinstance(error, OutputError) and not self._others_fit(error):
                self.failed.append((path, error))
                raise
            self._go_on_without(path, error)
        except Exception as error:
            led = tuple(causes(error))
            if of_the_disk(error) or any(isinstance(one, _NOT_OURS) for one in led):
                raise
            trace(error)
            self._go_on_without(
                path, InputError(f"{path.name} could not be analysed: {fault(error)}.", REPORT)
            )
        else:
            self.done.append(outcome)

    def _go_on_without(self, path: Path, error: InputError | OutputError) -> None:
        self.failed.append((path, error))
        self.terminal.complain(error.message, error.remedy)

    def _others_fit(self, error: OutputError) -> bool:
        """Tell whether it was the call's own folder that could not be written, and not all there is."""
        return not of_the_disk(error.__cause__) and os.access(self.out, os.W_OK | os.X_OK)

    def report(self) -> None:
        if self.terminal.json:
            typer.echo(json.dumps(self._document(), ensure_ascii=False, indent=1))
            return
        if self.terminal.quiet or not self.done:
            return
        from pipeline.report.terminal import SummaryRow, render_call, render_summary

        if len(self.done) == 1 and not self.failed:
            outcome = self.done[0]
            render_call(
                outcome.analysis,
                self.terminal.out,
                page_path=outcome.page,
                result_path=outcome.result,
                target=self.settings.talk,
                verbose=self.terminal.verbose,
            )
        else:
            rows = [SummaryRow.of(done.analysis) for done in self.done]
            for path, error in self.failed:
                name = printable_name(path.name)  # which stands in the row's first column
                why = error.message.removeprefix(f"{name} ").removeprefix("is ")
                rows.append(SummaryRow(name, failed=why))
            render_summary(rows, self.terminal.out, target=self.settings.talk)
            self.terminal.out.print(f"\nPages and results: {self.out}", style="dim", markup=False)

    def _document(self) -> dict[str, Any]:
        return {
            "calls": [
                {
                    "id": done.analysis.call.id,
                    "source": done.analysis.call.source,
                    "result": str(done.result),
                    "page": str(done.page),
                    "stages_run": list(done.stages_run),
                    "measures": done.analysis.measures,
                    "verdicts": {n: v.verdict for n, v in done.analysis.verdicts.items()},
                    "warnings": [w.code for w in done.analysis.warnings],
                }
                for done in self.done
            ],
            "failed": [
                {"source": printable_name(path.name), "error": error.message, "remedy": error.remedy}
                for path, error in self.failed
            ],
        }
