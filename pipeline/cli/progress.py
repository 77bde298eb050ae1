"""Draws progress events on stderr: a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress, TaskID

    from pipeline.cli.console import Terminal

_DRAWN_PER_S = 4  # each drawing takes 2 ms from the work


class StageProgress:
    """One line per recording: the stage it is in and how far.

    Parameters
    ----------
    terminal : Terminal
        Where to draw; quiet ones and files get nothing.
    """

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._name = ""

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Draw while the body runs; the line is gone afterwards."""
        if self._terminal.quiet or not self._terminal.err.is_terminal:
            yield
            return
        from rich.markup import escape
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        with Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            console=self._terminal.err,
            transient=True,
            refresh_per_second=_DRAWN_PER_S,
        ) as bar:
            self._bar, self._name = bar, escape(name)
            self._task = bar.add_task(self._name, total=None)
            try:
                yield
            finally:
                self._bar = self._task = None

    def __call__(self, step: str, completed: float, total: float | None) -> None:
        """Take one event."""
        if self._bar is not None and self._task is not None:
            self._bar.update(
                self._task, description=f"{self._name}: {step}", completed=completed, total=total
            )
