"""Fetches remote recordings ahead of their turn, a few at a time, so that no worker waits for a network."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

from pipeline.batch.remote import drop_fetched, fetch
from pipeline.errors import HearoutError
from pipeline.identity import file_digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.batch.plan import Job

    Fetched = tuple[Path, str] | HearoutError


class Fetcher:
    """Fetches in threads; a context manager that leaves no recording behind.

    Parameters
    ----------
    folder : Path
        Where the recordings lie meanwhile.
    ahead : int
        How many are fetched beyond those at work.
    wake : callable
        Called, in another thread, when one has come.
    """

    def __init__(self, folder: Path, ahead: int, wake: Callable[[], None]) -> None:
        self._folder = folder
        self._most = max(1, ahead)
        self._wake = wake
        self._threads = ThreadPoolExecutor(self._most, thread_name_prefix="fetch")
        self._coming: dict[str, Future[Fetched]] = {}
        self._here: dict[str, Path] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        for future in self._coming.values():
            if not future.cancelled() and not isinstance(found := future.result(), HearoutError):
                drop_fetched(self._folder, found[0])
        for path in self._here.values():
            drop_fetched(self._folder, path)

    def ahead(self, upcoming: Callable[[int], list[Job]]) -> None:
        """Begin to fetch those whose turn is next."""
        room = self._most - len(self._coming)
        if room <= 0:
            return
        for job in upcoming(self._most):
            if room and job.found.is_remote and job.place not in self._coming and job.place not in self._here:
                future = self._threads.submit(self._fetch, job)
                self._coming[job.place] = future
                future.add_done_callback(lambda _: self._wake())
                room -= 1

    def has(self, job: Job) -> bool:
        """Tell whether a recording is here, or is known not to come."""
        return job.place in self._here or (job.place in self._coming and self._coming[job.place].done())

    def take(self, job: Job) -> Fetched:
        """Return where a recording lies and its SHA-256, or why it didn't come; see `has`."""
        if job.place in self._here:  # its worker died, it is given again
            return self._here[job.place], file_digest(self._here[job.place])
        found = self._coming.pop(job.place).result()
        if not isinstance(found, HearoutError):
            self._here[job.place] = found[0]
        return found

    def drop(self, job: Job) -> None:
        """Remove a recording that is not needed any more."""
        path = self._here.pop(job.place, None)
        if path is not None:
            drop_fetched(self._folder, path)

    def _fetch(self, job: Job) -> Fetched:
        try:
            path = fetch(job.found, self._folder)
            return path, file_digest(path)
        except HearoutError as error:
            return error
        except OSError as error:
            from pipeline.files import output_error

            return output_error(self._folder, error)
