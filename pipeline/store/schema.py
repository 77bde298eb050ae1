"""The database's schema: made and brought up to date when it is opened, by the migrations in this package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from pipeline.errors import UsageError

if TYPE_CHECKING:
    from alembic.config import Config

    from pipeline.store.database import Target

HEAD = "0002"
"""The schema that this program works with: the last of the migrations."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x68656172  # PostgreSQL's lock for the time of a migration; any number that others don't use
_OTHER = "Name another with --db."


def upgrade(engine: sa.Engine, target: Target) -> None:
    """Bring a database up to `HEAD`; nothing is done where it is.

    Raises
    ------
    UsageError
        If it was made by a newer version, or is somebody else's.
    """
    with engine.connect() as connection:
        if _version(connection) == HEAD:
            return
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        version = _version(connection)  # another run may have done it meanwhile
        if version == HEAD:
            return
        _check_ours(connection, version, target)
        from alembic import command

        config = migrations_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def migrations_config() -> Config:
    """Return alembic's configuration; there is no alembic.ini."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def known_versions() -> set[str]:
    """Return the schemas that this program can bring up to date, `HEAD` included."""
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(migrations_config())
    return {one.revision for one in script.walk_revisions()}


def _version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _check_ours(connection: sa.Connection, version: str | None, target: Target) -> None:
    tables = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
    if (version is None and tables) or (version and "calls" not in tables):
        raise UsageError(f"{target.name} is not a database of hearout's.", _OTHER)
    if version is not None and version not in known_versions():
        raise UsageError(
            f"{target.name} was made by a newer hearout (schema {version[:40]}; this one knows {HEAD}).",
            f"Install the newer version. {_OTHER}",
        )
