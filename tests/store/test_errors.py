"""What goes wrong with a database is one of our errors, with one sentence and nothing that was said."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
import sys
import traceback
from pathlib import Path

import pytest
import sqlalchemy as sa
from store.made import make_result

from pipeline.errors import ExitCode, MissingComponentError, OutputError, UsageError
from pipeline.store import find_target, open_store
from pipeline.store import tables as tables_of


def test_targets_are_understood(tmp_path):
    (tmp_path / "odd.name").write_bytes(b"")
    assert find_target(tmp_path).file == tmp_path / "hearout.sqlite"
    assert find_target(str(tmp_path / "results.2025")).file == tmp_path / "results.2025" / "hearout.sqlite"
    assert find_target(tmp_path / "a.db").file == tmp_path / "a.db"
    assert find_target(tmp_path / "odd.name").file == tmp_path / "odd.name"
    assert find_target(f"sqlite:///{tmp_path}/a.sqlite").file == tmp_path / "a.sqlite"
    for scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        found = find_target(f"{scheme}://emma:secret@db.example:5433/calls?sslmode=require")
        assert found.url.drivername == "postgresql+psycopg"
        assert found.url.password == "secret"
        assert found.name == "postgresql://emma@db.example:5433/calls"


@pytest.mark.parametrize(
    "url",
    ["mysql://u:secret@h/d", "postgresql+psycopg2://u:secret@h/d", "nonsense://secret", "://secret",
     "postgresql://u:secret@h:port/d", "postgresql://u:secret@h", "sqlite://"],
)  # fmt: skip
def test_a_bad_url_is_wrong_usage(url):
    with pytest.raises(UsageError) as caught:
        open_store(url)
    assert "secret" not in str(caught.value)
    assert caught.value.exit_code == ExitCode.USAGE


def test_a_missing_driver_is_named_with_the_command_that_gets_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingComponentError) as caught:
        open_store("postgresql://u@h/d")
    assert "pip install 'hearout[postgres]'" in caught.value.remedy
    assert caught.value.exit_code == ExitCode.MISSING


def test_a_server_that_is_not_there(tmp_path, server):
    with pytest.raises(OutputError, match="no connection") as caught:
        open_store(f"postgresql://emma:secret@/calls?host={tmp_path}")
    assert "secret" not in str(caught.value)
    with pytest.raises(OutputError, match='database "nowhere" does not exist'):
        open_store(server.url("nowhere"))


def test_files_are_for_their_owner_only(tmp_path):
    old = os.umask(0)
    try:
        with open_store(tmp_path / "new" / "folder") as store:
            store.put(make_result(0), "call")
            files = list((tmp_path / "new" / "folder").iterdir())
            assert {path.name for path in files} >= {"hearout.sqlite", "hearout.sqlite-wal"}
            assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_it_is_in_wal_mode(tmp_path):
    open_store(tmp_path).close()
    with sqlite3.connect(tmp_path / "hearout.sqlite") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_locked_file(tmp_path):
    with open_store(tmp_path, wait_s=0.05) as store:
        other = sqlite3.connect(tmp_path / "hearout.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutputError, match="locked by another run") as caught:
            store.put(make_result(0), "call")
        assert list(store.calls()) == []  # reading goes on
        other.execute("ROLLBACK")
        other.close()
        store.put(make_result(0), "call")
    assert caught.value.exit_code == ExitCode.OUTPUT


def test_a_locked_server(postgres_url):
    import psycopg

    with open_store(postgres_url, wait_s=0.05) as store:
        with psycopg.connect(postgres_url.replace("+psycopg", "")) as other:
            other.execute("LOCK TABLE calls IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(OutputError, match="locked by another run"):
                store.put(make_result(0), "call")
        store.put(make_result(0), "call")


def test_a_read_only_file(tmp_path):
    with open_store(tmp_path) as store:

        @sa.event.listens_for(store._engine, "checkout")
        def _refuse(connection, *_):
            connection.execute("PRAGMA query_only = ON")

        with pytest.raises(OutputError, match="can't be written"):
            store.put(make_result(0), "call")


def test_a_read_only_server(server):
    name = server.new_database()
    open_store(server.url(name)).close()
    server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with open_store(server.url(name)) as store, pytest.raises(OutputError, match="read-only"):
        store.put(make_result(0), "call")


def test_no_space(tmp_path):
    with open_store(tmp_path) as store:

        @sa.event.listens_for(store._engine, "checkout")
        def _fill(connection, *_):
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages}")

        with pytest.raises(OutputError, match="no space"):
            store.put(make_result(0, turns=80), "call")
        assert list(store.calls()) == []


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_can_be_made_anew(tmp_path, content):
    path = tmp_path / "hearout.sqlite"
    path.write_bytes(content)
    with pytest.raises(OutputError, match="damaged") as caught:
        open_store(tmp_path)
    assert "Remove that file" in caught.value.remedy


def test_a_folder_that_can_not_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file"):
        open_store(tmp_path / "file" / "below" / "a.sqlite")


def test_an_unexpected_refusal_quotes_nothing(store, caplog):
    """PostgreSQL quotes the row that it refuses; neither error nor log may."""
    caplog.set_level(logging.DEBUG)
    row = {one.name: None for one in tables_of.turns.c if one.name != "id"}
    rows = {table.name: [] for table in tables_of.CHILDREN}
    rows |= {"calls": [{"id": "call"}], "turns": [row | {"call_id": "call", "text": "the secret words"}]}
    with pytest.raises(OutputError) as caught:
        store.write_rows([rows])
    told = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert "secret words" not in told
    assert "Failing row" not in told


def test_nothing_that_was_said_is_logged(store, caplog):
    caplog.set_level(logging.DEBUG)
    result = make_result(0)
    store.put(result, "call")
    store.search("engineer")
    assert not [one["text"] for one in result["turns"] if one["text"] in caplog.text]
    assert "engineer" not in caplog.text


def test_the_package_carries_its_migrations():
    import pipeline.store

    folder = Path(pipeline.store.__file__).parent / "migrations"
    assert (folder / "env.py").is_file()
    assert list((folder / "versions").glob("0*.py"))
