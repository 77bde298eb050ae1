"""The store: puts results, takes them away, finds them."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from pipeline.store import tables
from pipeline.store.database import Target, find_target, make_engine, mapped_errors
from pipeline.store.reader import Reader
from pipeline.store.rows import RESULT, Rows, Stamp, StoredResult, make_rows, read_result
from pipeline.store.schema import upgrade

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from pipeline.store.reader import (
        CallFilter,
        CallRow,
        EventRow,
        Hit,
        MeasureRow,
        MoveRow,
        TurnRow,
        VerdictRow,
        WarningRow,
    )

_IDS = 500  # of one statement
_INDEX = "INSERT INTO turns_search(rowid, terms) SELECT id, terms FROM turns"
_TAKE_FROM_INDEX = (
    "INSERT INTO turns_search(turns_search, rowid, terms) SELECT 'delete', id, terms FROM turns"
)


def open_store(target: str | Path, *, wait_s: float = 30.0) -> Store:
    """Open the database of results; it is made if it is missing, and brought up to this version's schema.

    Parameters
    ----------
    target : str or Path
        A folder of results (its ``hearout.sqlite``), an SQLite file, ``:memory:``, or a URL such as
        ``postgresql+psycopg://user@host/name``.
    wait_s : float
        How long to wait for another run that writes.

    Returns
    -------
    Store
        To be closed, or used in a ``with``.

    Raises
    ------
    UsageError
        If the target isn't understood, or the database is newer than this program, or not ours.
    MissingComponentError
        If the database's driver isn't installed.
    OutputError
        If it can't be reached or written.
    """
    found = find_target(target)
    engine = make_engine(found, wait_s)
    try:
        with mapped_errors(found):
            upgrade(engine, found)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, found)


class Store:
    """Results in a database; see `open_store`.

    A call's id here is the name of its folder, ``DIR/<call-id>``. Each method that writes does so in
    transactions of whole calls: others see the old result or the new one.
    """

    def __init__(self, engine: sa.Engine, target: Target) -> None:
        self._engine = engine
        self.target = target
        self._took_away = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it; words of calls that were taken away leave an SQLite file for good."""
        with suppress(SQLAlchemyError):  # tidying may wait for the next time
            self._tidy()
        self._engine.dispose()

    # --- writing

    def put(self, analysis: Mapping[str, Any], folder_name: str, stamp: Stamp | None = None) -> None:
        """Store one result, in place of what is stored of that call.

        Parameters
        ----------
        analysis : mapping
            What `analysis.json` holds (of an `Analysis`: ``model_dump(by_alias=True)``).
        folder_name : str
            Name of the call's folder.
        stamp : Stamp, optional
            Of the result file, if it was read; else the next `sync_folder` reads it again.

        Raises
        ------
        InputError
            If it isn't a result of this schema.
        OutputError
            If the database can't be written.
        """
        self.write_rows([make_rows(StoredResult(folder_name, analysis, stamp))])

    def put_folder(self, folder: Path) -> None:
        """Store the result in a call's folder; `sync_folder` then knows that it is up to date.

        Raises
        ------
        InputError, OutputError
            See `put`.
        """
        path = folder / RESULT
        self.write_rows([make_rows(read_result(path), path)])

    def write_rows(self, calls: Iterable[Rows]) -> None:
        """Store calls that are rows already, in one transaction."""
        by_id = {rows["calls"][0]["id"]: rows for rows in calls}
        if not by_id:
            return
        ids = sorted(by_id)  # two runs at once take locks in one order
        with self._writing() as connection:
            self._upsert(connection, [by_id[call_id]["calls"][0] for call_id in ids])
            self._take_away(connection, ids)
            for table in tables.CHILDREN:
                self._insert(
                    connection, table, [row for call_id in ids for row in by_id[call_id][table.name]]
                )
            self._index(connection, _INDEX, ids)

    def delete(self, *call_ids: str) -> int:
        """Take calls away; return how many were there."""
        ids, count = sorted(call_ids), 0
        with self._writing() as connection:
            self._take_away(connection, ids)
            for some in _pieces(ids):
                done = connection.execute(sa.delete(tables.calls).where(tables.calls.c.id.in_(some)))
                count += done.rowcount
        return count

    def restamp(self, stamps: Mapping[str, Stamp]) -> None:
        """Note that result files were touched but hold the same."""
        if not stamps:
            return
        change = (
            sa.update(tables.calls)
            .where(tables.calls.c.id == sa.bindparam("call"))
            .values(result_stamp=sa.bindparam("seen"))
        )
        rows = [{"call": name, "seen": one.seen} for name, one in sorted(stamps.items())]
        with self._writing() as connection:
            connection.execute(change, rows)

    def note(self, key: str, value: str) -> None:
        """Keep a fact about the store itself."""
        with self._writing() as connection:
            connection.execute(sa.delete(tables.about).where(tables.about.c.key == key))
            connection.execute(sa.insert(tables.about), [{"key": key, "value": value}])

    def noted(self, key: str) -> str | None:
        """Return what `note` kept."""
        with self._reading() as connection:
            found: str | None = connection.execute(
                sa.select(tables.about.c.value).where(tables.about.c.key == key)
            ).scalar()
            return found

    def stamps(self) -> dict[str, tuple[str | None, str | None]]:
        """Return of each call, by id, which state of its file is stored: (sha256, seen)."""
        calls = tables.calls.c
        with self._reading() as connection:
            rows = connection.execute(sa.select(calls.id, calls.result_sha256, calls.result_stamp))
            return {call_id: (sha256, seen) for call_id, sha256, seen in rows}

    # --- reading

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """Read several things as they are at one moment, whatever others write meanwhile."""
        with self._reading() as connection:
            yield Reader(connection)

    def calls(self, where: CallFilter | None = None) -> Iterator[CallRow]:
        """Yield the calls, by id; rows are fetched as they are taken."""
        with self.read() as reader:
            yield from reader.calls(where)

    def measures(self, where: CallFilter | None = None) -> Iterator[MeasureRow]:
        """Yield every measure with its parts, by call."""
        with self.read() as reader:
            yield from reader.measures(where)

    def events(self, where: CallFilter | None = None) -> Iterator[EventRow]:
        """Yield the events, by call, in the result's order."""
        with self.read() as reader:
            yield from reader.events(where)

    def verdicts(self, where: CallFilter | None = None) -> Iterator[VerdictRow]:
        """Yield verdicts, checklists and their items, by call, in the result's order."""
        with self.read() as reader:
            yield from reader.verdicts(where)

    def turns(self, where: CallFilter | None = None) -> Iterator[TurnRow]:
        """Yield the turns, by call."""
        with self.read() as reader:
            yield from reader.turns(where)

    def moves(self, where: CallFilter | None = None) -> Iterator[MoveRow]:
        """Yield the moves, by call."""
        with self.read() as reader:
            yield from reader.moves(where)

    def warnings(self, where: CallFilter | None = None) -> Iterator[WarningRow]:
        """Yield the warnings, by call."""
        with self.read() as reader:
            yield from reader.warnings(where)

    def search(self, text: str, where: CallFilter | None = None, limit: int = 100) -> list[Hit]:
        """Find turns in which all the words were said; see `Reader.search`."""
        with self.read() as reader:
            return reader.search(text, where, limit)

    # --- inside

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with (
            mapped_errors(self.target),
            self._engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        options: dict[str, Any] = {"yield_per": 2000}
        if self._engine.dialect.name == "postgresql":
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with (
            mapped_errors(self.target),
            self._engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield connection

    def _upsert(self, connection: sa.Connection, rows: list[dict[str, Any]]) -> None:
        kind = postgresql if connection.dialect.name == "postgresql" else sqlite
        change = kind.insert(tables.calls)
        others = {one.name: change.excluded[one.name] for one in tables.calls.c if one.name != "id"}
        connection.execute(change.on_conflict_do_update(index_elements=["id"], set_=others), rows)

    def _take_away(self, connection: sa.Connection, ids: list[str]) -> None:
        """Take away all that is stored of calls, but for their rows in ``calls``."""
        self._index(connection, _TAKE_FROM_INDEX, ids)
        for some in _pieces(ids):
            for table in tables.CHILDREN:
                done = connection.execute(sa.delete(table).where(table.c.call_id.in_(some)))
                self._took_away |= table is tables.turns and done.rowcount > 0

    def _index(self, connection: sa.Connection, statement: str, ids: list[str]) -> None:
        """Bring SQLite's full-text index in step with the turns of these calls: all at once, for speed."""
        if connection.dialect.name != "sqlite":
            return
        for some in _pieces(ids):
            marks = ", ".join("?" * len(some))
            connection.exec_driver_sql(f"{statement} WHERE call_id IN ({marks})", tuple(some))

    def _insert(self, connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        """Write rows as they are: SQLAlchemy's work on each value would take as long as the database's."""
        if not rows:
            return
        compiled = sa.insert(table).compile(dialect=connection.dialect, column_keys=list(rows[0]))
        order = compiled.positiontup
        connection.exec_driver_sql(
            str(compiled), [tuple(map(row.__getitem__, order)) for row in rows] if order else rows
        )

    def _tidy(self) -> None:
        if not self._took_away or self._engine.dialect.name != "sqlite":
            return
        with self._engine.connect().execution_options(writes=True) as connection, connection.begin():
            # the index keeps words of deleted rows until it is merged
            connection.exec_driver_sql("INSERT INTO turns_search(turns_search) VALUES ('optimize')")
        raw = self._engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA busy_timeout = 0")  # whoever still reads does it later
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            raw.close()
        self._took_away = False


def _pieces(ids: list[str]) -> Iterator[list[str]]:
    for at in range(0, len(ids), _IDS):
        yield ids[at : at + _IDS]
