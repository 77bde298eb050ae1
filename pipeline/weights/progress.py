"""Progress of a download as plain events; only the front door draws them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one step has come.

    Parameters
    ----------
    step : str
        What is being done, such as ``"base: model.bin"``.
    completed : int
        Bytes done so far.
    total : int or None
        Bytes in all; None where nobody knows.
    """

    step: str
    completed: int
    total: int | None


ProgressCallback = Callable[[Progress], None]
Notify = Callable[[str], None]


def folder_bytes(folder: Path) -> int:
    """Bytes in the files below a folder; files that vanish meanwhile count nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(parent) / name).stat().st_size
            except OSError:
                continue
    return total


@contextmanager
def watched(folder: Path, step: str, total: int | None, callback: ProgressCallback | None) -> Iterator[None]:
    """Report how a folder grows, for downloaders that have no callback of their own.

    Parameters
    ----------
    folder : Path
        Where the downloader writes; need not exist yet.
    step : str
        Name of the step in the events.
    total : int or None
        Bytes expected.
    callback : callable or None
        Receives `Progress`; None watches nothing.
    """
    if callback is None:
        yield
        return
    done = threading.Event()

    def report() -> None:
        seen = 0  # a downloader that moves its file away has not lost it
        while not done.wait(_POLL_S):
            seen = max(seen, folder_bytes(folder))
            callback(Progress(step, min(seen, total) if total else seen, total))

    callback(Progress(step, 0, total))
    thread = threading.Thread(target=report, name="download-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    if total:
        callback(Progress(step, total, total))
