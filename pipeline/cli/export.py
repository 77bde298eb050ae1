"""``hearout export``: results as tables for other programs, or as a file per call: captions, annotation."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import completion, options
from pipeline.cli.console import Terminal, counted
from pipeline.cli.groups import takes_groups
from pipeline.cli.which import WHICH, Period, find_agent, find_call
from pipeline.errors import ExitCode, InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from pipeline.cli.progress import StageProgress
    from pipeline.report.exchange import ExchangeFormat
    from pipeline.store import CallFilter, Reader
    from pipeline.store.exports import TableFormat

DEFAULT_OUT = Path("hearout-export")
_TABLES = ("csv", "parquet", "xlsx")
_EXCHANGE = ("rttm", "textgrid", "vtt", "srt")
_PATHS_SHOWN = 20

EXAMPLES = options.examples(
    ("hearout export hearout-results", "CSV files: calls, verdicts, events, …"),
    ("hearout export hearout-results --format xlsx --out july.xlsx", "one workbook"),
    ("hearout export hearout-results --agent 'Emma Clarke' --since 2026-10-01", "one agent's calls"),
    ("hearout export hearout-results --format parquet --no-transcript", "no word of what was said"),
    ("hearout export hearout-results/call_01 --format vtt", "captions of one call"),
    ("hearout export hearout-results --format textgrid --out praat", "a file for Praat per call"),
)


@takes_groups
def export(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="Folder of results, or of one call, as analyze wrote it.", show_default=False
        ),
    ],
    *,
    agent: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only calls of this agent.", rich_help_panel=WHICH),
    ] = None,
    period: Period,
    call: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help="Only this call: the name of its folder in DIR; repeatable.",
            rich_help_panel=WHICH,
        ),
    ] = None,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            autocompletion=completion.one_of(*_TABLES, *_EXCHANGE),
            help=f"Tables: {', '.join(_TABLES)}; a file per call: {', '.join(_EXCHANGE)}.",
            rich_help_panel=options.WHERE,
        ),
    ] = "csv",
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            parser=options.output,
            metavar="<path>",
            help="Folder for the files, made if missing; for xlsx also a file name.",
            rich_help_panel=options.WHERE,
        ),
    ] = DEFAULT_OUT,
    database: options.Database = None,
    no_transcript: Annotated[
        bool,
        typer.Option(
            "--no-transcript", help="Leave out everything that was said.", rich_help_panel=options.HOW
        ),
    ] = False,
    json_: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Write results for other programs: tables of all calls, or a file per call.

    csv and parquet are a file per table (calls, verdicts, events, measures,
    turns, moves), xlsx is one workbook. The columns are the same in all three;
    docs/exports.md says what they mean. Text that a spreadsheet would take for
    a formula stays text. They come from the database of the results, which is
    brought up to date first.

    rttm (speech), textgrid (Praat), vtt and srt (captions) are a file per call.
    """
    if form not in (*_TABLES, *_EXCHANGE):
        raise UsageError(f"--format takes {', '.join(_TABLES)}, {', '.join(_EXCHANGE)}, not {form!r}.")
    if no_transcript and form in ("vtt", "srt"):
        raise UsageError(f"{form} captions are nothing but transcript.", "Leave out --no-transcript.")
    if form != "xlsx" and out.is_file():
        raise UsageError(f"{out} is a file.", "Name a folder with --out.")
    chosen = _Chosen(agent, *period.days(), tuple(call or ()))
    terminal = Terminal(json=json_, quiet=quiet)
    run = _Run(folder, out, form, terminal, transcript=not no_transcript, chosen=chosen, database=database)
    run.tables() if form in _TABLES else run.exchange()
    run.report()
    if run.failed:
        raise typer.Exit(ExitCode.SOME_FAILED)


@dataclass(frozen=True)
class _Chosen:
    """Which calls were asked for."""

    agent: str | None
    since: date | None
    until: date | None
    calls: tuple[str, ...]

    def __bool__(self) -> bool:
        return any((self.agent is not None, self.since, self.until, self.calls))

    def filter(self, reader: Reader) -> CallFilter:
        """Return it for the store.

        Raises
        ------
        UsageError
            If it fits no call.
        """
        from pipeline.store import CallFilter

        agent, ids = self.agent, tuple(dict.fromkeys(self.calls))
        if agent is not None:
            agent = find_agent({(one.agent or "").strip() for one in reader.calls()} - {""}, agent)
        if ids:
            known = {one.id for one in reader.calls()}
            ids = tuple(find_call(known, one) for one in ids)
        found = CallFilter(ids, agent, self.since, self.until)
        if self and not reader.count(found):
            days = [f"since {self.since}"] * bool(self.since) + [f"until {self.until}"] * bool(self.until)
            told = " and ".join([*([f"of {agent}"] if agent else []), *days, *(["of these"] * bool(ids))])
            raise UsageError(f"There is no call {told}.", "Ask for others; calls without a date have no day.")
        return found


