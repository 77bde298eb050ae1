"""Writing the tables of an export: CSV, Parquet, an Excel workbook; rows go through one by one."""

from __future__ import annotations

import csv
import os
import tempfile
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from pipeline.errors import MissingComponentError
from pipeline.files import output_error, private_folder
from pipeline.store.columns import TABLES, Cells, Kind, Table, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from pipeline.store.reader import Reader

    Progress = Callable[[str, float, float | None], None]

TableFormat = Literal["csv", "parquet", "xlsx"]
TABLE_FORMATS: tuple[TableFormat, ...] = get_args(TableFormat)
WORKBOOK = "hearout.xlsx"

_CHUNK = 5000  # rows between two signs of progress, and of a Parquet group
_SHEET_ROWS = 1_048_576  # of Excel, the header included
_CELL_SIGNS = 32_767  # of Excel
_LOOKED_AT = 500  # rows for the width of a column
_WIDEST = 60
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # OWASP, "CSV Injection"
_PARQUET_KINDS: dict[Kind, str] = {
    "text": "string",
    "number": "float64",
    "integer": "int64",
    "boolean": "bool_",
    "date": "date32",
}


@dataclass(frozen=True, slots=True)
class Written:
    """One table of an export.

    Parameters
    ----------
    path : Path
    table : str
    rows : int
    cut : int
        Texts that were longer than the format holds and were cut.
    """

    path: Path
    table: str
    rows: int
    cut: int = 0


def export_tables(
    reader: Reader,
    out: Path,
    form: TableFormat,
    *,
    transcript: bool = True,
    progress: Progress | None = None,
) -> list[Written]:
    """Write all tables; each file is there whole or not at all, for its owner only.

    Parameters
    ----------
    reader : Reader
    out : Path
        Folder for the files, made if missing; of a workbook also its name, if it ends with .xlsx.
    form : {"csv", "parquet", "xlsx"}
    transcript : bool
        ``False``: columns that may hold what was said are empty.
    progress : callable, optional
        Called with (table, rows so far, all rows).

    Raises
    ------
    OutputError
        If a file can't be written.
    MissingComponentError
        If the format's library isn't installed.
    """
    feed = _Feed(reader, transcript, progress or (lambda *_: None))
    if form == "xlsx":
        path = out if out.suffix.lower() == ".xlsx" else out / WORKBOOK
        private_folder(path.parent)
        return _write_workbook(feed, path)
    private_folder(out)
    write = _write_csv if form == "csv" else _write_parquet
    return [write(feed, table, out / f"{table.name}.{form}") for table in TABLES]


@dataclass(frozen=True)
class _Feed:
    """The rows of the tables."""

    reader: Reader
    transcript: bool
    progress: Progress

    @contextmanager
    def rows(self, table: Table) -> Iterator[Iterator[Cells]]:
        """Give a table's rows; they are let go of before the database is closed, whatever happens."""
        with closing(self._rows(table)) as rows:
            yield rows

    def _rows(self, table: Table) -> Generator[Cells, None, None]:
        total = self.reader.count_rows(table.name)
        for k, row in enumerate(table.rows(self.reader, self.transcript)):
            if k % _CHUNK == 0:
                self.progress(table.name, k, total)
            yield row


@contextmanager
def _replaced(path: Path) -> Iterator[Path]:
    """Give a file to write to, which takes the place of `path` when the body is done; mode 0600."""
    fresh: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        os.close(handle)
        fresh = Path(name)
        yield fresh
        with fresh.open("rb+") as file:
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        raise output_error(path, error) from error
    finally:
        if fresh is not None:
            fresh.unlink(missing_ok=True)


# --- CSV


def _write_csv(feed: _Feed, table: Table, path: Path) -> Written:
    count = 0
    with (
        _replaced(path) as fresh,
        fresh.open("w", encoding="utf-8", newline="") as file,
        feed.rows(table) as rows,
    ):
        writer = csv.writer(file)  # lines end as RFC 4180 says; with "\n" alone a "\r" in a text isn't quoted
        writer.writerow([column.name for column in table.columns])
        for row in rows:
            writer.writerow([_csv_cell(value) for value in row])
            count += 1
    return Written(path, table.name, count)


