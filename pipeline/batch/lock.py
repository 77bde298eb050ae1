"""One run at a time on a folder of results."""

from __future__ import annotations

import json
import os
import socket
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.batch.journal import BOOKS
from pipeline.errors import OutputError
from pipeline.files import output_error, private_folder, write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


LOCK = "lock"
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
    lock = FileLock(books / LOCK, timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout as error:
        raise _held(out) from error
    except OSError as error:
        raise output_error(books / LOCK, error) from error
    try:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        write_atomic(
            holder, json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since}) + "\n"
        )
        yield
    finally:
        with suppress(OSError):
            holder.unlink(missing_ok=True)
        lock.release()


@contextmanager
def locked_call(folder: Path) -> Iterator[None]:
    """Hold the folder of results that a call's folder lies in, if runs have held it before.

    Raises
    ------
    OutputError
        See `locked`.
    """
    out = folder.absolute().parent
    with locked(out) if (out / BOOKS).is_dir() else nullcontext():
        yield


@contextmanager
def shared(out: Path) -> Iterator[None]:
    """Write calls of one's own into a folder of results: beside others who do so, not beside who holds it.

    Nothing is made: where nobody ever held the folder, there is nothing to look at.

    Raises
    ------
    OutputError
        If another run holds it.
    """
    import fcntl

    try:
        handle = os.open(out / BOOKS / LOCK, os.O_RDONLY)
    except OSError:
        yield
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)  # the kind of lock that filelock takes
    except BlockingIOError as error:
        os.close(handle)
        raise _held(out) from error
    try:
        yield
    finally:
        os.close(handle)


def _held(out: Path) -> OutputError:
    return OutputError(
        f"{out} is being written by another run{_who(out / BOOKS / HOLDER)}.",
        "Wait until it has ended, or write to another folder.",
    )


def _who(holder: Path) -> str:
    try:
        told = json.loads(holder.read_text(encoding="utf-8"))
        return f": process {int(told['pid'])} on {told['host']}, since {told['since']}"
    except (OSError, ValueError, KeyError, TypeError):  # it has only just begun
        return ""
