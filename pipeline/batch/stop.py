"""Ending a run from outside: Ctrl-C and the service manager's SIGTERM."""

from __future__ import annotations

import signal
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class Stop:
    """Asks a run to end: a flag, and a pipe that wakes whoever waits.

    Outside of `guard` a signal ends the run on the spot, as KeyboardInterrupt; inside, at the next moment at
    which the books are in order. A second one does not wait for that.
    """

    def __init__(self) -> None:
        self.reader, self._writer = Pipe(duplex=False)
        self.signal: int | None = None
        """The signal that asked, if one did."""
        self.asked = False
        self._guarded = False

    def ask(self) -> None:
        """Ask the run to end."""
        if not self.asked:
            self.asked = True
            self.wake()

    def wake(self) -> None:
        """End a wait for `reader`."""
        with suppress(OSError):
            self._writer.send_bytes(b".")

    def drain(self) -> None:
        """Forget that it was woken; once asked, it stays awake."""
        while not self.asked and self.reader.poll():
            self.reader.recv_bytes()

    def close(self) -> None:
        """Let go of the pipe."""
        self.reader.close()
        self._writer.close()

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Keep signals from ending the body on the spot."""
        self._guarded = True
        try:
            yield
        finally:
            self._guarded = False

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Listen to SIGINT, SIGTERM and SIGHUP; in the main thread only."""
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._heard) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        if self.asked or not self._guarded:
            self.signal = self.signal or number
            raise KeyboardInterrupt
        self.signal = number
        self.ask()
