"""The schema: made on opening, brought up to date, refused if newer or not ours."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from store.made import make_result

from pipeline.errors import ExitCode, UsageError
from pipeline.store import open_store
from pipeline.store.database import find_target, make_engine
from pipeline.store.schema import HEAD, known_versions, migrations_config
from pipeline.store.tables import metadata


def engine_of(target):
    return make_engine(find_target(target), 5)


def execute(target, *statements):
    engine = engine_of(target)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()


def test_the_last_migration_is_the_one_that_is_wanted():
    from alembic.script import ScriptDirectory

    assert ScriptDirectory.from_config(migrations_config()).get_heads() == [HEAD]
    assert HEAD in known_versions()


def test_the_migrations_make_what_the_tables_say(target):
    open_store(target).close()
    engine = engine_of(target)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _: not (name or "").startswith("turns_search"),
            },
        )
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_opening_again_changes_nothing(target):
    with open_store(target) as store:
        store.put(make_result(0), "call")
    with open_store(target) as store:
        assert [one.id for one in store.calls()] == ["call"]


def test_a_known_schema_needs_no_alembic(tmp_path):
    open_store(tmp_path).close()
    code = (
        "import sys; from pipeline.store import open_store; open_store(sys.argv[1]).close();"
        "heavy = {'alembic', 'mako', 'psycopg', 'pyarrow', 'xlsxwriter'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_newer_database_is_refused(target):
    open_store(target).close()
    execute(target, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UsageError, match="made by a newer hearout") as caught:
        open_store(target)
    assert caught.value.exit_code == ExitCode.USAGE
    assert caught.value.message.count(".") <= target.count(".") + 1


def test_somebody_elses_database_is_refused(target):
    execute(target, "CREATE TABLE customers (name TEXT)")
    with pytest.raises(UsageError, match="not a database of hearout's"):
        open_store(target)


def test_two_that_open_at_once_both_find_it_made(target):
    failed, start = [], threading.Barrier(4)

    def open_it():
        start.wait()
        try:
            open_store(target).close()
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with open_store(target) as store:
        assert list(store.calls()) == []


def test_the_index_of_an_older_database_stays_in_step(tmp_path):
    """Until 0002 triggers filled it; now the store does, and what they indexed can still be taken away."""
    from alembic import command

    target = str(tmp_path / "old.sqlite")
    engine = engine_of(target)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        config = migrations_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    execute(
        target,
        "INSERT INTO calls (id, source, sha256, duration_s, sample_rate_hz, channels, layout, metadata,"
        " version, settings_sha256, device, elapsed_s, role_confidence)"
        " VALUES ('old', 'a.wav', '', 9, 8000, 2, 'dual', '{}', '0', '', 'cpu', 0, 1)",
        "INSERT INTO turns (call_id, n, role, kind, start_s, end_s, word_count, text, terms)"
        " VALUES ('old', 1, 'agent', 'turn', 0, 1, 2, 'Quite unheard', 'quite unheard')",
    )
    with open_store(target) as store:
        assert [hit.call_id for hit in store.search("unheard")] == ["old"]
        store.put(make_result(0), "old")
        store.put(make_result(1), "new")
        assert store.search("unheard") == []
        assert {hit.call_id for hit in store.search("engineer")} == {"old", "new"}
    execute(target, "INSERT INTO turns_search(turns_search, rank) VALUES ('integrity-check', 1)")
