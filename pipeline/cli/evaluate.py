"""``hearout evaluate``: how right the tool is, against label files."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import options
from pipeline.cli.console import Terminal
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from pipeline.evaluate import Analyze, EvaluateOptions, Evaluation
    from pipeline.evaluate.checklists import PeopleAgreement
    from pipeline.evaluate.metric import Tally

DEFAULT_SORT = "speech_f1"
WHICH = "What to compare"

EXAMPLES = """
[bold]Examples[/bold]

  hearout evaluate samples

  hearout evaluate labels --results /srv/results --only '*.dual'

  hearout evaluate labels --sort wer_customer --verbose

  hearout evaluate labels/ann --second labels/ben

  hearout evaluate labels --json | jq '.total.speech_f1.mean'

Exit codes: 0 every label was scored · 1 a result is missing or a file is no good · 2 no labels there
"""


def evaluate(
    labels_dir: Annotated[
        Path,
        typer.Argument(
            metavar="LABELS_DIR",
            help="Folder with [cyan]<call-id>.truth.json[/cyan] files, folders below included.",
            show_default=False,
        ),
    ],
    results: Annotated[
        Path | None,
        typer.Option(
            "--results",
            metavar="DIR",
            help="Folder with [cyan]<call-id>/analysis.json[/cyan] files.",
            show_default=str(options.DEFAULT_OUT),
            rich_help_panel=WHICH,
        ),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            "--only",
            metavar="GLOB",
            help="Only calls whose label id or result id matches, such as '*.dual'.",
            rich_help_panel=WHICH,
        ),
    ] = None,
    second: Annotated[
        Path | None,
        typer.Option(
            "--second",
            metavar="DIR",
            help="A second person's labels of the same calls: do people differ less than the tool does?",
            rich_help_panel=WHICH,
        ),
    ] = None,
    pairs: Annotated[
        bool,
        typer.Option(
            "--pairs",
            help="Also compare [cyan]<call>.mono[/cyan] results with [cyan]<call>.dual[/cyan] ones.",
            rich_help_panel=WHICH,
        ),
    ] = False,
    sort: Annotated[
        str,
        typer.Option(
            "--sort",
            metavar="METRIC",
            help="Worst call by this metric first; --verbose lists all.",
            rich_help_panel=options.SAY,
        ),
    ] = DEFAULT_SORT,
    config: options.Config = None,
    offline: options.Offline = False,
    json_: options.Json = False,
    quiet: options.Quiet = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            "-v",
            help="Also every metric, with its totals and what it means, and which event type became which.",
            rich_help_panel=options.SAY,
        ),
    ] = False,
) -> None:
    """Say how right the results are, against label files: the worst call first, totals below.

    Compared are the talk ratio, the speech of each channel (F1 in 10 ms
    frames, errors of its edges), who cut in on whom (F1, starts within 1 s),
    the vents (overlap, first solution, verdict), the lines of checklists
    (agreement and Cohen's kappa) and the words (word error rate). What a label leaves out is not scored. The
    label of [cyan]call_01[/cyan] is compared with the results call_01,
    call_01.dual, call_01.mono …, a line for each. Recordings that lie beside
    their labels and have no result yet are analysed first.

    Totals are the mean over calls, the worst, and the pooled figure, which is
    computed from the summed parts of all calls.
    """
    from pipeline.evaluate import EvaluateOptions

    if results is not None and not results.is_dir():  # misspelt, most likely: don't analyse all there is
        raise UsageError(
            f"--results {results}: no such folder.",
            f"Make results with: hearout analyze AUDIO --out {results}",
        )
    wanted = EvaluateOptions(labels_dir, results or options.DEFAULT_OUT, only, sort)
    terminal = Terminal(json=json_, quiet=quiet, verbose=verbose)
    code = run(wanted, terminal, _analyzer(config, terminal, offline=offline), second, pairs=pairs)
    if code:
        raise typer.Exit(code)


def _analyzer(config: Path | None, terminal: Terminal, *, offline: bool) -> Analyze:
    """Return what makes a missing result; models are loaded when the first one is needed."""
    from pipeline.cli.progress import StageProgress
    from pipeline.settings import load_settings
    from pipeline.stages.call import analyze_call
    from pipeline.stages.models import LocalModels

    settings = load_settings(config)
    progress = StageProgress(terminal)
    models = LocalModels(offline=offline, say=terminal.say, progress=progress)

    def analyze(audio: Path, out: Path) -> Path:
        with progress.of(audio.name):
            return analyze_call(audio, out, settings, models, progress=progress).result

    return analyze


@dataclass(frozen=True)
class _People:
    """Two people's labels, and the tool against each."""

    between: PeopleAgreement
    first: Tally
    second: Tally

    def to_json(self) -> dict[str, Any]:
        from pipeline.evaluate.checklists import people_json

        return people_json(self.between, self.first, self.second)

    def table(self) -> Table:
        from pipeline.evaluate.checklists import people_table

        return people_table(self.between, self.first, self.second)


def _people(wanted: EvaluateOptions, second: Path, evaluation: Evaluation) -> _People:
    from pipeline.evaluate import evaluate_labels
    from pipeline.evaluate.checklists import ITEMS, people_agreement

    other = evaluate_labels(replace(wanted, labels_dir=second), None)
    tallies = (one.totals[ITEMS].tally for one in (evaluation, other))
    return _People(people_agreement(wanted.labels_dir, second), *tallies)


def run(
    wanted: EvaluateOptions,
    terminal: Terminal,
    analyze: Analyze | None = None,
    second: Path | None = None,
    *,
    pairs: bool = False,
) -> int:
    """Evaluate, print, and return the exit code.

    Parameters
    ----------
    wanted : EvaluateOptions
    terminal : Terminal
    analyze : callable, optional
        Makes results that are not there yet, of recordings that lie beside their labels.
    second : Path, optional
        Folder of a second person's labels.
    pairs : bool
        Also compare mono results with the dual ones of the same calls.
    """
    from pipeline.evaluate import evaluate_labels
    from pipeline.evaluate.pairs import find_pairs, pairs_table
    from pipeline.evaluate.pairs import to_json as pairs_json
    from pipeline.evaluate.report import print_tables, to_json

    evaluation = evaluate_labels(wanted, analyze)
    people = _people(wanted, second, evaluation) if second is not None else None
    found = find_pairs(wanted.results_dir) if pairs else []
    if terminal.json:
        document = to_json(evaluation) | ({"people": people.to_json()} if people else {})
        document |= {"pairs": pairs_json(found)} if pairs else {}
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
    print_tables(evaluation, terminal.out, definitions=terminal.verbose)
    if people is not None:
        terminal.out.print(people.table())
    if pairs:
        terminal.out.print(pairs_table(found))
    for failed in evaluation.failed:
        terminal.complain(failed.error)
    for missing in evaluation.missing:
        terminal.complain(f"no result for {missing.call_id}.", f"Make it with: {missing.command}")
    for remark in evaluation.remarks:
        terminal.warn(f"{remark.call}: {remark.message}" if remark.call else remark.message)
    return int(evaluation.exit_code)
