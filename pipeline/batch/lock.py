"""One run at a time on a folder of results."""

from __future__ import annotations

import json
import os
import socket
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.batch.journal import BOOKS
from pipeline.errors import OutputError
from pipeline.files import output_error, private_folder, write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


HOLDER = "holder.json"


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Hold a folder of results; the system lets go of it when this process ends, however it ends.

    Parameters
    ----------
    out : Path
        Made if missing.

    Raises
    ------
    OutputError
        If another run has it (named: process, machine, since when), or it can't be written.
    """
    from filelock import FileLock, Timeout

    books = private_folder(out / BOOKS)
    holder = books / HOLDER
    lock = FileLock(books / "lock", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout as error:
        raise OutputError(
            f"{out} is being written by another run{_who(holder)}.",
            "Wait until it has ended, or name another folder with --out.",
        ) from error
    except OSError as error:
        raise output_error(books / "lock", error) from error
    try:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        write_atomic(
            holder, json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since}) + "\n"
        )
        yield
    finally:
        lock.release()


def _who(holder: Path) -> str:
    try:
        told = json.loads(holder.read_text(encoding="utf-8"))
        return f": process {int(told['pid'])} on {told['host']}, since {told['since']}"
    except (OSError, ValueError, KeyError, TypeError):  # it has only just begun
        return ""
