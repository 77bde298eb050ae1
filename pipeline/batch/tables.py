"""The lists that a run leaves beside the results: failures.csv and duplicates.csv."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from pipeline.files import output_error, write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pipeline.batch.journal import Entry
    from pipeline.batch.plan import Duplicate

FAILURES = "failures.csv"
DUPLICATES = "duplicates.csv"
FAILURE_COLUMNS = ("file", "what", "remedy", "kind", "call_id", "at")
DUPLICATE_COLUMNS = ("file", "same_as_call", "result")


def write_failures(out: Path, failed: Iterable[Entry]) -> Path | None:
    """Write what failed, by name; nothing, and no old list, if nothing did.

    Raises
    ------
    OutputError
        If it can't be written.
    """
    rows = [(one.name, one.what, one.remedy, one.kind, one.call_id, one.at) for one in failed]
    return _write(out / FAILURES, FAILURE_COLUMNS, sorted(rows))


def write_duplicates(out: Path, duplicates: Iterable[Duplicate]) -> Path | None:
    """Write which recordings hold the same as another, and where the result of both is.

    Raises
    ------
    OutputError
        If it can't be written.
    """
    rows = [(one.found.name, one.call_id, f"{one.call_id}/analysis.json") for one in duplicates]
    return _write(out / DUPLICATES, DUPLICATE_COLUMNS, sorted(rows))


def _write(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Path | None:
    if not rows:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise output_error(path, error) from error
        return None
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    write_atomic(path, text.getvalue())
    return path
