"""A run over several calls, one after another: one that fails stops no other, and all is told at the end."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import typer

from pipeline.cli.console import REPORT, Terminal, trace
from pipeline.errors import HearoutError, InputError, OutputError, causes, fault
from pipeline.files import of_the_disk
from pipeline.identity import printable_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.settings import Settings
    from pipeline.stages.call import Outcome, PageAudio
    from pipeline.stages.transcripts import TranscriptFile

_NOT_OURS = (HearoutError, KeyboardInterrupt, BrokenPipeError)  # what a fault may come of that is none


@dataclass
class Run:
    """One run over several calls: what is done, what has failed.

    Parameters
    ----------
    recognises : bool
        Whether words are recognised: then the model is looked for before anything runs.
    """

    out: Path
    settings: Settings
    terminal: Terminal
    offline: bool
    page_audio: PageAudio
    recognises: bool = True
    done: list[Outcome] = field(default_factory=list)
    failed: list[tuple[Path, InputError | OutputError]] = field(default_factory=list)

    def __post_init__(self) -> None:
        from pipeline.cli.progress import StageProgress
        from pipeline.stages.checklists import checklists_of
        from pipeline.stages.diarizers import check_diarizer
        from pipeline.stages.models import LocalModels

        self.progress = StageProgress(self.terminal)
        self.models = LocalModels(offline=self.offline, say=self.terminal.say, progress=self.progress)
        if self.recognises and self.settings.transcript:
            self.models.whisper_id(self.settings)  # a misspelt model is noticed before anything runs
        check_diarizer(self.settings.diarization.diarizer)  # so is a diarizer
        checklists_of(self.settings)  # and a checklist

    def all(self, files: list[Path], do: Callable[[Path], Outcome]) -> None:
        """Do each file once, however often it is named, and report; what is done is told in any case.

        Raises
        ------
        typer.Exit
            If some have failed.
        """
        from pipeline.batch.lock import shared

        try:
            with shared(self.out):
                seen: set[str] = set()
                for path in files:
                    place = os.path.realpath(path)
                    if place not in seen:
                        seen.add(place)
                        self._one(path, do)
        finally:
            self._report()
        if self.failed:
            raise typer.Exit(max(error.exit_code for _, error in self.failed))

    def analyze(self, recording: Path, transcript: TranscriptFile | None = None) -> Outcome:
        """Analyse a recording, with the words of a transcript if there is one."""
        from pipeline.stages.call import analyze_call

        return analyze_call(
            recording,
            self.out,
            self.settings,
            self.models,
            taken={done.analysis.call.id for done in self.done},
            page_audio=self.page_audio,
            transcript=transcript,
            progress=self.progress,
        )

    def _one(self, path: Path, do: Callable[[Path], Outcome]) -> None:
        try:
            with self.progress.of(printable_name(path.name)):
                outcome = do(path)
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

    def _report(self) -> None:
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