@dataclass
class _Run:
    """One export: the files that are written, the results that could not be used."""

    folder: Path
    out: Path
    form: str
    terminal: Terminal
    transcript: bool
    chosen: _Chosen
    database: str | None
    calls: int = 0
    files: list[dict[str, Any]] = field(default_factory=list)
    failed: list[tuple[str, InputError]] = field(default_factory=list)

    def __post_init__(self) -> None:
        from pipeline.store import result_files

        self.single = (self.folder / "analysis.json").is_file()
        if not self.single and not result_files(self.folder):
            raise UsageError(
                f"{self.folder}: no results in it.", "Make some with: hearout analyze AUDIO --out DIR"
            )

    def tables(self) -> None:
        """Write the tables, from the database."""
        from pipeline.cli.progress import StageProgress

        progress = StageProgress(self.terminal)
        with progress.of("export"), self._alone(self.folder.name), self._reader(progress) as reader:
            self._tables(reader, progress)

    @contextmanager
    def _reader(self, progress: StageProgress) -> Iterator[Reader]:
        """Bring the database up to date and read the chosen calls; one call needs none.

        Raises
        ------
        InputError
            If there is only one call, and its result is no good.
        """
        from pipeline.batch.machine import cores
        from pipeline.store import MEMORY, open_store, sync_folder

        with open_store(MEMORY if self.single else options.database_of(self.folder, self.database)) as store:
            if self.single:
                store.put_folder(self.folder.resolve())
            else:
                for name, error in sync_folder(store, self.folder, progress, processes=cores()).failed:
                    self._fail(name, error)
            with store.read() as reader:
                yield reader.only(self.chosen.filter(reader))

    def _tables(self, reader: Reader, progress: StageProgress) -> None:
        from pipeline.store.exports import export_tables

        self.calls = reader.count()
        form: TableFormat = self.form  # type: ignore[assignment]  # checked
        for one in export_tables(reader, self.out, form, transcript=self.transcript, progress=progress):
            self.files.append({"path": str(one.path), "table": one.table, "rows": one.rows})
            if one.cut:
                self.terminal.warn(
                    f"{one.path}: {one.cut} texts of {one.table} were longer than a cell holds and were cut."
                )

    def exchange(self) -> None:
        """Write a file per call."""
        from pipeline.cli.progress import StageProgress
        from pipeline.files import private_folder
        from pipeline.store import result_files

        progress = StageProgress(self.terminal)
        with progress.of("export"):
            names = [""] if self.single else sorted(result_files(self.folder))
            if self.chosen:
                with self._reader(progress) as reader:
                    names = [""] if self.single else [one.id for one in reader.calls()]
            private_folder(self.out)
            for k, name in enumerate(names):
                progress(name or self.folder.name, k, len(names))
                with self._alone(name):
                    self._exchange(self.folder / name)

    def _exchange(self, folder: Path) -> None:
        from pydantic import ValidationError

        from pipeline.files import write_atomic
        from pipeline.report.exchange import file_name, to_exchange
        from pipeline.report.schema import Analysis

        result = folder / "analysis.json"
        try:
            analysis = Analysis.model_validate_json(result.read_bytes())
        except OSError as error:
            raise InputError(f"{result}: cannot be read ({error.strerror}).") from error
        except ValidationError:
            raise InputError(f"{result}: is damaged.", "Analyse the recording again.") from None
        form: ExchangeFormat = self.form  # type: ignore[assignment]  # checked
        path = self.out / file_name(folder.resolve().name, form)
        write_atomic(path, to_exchange(analysis, form, transcript=self.transcript))
        self.files.append({"path": str(path), "call": folder.resolve().name})
        self.calls += 1

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        """A result that is no good fails alone."""
        try:
            yield
        except InputError as error:
            self._fail(name or self.folder.name, error)

    def _fail(self, name: str, error: InputError) -> None:
        self.terminal.complain(error.message, error.remedy)
        self.failed.append((name, error))

    def report(self) -> None:
        """Say what was written."""
        if self.terminal.json:
            document = {
                "format": self.form,
                "calls": self.calls,
                "transcript": self.transcript,
                "files": self.files,
                "failed": [
                    {"id": name, "error": error.message, "remedy": error.remedy}
                    for name, error in self.failed
                ],
            }
            typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
            return
        if self.terminal.quiet or not self.files:
            return
        calls = counted(self.calls, "call")
        self.terminal.out.print(self._table() if "table" in self.files[0] else self._paths())
        self.terminal.out.print(f"{calls} exported to {self.out}", style="dim", markup=False)

    def _table(self) -> Any:
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        table.add_column("Table")
        table.add_column("Rows", justify="right")
        table.add_column("File", overflow="fold")
        for one in self.files:
            table.add_row(one["table"], str(one["rows"]), Text(one["path"]))
        return table

    def _paths(self) -> Any:
        from rich.text import Text

        lines = [one["path"] for one in self.files[:_PATHS_SHOWN]]
        if len(self.files) > _PATHS_SHOWN:
            lines.append(f"… and {len(self.files) - _PATHS_SHOWN} more")
        return Text("\n".join(lines))
