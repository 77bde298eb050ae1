"""Match labels with results, score every pair, sum up: `evaluate_labels`."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from pipeline.errors import ExitCode, InputError, UsageError
from pipeline.evaluate.checklists import unknown_lines
from pipeline.evaluate.families import DEFAULT_SORT, FAMILIES, METRICS
from pipeline.evaluate.labels import Label, file_call_id, find_labels, load_label, unlikely
from pipeline.evaluate.metric import Row, Total, row_badness, total
from pipeline.evaluate.speech import looks_swapped
from pipeline.evaluate.wer import lacks_words
from pipeline.report.schema import Analysis
from pipeline.timeline import SpanSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RESULT_NAME = "analysis.json"
Analyze = Callable[[Path, Path], Path]
"""From a recording and the folder of results to the ``analysis.json`` that was written."""

_LENGTH_TOLERANCE_S = 1.0


@dataclass(frozen=True, slots=True)
class EvaluateOptions:
    """What to evaluate.

    Parameters
    ----------
    labels_dir : Path
        Searched for ``*.truth.json``, folders below included.
    results_dir : Path
        Holds ``<call-id>/analysis.json``.
    only : str, optional
        A glob; calls whose label or result id it matches.
    sort : str
        Name of the metric by which the worst call comes first.
    """

    labels_dir: Path
    results_dir: Path
    only: str | None = None
    sort: str = DEFAULT_SORT


@dataclass(frozen=True, slots=True)
class Missing:
    """A label without a result, and the command that makes one."""

    call_id: str
    label: Path
    audio: Path | None
    command: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A label or result file that can't be used, and why."""

    path: Path
    error: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that a reader of the figures should know."""

    code: str
    message: str
    call: str | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came of it; `rows` worst first."""

    rows: tuple[Row, ...]
    totals: dict[str, Total]
    missing: tuple[Missing, ...]
    failed: tuple[Failed, ...]
    remarks: tuple[Remark, ...]

    @property
    def exit_code(self) -> ExitCode:
        """0 if every label was scored, 1 if a result is missing or a file failed."""
        return ExitCode.SOME_FAILED if self.missing or self.failed else ExitCode.OK


def evaluate_labels(options: EvaluateOptions, analyze: Analyze | None = None) -> Evaluation:
    """Compare all results of a folder with the label files of another.

    Parameters
    ----------
    options : EvaluateOptions
    analyze : callable, optional
        Makes the result of a label that has none, if its recording lies beside it. Without it, such labels
        are reported as missing.

    Raises
    ------
    UsageError
        No such folder of labels, no label in it, none that `only` matches, or no metric of the name `sort`.
    HearoutError
        What `analyze` raises, input errors excepted: those go to `Evaluation.failed`.
    """
    if options.sort not in METRICS:
        raise UsageError(f"--sort {options.sort}: no such metric.", f"Choose one of: {', '.join(METRICS)}.")
    work = _Work(options, analyze)
    for path in find_labels(options.labels_dir):
        work.take(path)
    if not (work.rows or work.missing or work.failed):
        raise UsageError(f"--only {options.only}: matches no label and no result of a label.")
    rows = sort_rows(work.rows, options.sort)
    return Evaluation(
        rows=rows,
        totals={name: total(metric, rows) for name, metric in METRICS.items()},
        missing=tuple(work.missing),
        failed=tuple(work.failed),
        remarks=(*work.remarks, *work.unlabelled()),
    )


def sort_rows(rows: Iterable[Row], sort: str) -> tuple[Row, ...]:
    """Return `rows` with the worst by the metric `sort` first, those without a value last, then by id."""
    metric = METRICS[sort]
    return tuple(sorted(rows, key=lambda row: (-row_badness(metric, row), row.id, row.call_id)))


def score_result(label: Label, analysis: Analysis, result_id: str) -> Row:
    """Score one result against one label, by every family."""
    scores = {name: score for family in FAMILIES for name, score in family.score(label, analysis).items()}
    return Row(result_id, label.call_id, analysis.call.layout, scores)


def load_result(path: Path) -> Analysis:
    """Read one result file.

    Raises
    ------
    InputError
        If it can't be read or is not of the published schema; never with a content of the file.
    """
    remedy = "Analyze the recording again with this version of hearout."
    try:
        analysis = Analysis.model_validate_json(path.read_bytes())
        for spans in (analysis.speech.agent, analysis.speech.customer, analysis.speech.other):
            SpanSet.from_pairs(spans)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}).", "Check the file and its rights."
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(step) for step in first["loc"]) or "the file"
        raise InputError(f"{path}: no result of schema hearout.analysis/1 (see {key}).", remedy) from error
    except ValueError as error:
        raise InputError(f"{path}: a span of speech is empty or runs backwards.", remedy) from error
    return analysis


