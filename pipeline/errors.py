"""Every error that a user can meet, as one tree, and the exit codes that go with it.

::

    HearoutError
    ├── InputError             1   one recording or file is no good; the others go on
    ├── UsageError             2   wrong option, configuration or label file: nothing was run
    ├── MissingComponentError  3   a model or an optional package is missing; names the command that gets it
    └── OutputError            4   the output can't be written

Third-party errors are mapped to these where they arise; only the front door prints them.
A message is one sentence: what is wrong, with which file. ``remedy`` says what to do.
"""

from __future__ import annotations

import traceback
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class ExitCode(IntEnum):
    """Exit codes of the command line; public (see docs/contract.md)."""

    OK = 0
    SOME_FAILED = 1
    USAGE = 2
    MISSING = 3
    OUTPUT = 4
    INTERRUPTED = 130


class HearoutError(Exception):
    """Base of all errors meant for the user.

    Parameters
    ----------
    message : str
        One sentence: what is wrong, with which file.
    remedy : str, optional
        What to do about it, as an imperative sentence.
    """

    exit_code = ExitCode.SOME_FAILED

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class InputError(HearoutError):
    """One input file cannot be used; others are not affected."""

    exit_code = ExitCode.SOME_FAILED


class UsageError(HearoutError):
    """Wrong usage or configuration; nothing was run."""

    exit_code = ExitCode.USAGE


class MissingComponentError(HearoutError):
    """A needed model or optional package is missing, or is not what its digest says."""

    exit_code = ExitCode.MISSING


class OutputError(HearoutError):
    """The output cannot be written: no space, no right, or locked by another run."""

    exit_code = ExitCode.OUTPUT


def fault(error: BaseException) -> str:
    """Name a fault of ours by its kind and place, not by its text, which may quote the call."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "pipeline" in frame.filename]
    at = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"a fault of hearout ({type(error).__name__}{at})"


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what led to it: Ctrl-C and a closed pipe may come as something else."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def did_you_mean(name: str, known: Iterable[str], most: int = 3, *, alike: float = 0.6) -> str:
    """Return a question after the known names that are almost like one; empty where there are none.

    Parameters
    ----------
    name : str
    known : iterable of str
    most : int
        So many are asked after.
    alike : float
        How like it they are at least: 0 to 1, as `difflib` counts.
    """
    from difflib import get_close_matches

    close = get_close_matches(name, [*known], n=most, cutoff=alike)
    return f"Did you mean {' or '.join(close)}?" if close else ""