def _csv_cell(value: Value) -> Any:
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def guarded(text: str) -> str:
    """Return a text so that no spreadsheet takes it for a formula: with an apostrophe before it."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


# --- Parquet


def _write_parquet(feed: _Feed, table: Table, path: Path) -> Written:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingComponentError(
            "Parquet needs the package pyarrow, which is not installed.",
            "Install it with: pip install 'hearout[parquet]'",
        ) from error
    schema = pa.schema(
        [
            pa.field(
                column.name,
                getattr(pa, _PARQUET_KINDS[column.kind])(),
                metadata={"unit": column.unit, "meaning": column.meaning},
            )
            for column in table.columns
        ]
    )
    count = 0
    with (
        _replaced(path) as fresh,
        pq.ParquetWriter(str(fresh), schema, compression="zstd") as writer,
        feed.rows(table) as every,
    ):
        for rows in _chunks(every):
            arrays = [
                pa.array(cells, type=field.type)
                for cells, field in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            count += len(rows)
    return Written(path, table.name, count)


def _chunks(rows: Iterator[Cells]) -> Iterator[list[Cells]]:
    waiting: list[Cells] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == _CHUNK:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


# --- Excel


def _write_workbook(feed: _Feed, path: Path) -> list[Written]:
    import xlsxwriter
    from xlsxwriter.exceptions import XlsxWriterException

    with _replaced(path) as fresh, tempfile.TemporaryDirectory(dir=path.parent, prefix=".hearout.") as own:
        options = {
            "constant_memory": True,  # rows go to files, which must not lie where others can read
            "tmpdir": own,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        }
        with _Patient(fresh) as file:
            try:
                with xlsxwriter.Workbook(file, options) as book:
                    sheets = _Sheets(book)
                    written = [sheets.write(table, feed, path) for table in TABLES]
                    sheets.describe()
            except XlsxWriterException as error:
                cause = error.args[0] if error.args else None
                raise cause if isinstance(cause, OSError) else OSError(str(error)) from error
    return written


class _Patient:
    """A file that tells the first error of writing when it is closed, and takes whatever comes after it.

    A ZipFile that meets an error tries once more when Python frees it, and what goes wrong then can only be
    printed.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._failure: OSError | None = None

    def __enter__(self) -> _Patient:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._try(self._file.close)
        if self._failure is not None and kind is None:
            raise self._failure

    def _try(self, do: Callable[..., int | None], *given: Any) -> int:
        if self._failure is None and not self._file.closed:
            try:
                return do(*given) or 0
            except OSError as error:
                self._failure = error
                with suppress(OSError):
                    self._file.close()
        return 0

    def write(self, data: bytes) -> int:
        self._try(self._file.write, data)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._try(self._file.seek, offset, whence)

    def tell(self) -> int:
        return self._try(self._file.tell)

    def flush(self) -> None:
        self._try(self._file.flush)


class _Sheet:
    """One sheet: its head stays in sight and filters; columns are as wide as their first texts."""

    def __init__(self, book: Any, name: str, columns: list[str], head: Any) -> None:
        self.sheet = book.add_worksheet(name)
        self.sheet.freeze_panes(1, 1)
        self._widths = [len(column) + 4 for column in columns]  # room for the filter's arrow
        for k, column in enumerate(columns):
            self.sheet.write_string(0, k, column, head)

    def widen(self, at: tuple[int, int], text: str) -> None:
        """Make room for a text."""
        row, k = at
        if row <= _LOOKED_AT:
            self._widths[k] = min(_WIDEST, max(self._widths[k], len(text) + 1))

    def finish(self, rows: int) -> None:
        """Set what hangs on the content."""
        for k, width in enumerate(self._widths):
            self.sheet.set_column(k, k, width)
        self.sheet.autofilter(0, 0, max(1, rows), len(self._widths) - 1)


class _Sheets:
    """The sheets of a workbook; a table with more rows than a sheet holds goes on in the next."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._head = book.add_format({"bold": True, "bottom": 1})
        self._date = book.add_format({"num_format": "yyyy-mm-dd"})
        self._plain = book.add_format({"quote_prefix": True})  # stays text when somebody edits it

    def write(self, table: Table, feed: _Feed, path: Path) -> Written:
        """Write a table."""
        with feed.rows(table) as rows:
            return self._write(table, rows, path)

    def _write(self, table: Table, rows: Iterator[Cells], path: Path) -> Written:
        names = [column.name for column in table.columns]
        sheet, at, count, cut, number = _Sheet(self._book, table.name, names, self._head), 0, 0, 0, 1
        for row in rows:
            at += 1
            if at == _SHEET_ROWS:
                number += 1
                sheet.finish(at - 1)
                sheet, at = _Sheet(self._book, f"{table.name} {number}", names, self._head), 1
            for k, value in enumerate(row):
                if value is not None:
                    cut += self._cell(sheet, (at, k), value)
            count += 1
        sheet.finish(at)
        return Written(path, table.name, count, cut)

    def describe(self) -> None:
        """Add a sheet that says what the columns mean."""
        sheet = _Sheet(self._book, "columns", ["table", "column", "type", "unit", "meaning"], self._head)
        columns = [(table.name, column) for table in TABLES for column in table.columns]
        for at, (name, one) in enumerate(columns, 1):
            for k, text in enumerate((name, one.name, one.kind, one.unit, one.meaning)):
                self._cell(sheet, (at, k), text)
        sheet.finish(len(columns))

    def _cell(self, own: _Sheet, at: tuple[int, int], value: Value) -> bool:
        """Write a cell; return whether its text had to be cut."""
        sheet = own.sheet
        if isinstance(value, str):
            own.widen(at, value)
            cut = len(value) > _CELL_SIGNS
            text = value[: _CELL_SIGNS - 1] + "…" if cut else value
            sheet.write_string(*at, text, self._plain if text.startswith(_FORMULA_STARTS) else None)
            return cut
        if isinstance(value, bool):
            sheet.write_boolean(*at, value)
        elif isinstance(value, date):
            sheet.write_datetime(*at, datetime(value.year, value.month, value.day), self._date)
        else:
            sheet.write_number(*at, value)
        return False
