"""Where the database is, how it is opened, and what its errors mean."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import StaticPool

from pipeline.errors import HearoutError, MissingComponentError, OutputError, UsageError
from pipeline.files import private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

DATABASE = "hearout.sqlite"
MEMORY = ":memory:"
_FILE_ENDINGS = {".sqlite", ".sqlite3", ".db"}
_AGAIN_S = 0.01
_FORM = "Name a folder, a .sqlite file, or postgresql://USER@HOST/NAME."
_REBUILD = "Remove that file: it is made anew from the results."
_ELSEWHERE = "Name another with --db."


@dataclass(frozen=True, slots=True)
class Target:
    """A database that was named.

    Parameters
    ----------
    url : URL
        With the password, if it holds one.
    file : Path or None
        The file of an SQLite database; ``None`` for one in memory or on a server.
    """

    url: URL
    file: Path | None

    @property
    def name(self) -> str:
        """How it is named to people: never with a password."""
        if self.file is not None:
            return str(self.file)
        if self.url.get_backend_name() == "sqlite":
            return "the database in memory"
        return URL.create(
            "postgresql",
            username=self.url.username,
            host=self.url.host,
            port=self.url.port,
            database=self.url.database,
        ).render_as_string(hide_password=True)


def find_target(named: str | Path) -> Target:
    """Understand the name of a database.

    Parameters
    ----------
    named : str or Path
        A folder (its ``hearout.sqlite``), a file that ends with .sqlite, .sqlite3 or .db, ``:memory:``, or a
        URL: ``postgresql://…``, ``postgresql+psycopg://…``, ``sqlite:///FILE``.

    Raises
    ------
    UsageError
        If it is none of these.
    """
    text = str(named)
    if text == MEMORY:
        return Target(URL.create("sqlite"), None)
    if isinstance(named, str) and "://" in named:
        return _from_url(named)
    path = Path(named)
    if not path.is_file() and path.suffix not in _FILE_ENDINGS:
        path /= DATABASE
    return Target(URL.create("sqlite", database=str(path)), path)


def _from_url(text: str) -> Target:
    try:
        url = make_url(text)
        backend = url.get_backend_name()
    except (ArgumentError, ValueError):
        raise UsageError("The database's URL can't be understood.", _FORM) from None  # it may hold a password
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        if not url.database:
            raise UsageError("The URL names no database.", _FORM)
        return Target(url.set(drivername="postgresql+psycopg"), None)
    if backend == "sqlite" and url.database:
        return find_target(Path(url.database))
    raise UsageError(f"{url.drivername} is not a database that hearout knows.", _FORM)


def make_engine(target: Target, wait_s: float) -> sa.Engine:
    """Return an engine whose errors and log hold no values; an SQLite file is made, for its owner only.

    Parameters
    ----------
    target : Target
    wait_s : float
        How long to wait for another run that holds a lock.

    Raises
    ------
    MissingComponentError
        If the driver isn't installed.
    OutputError
        If the file can't be made.
    """
    options: dict[str, Any] = {
        "hide_parameters": True,
        "json_serializer": lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")),
    }
    if target.url.get_backend_name() == "sqlite":
        if target.file is None:
            options["poolclass"] = StaticPool
        else:
            _make_file(target.file)
        engine = sa.create_engine(
            target.url, connect_args={"check_same_thread": False, "timeout": wait_s}, **options
        )
        _prepare_sqlite(engine, wait_s if target.file is not None else None)
        return engine
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        raise MissingComponentError(
            "PostgreSQL needs the package psycopg, which is not installed.",
            "Install it with: pip install 'hearout[postgres]'",
        ) from error
    engine = sa.create_engine(target.url, connect_args={"connect_timeout": 10}, **options)

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {int(wait_s * 1000)}")
            cursor.execute("SET client_min_messages = warning")
        connection.commit()

    return engine


def _make_file(path: Path) -> None:
    private_folder(path.parent)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OutputError(f"{path} can't be written: {reason}.", f"Check the rights. {_ELSEWHERE}") from error


def _prepare_sqlite(engine: sa.Engine, wait_s: float | None) -> None:
    """Set up each connection; `wait_s`: how long to wait for others, ``None`` in memory."""

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we send BEGIN: DDL and reads are in transactions too
        cursor = connection.cursor()
        if wait_s is not None:
            _log_ahead(cursor, wait_s)
            cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA secure_delete = ON")  # what is deleted leaves the file
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _log_ahead(cursor: sqlite3.Cursor, wait_s: float) -> None:
    """Let readers go on while somebody writes; others may ask for it just now, and SQLite does not wait."""
    until = time.monotonic() + wait_s
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > until:
                raise
            time.sleep(_AGAIN_S)
        else:
            return


def _is_busy(error: sqlite3.Error) -> bool:
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _code(error: sqlite3.Error) -> int:
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


@contextmanager
def mapped_errors(target: Target) -> Iterator[None]:
    """Turn what a database says into one of our errors.

    The cause is left out: PostgreSQL's messages quote the row, and with it what was said.

    Raises
    ------
    OutputError, UsageError, MissingComponentError
    """
    try:
        yield
    except DBAPIError as error:
        raise _mapped(error.orig or error, target) from None
    except PoolTimeout:
        raise OutputError(f"{target.name}: too many connections at once.", "Try again.") from None


def _mapped(error: BaseException, target: Target) -> HearoutError:
    return _from_sqlite(error, target) if isinstance(error, sqlite3.Error) else _from_server(error, target)


def _from_sqlite(error: sqlite3.Error, target: Target) -> HearoutError:
    code, name = _code(error), target.name
    if _is_busy(error):
        return OutputError(f"{name} is locked by another run.", "Try again when that is done.")
    if code == sqlite3.SQLITE_FULL:
        return OutputError(f"{name}: no space is left to write it.", f"Free some space. {_ELSEWHERE}")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return OutputError(f"{name} can't be written.", f"Check the rights. {_ELSEWHERE}")
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return OutputError(f"{name} is damaged or no database.", _REBUILD)
    if "fts5" in str(error) and "no such module" in str(error):
        return MissingComponentError(
            "This Python's SQLite has no full-text search (FTS5).",
            "Use another Python, or a PostgreSQL database.",
        )
    what = getattr(error, "sqlite_errorname", None) or type(error).__name__
    return OutputError(f"{name}: the database can't be used ({what}).", _ELSEWHERE)


_STATES = {
    "25006": "it is read-only",
    "42501": "this user may not write there",
    "53100": "no space is left on the server",
    "55P03": "it is locked by another run",
    "40P01": "another run was in the way",
    "40001": "another run was in the way",
}


def _from_server(error: BaseException, target: Target) -> HearoutError:
    state = getattr(error, "sqlstate", None)
    if state is None:  # no connection: what the driver says of that names user and host, never data
        lines = str(error).strip().splitlines() or [type(error).__name__]
        why = lines[-1].split("FATAL: ")[-1].strip().rstrip(".")
        return OutputError(
            f"{target.name}: no connection ({why}).", "Check the URL, the server and the rights."
        )
    if state in _STATES:
        return OutputError(
            f"{target.name} can't be written: {_STATES[state]}.", "Try again when that is mended."
        )
    if state[:2] in ("08", "57"):
        return OutputError(f"{target.name}: the connection was lost.", "Try again.")
    return OutputError(f"{target.name}: the database can't be used (SQLSTATE {state}).", _ELSEWHERE)
