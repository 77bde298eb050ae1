"""The two terminals: data and tables on stdout, progress and messages on stderr."""

from __future__ import annotations

import os
import traceback
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

DEBUG = "HEAROUT_DEBUG"
REPORT = f"Please report this fault; with {DEBUG}=1 you see where it arose."


def counted(number: int, one: str, many: str = "") -> str:
    """Return "1 call", "12 calls"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def trace(error: BaseException) -> None:
    """Show where a fault of ours arose, to who asks for it: its text may quote what was said in a call."""
    if os.environ.get(DEBUG):
        traceback.print_exception(error)


@dataclass(frozen=True)
class Terminal:
    """How much to say, and where.

    Parameters
    ----------
    json : bool
        Stdout is for machines: no tables there.
    quiet : bool
        No progress and no tables; errors are always said.
    verbose : bool
        More detail, and where the time went.
    """

    json: bool = False
    quiet: bool = False
    verbose: bool = False

    @cached_property
    def out(self) -> Console:
        """For people's tables; silent with ``--json`` or ``--quiet``."""
        from rich.console import Console

        return Console(quiet=self.json or self.quiet, highlight=False)

    @cached_property
    def err(self) -> Console:
        """For progress and messages."""
        from rich.console import Console

        return Console(stderr=True, highlight=False)

    def say(self, message: str) -> None:
        """Write one line about what is going on, unless quiet."""
        if not self.quiet:
            self.err.print(message, style="dim", markup=False, soft_wrap=not self.err.is_terminal)

    def complain(self, message: str, remedy: str = "") -> None:
        """Write an error: one sentence, then what to do."""
        from rich.text import Text

        line = Text.assemble(("hearout: ", "bold red"), message)
        if remedy:
            line.append("\n" if "\n" in remedy else " ").append(remedy, style="dim")
        self.err.print(line, soft_wrap=True)

    def warn(self, message: str) -> None:
        """Write a warning, unless quiet."""
        from rich.text import Text

        if not self.quiet:
            self.err.print(Text.assemble(("hearout: ", "bold yellow"), message), soft_wrap=True)
