"""Manifests: a CSV or JSON-lines file that names recordings and says what is known of them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from pipeline.batch.items import CHANNELS, FACTS, Facts
from pipeline.batch.names import iso_time
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SUFFIXES = ("csv", "tsv", "jsonl", "ndjson")
COLUMNS = ("path", *FACTS)
"""Columns with a meaning (docs/batch.md); every other one becomes metadata of the call."""
_TEXT, _TEXT_OR_NUMBER = (str,), (str, int, float)


@dataclass(frozen=True)
class Row:
    """One recording of a manifest.

    Parameters
    ----------
    path : str
        As written: relative to the manifest's folder, absolute, or a URL.
    facts : Facts
    line : int
        Where it stands, from 1.
    """

    path: str
    facts: Facts
    line: int


def is_manifest(name: str) -> bool:
    """Tell by its extension whether a file is a manifest."""
    return name.rpartition(".")[2].lower() in SUFFIXES


def read_manifest(content: bytes, name: str) -> tuple[list[Row], list[str]]:
    """Read a manifest.

    Parameters
    ----------
    content : bytes
        UTF-8, with or without a byte order mark.
    name : str
        For messages; its extension tells the format.

    Returns
    -------
    list of Row
    list of str
        Notes: values that were kept but not understood.

    Raises
    ------
    UsageError
        Naming the line and what is wrong there: nothing is guessed.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name}: is not text in UTF-8.", "Save it as UTF-8.") from error
    is_lines = name.lower().endswith(("jsonl", "ndjson"))
    pairs = _json_lines(text, name) if is_lines else _csv_rows(text, name)
    rows, odd_times = [], []
    for line, values in pairs:
        row = _row(values, line, name)
        if row.facts.recorded_at is not None and iso_time(row.facts.recorded_at) is None:
            odd_times.append(line)
        rows.append(row)
    if not rows:
        raise UsageError(f"{name}: names no recording.", "Give one a line, with at least the column path.")
    return rows, [*_odd(odd_times, name), *_repeated_ids(rows, name)]


def _json_lines(text: str, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for line, content in enumerate(text.splitlines(), 1):
        if not content.strip():
            continue
        try:
            values = msgspec.json.decode(content)  # json would let NaN through
        except ValueError as error:
            raise UsageError(f"{name}, line {line}: is not valid JSON ({error}).") from error
        if not isinstance(values, dict):
            raise UsageError(f'{name}, line {line}: is no object such as {{"path": …}}.')
        yield line, values


def _csv_rows(text: str, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    head = text.partition("\n")[0]
    delimiter = max((",", ";", "\t"), key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns: list[str] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns = _columns(cells, name)
                continue
            if len(cells) > len(columns):
                raise UsageError(
                    f"{name}, line {reader.line_num}: has {len(cells)} cells, the head {len(columns)}.",
                    'Put cells that hold the separator in quotes: "…".',
                )
            yield reader.line_num, dict(zip(columns, cells, strict=False))
    except csv.Error as error:
        raise UsageError(f"{name}, line {reader.line_num}: is not valid CSV: {error}.") from error


def _columns(cells: list[str], name: str) -> list[str]:
    columns = [_column(cell) for cell in cells]
    if "path" not in columns:
        raise UsageError(
            f"{name}: has no column path.", f"Its first line names the columns: {', '.join(COLUMNS)}, …"
        )
    twice = sorted({column for column in columns if column and columns.count(column) > 1})
    if twice:
        raise UsageError(f"{name}: has the column {twice[0]} twice.")
    return columns


def _column(cell: str) -> str:
    plain = cell.strip()
    known = plain.lower().replace(" ", "_")
    return known if known in COLUMNS else plain


def _row(values: Mapping[str, Any], line: int, name: str) -> Row:
    given = {_column(key): value for key, value in values.items() if key and value not in (None, "")}
    for key in COLUMNS:
        if not isinstance(given.get(key, ""), _TEXT if key == "path" else _TEXT_OR_NUMBER):
            raise UsageError(f"{name}, line {line}: {key} is no text.", f"Put {key} in quotes, as one value.")
    path = str(given.pop("path", "")).strip()
    if not path:
        raise UsageError(f"{name}, line {line}: has no path.", "Name the recording, or take the line out.")
    known: dict[str, Any] = {
        key: text for key in FACTS if key in given and (text := str(given.pop(key)).strip())
    }
    channel = known.get("agent_channel", "auto").lower()
    if channel not in CHANNELS:
        raise UsageError(
            f"{name}, line {line}: agent_channel takes left, right or auto, not {known['agent_channel']!r}."
        )
    if "agent_channel" in known:
        known["agent_channel"] = channel
    if "recorded_at" in known:
        known["recorded_at"] = iso_time(known["recorded_at"]) or known["recorded_at"]
    nested = given.pop("metadata", {})
    metadata = nested if isinstance(nested, dict) else {"metadata": nested}
    return Row(path, Facts(**known, metadata={**metadata, **given}), line)


def _odd(lines: list[int], name: str) -> list[str]:
    if not lines:
        return []
    where = f"line {lines[0]}" if len(lines) == 1 else f"{len(lines)} lines, first {lines[0]}"
    return [f"{name}: recorded_at is no ISO 8601 time ({where}); it is kept as written."]


def _repeated_ids(rows: list[Row], name: str) -> list[str]:
    seen: set[str] = set()
    twice = []
    for row in rows:
        if row.facts.call_id in seen:
            twice.append(row.line)
        elif row.facts.call_id:
            seen.add(row.facts.call_id)
    if not twice:
        return []
    return [
        f"{name}: {len(twice)} call_id(s) stand there more than once (first: line {twice[0]}); "
        "the later calls get -2, -3, …"
    ]
