"""Stores of both kinds: an SQLite file, and a database on a PostgreSQL server started for these tests."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.store import Store

_USER = "hearout"


def _program(name: str) -> str:
    """Find a program of PostgreSQL's; Debian keeps them off the path."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    found = shutil.which(name) or (str(debian[-1]) if debian else None)
    if found is None:
        pytest.fail(
            f"PostgreSQL's {name} is not on this machine; `make system-packages` gets it", pytrace=False
        )
    return found


@dataclass
class Server:
    """A PostgreSQL server on a socket in a folder of its own; the network doesn't reach it."""

    folder: Path
    user: str | None

    def start(self) -> None:
        data = self.folder / "data"
        self._run(
            _program("initdb"), "-D", str(data), "-U", _USER, "-A", "trust", "-E", "UTF8",
            "--locale=C", "--no-sync",
        )  # fmt: skip
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off"
        self._run(
            _program("pg_ctl"), "-D", str(data), "-l", str(self.folder / "log"), "-w", "-t", "60",
            "-o", options, "start",
        )  # fmt: skip

    def stop(self) -> None:
        self._run(_program("pg_ctl"), "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://{_USER}@/{name}?host={self.folder}"

    def execute(self, statement: str, name: str = "postgres") -> None:
        import psycopg

        with psycopg.connect(host=str(self.folder), user=_USER, dbname=name, autocommit=True) as connection:
            connection.execute(statement)

    def new_database(self) -> str:
        """Make a database; nobody drops it, the whole server goes in the end."""
        name = f"test_{uuid.uuid4().hex}"
        self.execute(f"CREATE DATABASE {name}")
        return name

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            command, capture_output=True, text=True, user=self.user, cwd="/", check=False,
            group=self.user and pwd.getpwnam(self.user).pw_gid, extra_groups=[] if self.user else None,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        )  # fmt: skip
        if done.returncode:
            said = done.stderr.strip() or done.stdout.strip()
            pytest.fail(f"the tests' PostgreSQL server: {Path(command[0]).name} says: {said}", pytrace=False)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A running server; as root it runs as another user, since it refuses root."""
    user = None
    folder = Path(tempfile.mkdtemp(prefix="hearout-postgres-"))  # short: a socket's path has 107 bytes
    if os.geteuid() == 0:
        known = {entry.pw_name for entry in pwd.getpwall()}
        user = next((name for name in ("postgres", "nobody") if name in known), None)
        if user is None:
            pytest.fail("PostgreSQL refuses root, and there is neither postgres nor nobody", pytrace=False)
        shutil.chown(folder, user)
    running = Server(folder, user)
    try:
        running.start()
        yield running
        running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def made_database(server: Server) -> str:
    """A database with our tables, for many tests: to make one for each takes longer than the tests."""
    name = server.new_database()
    open_store(server.url(name)).close()
    return name


@pytest.fixture
def postgres_url(server: Server, made_database: str) -> str:
    """A database on the server with our tables, empty."""
    server.execute("TRUNCATE about, calls CASCADE", made_database)
    return server.url(made_database)


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables, of either kind, as a user names it."""
    if request.param == "sqlite":
        return str(tmp_path / "db" / "hearout.sqlite")
    server: Server = request.getfixturevalue("server")
    return server.url(server.new_database())


@pytest.fixture(params=["sqlite", "postgresql"])
def made_target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with our tables, of either kind."""
    if request.param == "sqlite":
        return str(tmp_path / "db" / "hearout.sqlite")
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def store(made_target: str) -> Iterator[Store]:
    """An empty store of either kind."""
    with open_store(made_target) as opened:
        yield opened


@pytest.fixture
def both(tmp_path: Path, postgres_url: str) -> Iterator[tuple[Store, Store]]:
    """An empty store of each kind."""
    with open_store(tmp_path / "both.sqlite") as one, open_store(postgres_url) as other:
        yield one, other