class _Work:
    """The state of one run: what was found so far."""

    def __init__(self, options: EvaluateOptions, analyze: Analyze | None) -> None:
        self.options = options
        self.analyze = analyze
        self.results = _result_ids(options.results_dir)
        self.used: set[str] = set()
        self.seen: dict[str, Path] = {}
        self.rows: list[Row] = []
        self.missing: list[Missing] = []
        self.failed: list[Failed] = []
        self.remarks: list[Remark] = []

    def take(self, path: Path) -> None:
        """Score all results of one label file; what is wrong with a file is noted, the others go on."""
        try:
            label = load_label(path)
            if label.call_id in self.seen:
                raise InputError(f"{path}: call_id {label.call_id} is also in {self.seen[label.call_id]}.")
        except InputError as error:
            if self._chosen(file_call_id(path)):
                self.failed.append(Failed(path, str(error)))
            return
        self.seen[label.call_id] = path
        ids = [result_id for result_id in self.results if label.matches(result_id)]
        self.used.update(ids)
        wanted = (
            ids
            if self._chosen(label.call_id)
            else [result_id for result_id in ids if self._chosen(result_id)]
        )
        if wanted:
            for result_id in wanted:
                self._score(label, self.options.results_dir / result_id / RESULT_NAME)
        elif self._chosen(label.call_id) or (label.audio and self._chosen(Path(label.audio).stem)):
            self._make(label, path)

    def unlabelled(self) -> list[Remark]:
        """Say how many results no label speaks of."""
        count = len(set(self.results) - self.used)
        if self.options.only or not count:
            return []
        have = "1 result has" if count == 1 else f"{count} results have"
        return [
            Remark("unlabelled_results", f"{have} no label in {self.options.labels_dir} and did not count.")
        ]

    def _chosen(self, name: str) -> bool:
        return self.options.only is None or fnmatchcase(name, self.options.only)

    def _make(self, label: Label, path: Path) -> None:
        """Analyze the recording beside a label, or note that the result is missing."""
        beside = path.parent / label.audio if label.audio else None
        audio = beside if beside and beside.is_file() else None
        if audio is None or self.analyze is None:
            recording = shlex.quote(str(audio)) if audio else "RECORDING"
            command = f"hearout analyze {recording} --out {shlex.quote(str(self.options.results_dir))}"
            self.missing.append(Missing(label.call_id, path, audio, command))
            return
        try:
            made = self.analyze(audio, self.options.results_dir)
        except InputError as error:
            self.failed.append(Failed(audio, str(error)))
            return
        self._score(label, made)

    def _score(self, label: Label, path: Path) -> None:
        try:
            analysis = load_result(path)
        except InputError as error:
            self.failed.append(Failed(path, str(error)))
            return
        result_id = path.parent.name
        self.rows.append(score_result(label, analysis, result_id))
        self.remarks.extend(_doubts(label, analysis, result_id))


def _result_ids(results_dir: Path) -> list[str]:
    if not results_dir.is_dir():
        return []
    return sorted(path.parent.name for path in results_dir.glob(f"*/{RESULT_NAME}"))


def _doubts(label: Label, analysis: Analysis, result_id: str) -> Sequence[Remark]:
    """Say what a reader should know before trusting the figures of one result."""
    doubts: list[Remark] = []
    if (
        label.duration_s is not None
        and abs(label.duration_s - analysis.call.duration_s) > _LENGTH_TOLERANCE_S
    ):
        doubts.append(
            Remark(
                "other_length",
                f"the label is of {label.duration_s:.1f} s, the call lasts {analysis.call.duration_s:.1f} s.",
                result_id,
            )
        )
    for message in (
        *unlikely(label, analysis.call.duration_s + _LENGTH_TOLERANCE_S),
        *unknown_lines(label, analysis),
    ):
        doubts.append(Remark("odd_label", message, result_id))
    if looks_swapped(label, analysis):
        doubts.append(
            Remark(
                "roles_swapped",
                "agent and customer fit the label much better the other way round (hearout swap-roles).",
                result_id,
            )
        )
    if lacks_words(label, analysis):
        doubts.append(
            Remark("no_words", "the result has no words; its word error rate is not scored.", result_id)
        )
    return doubts
