"""Calls scored one after another: progress, and those that failed told at once and listed at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pipeline.cli.progress import StageProgress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from pipeline.cli.console import Terminal
    from pipeline.errors import InputError


class Scored(Protocol):
    """What a call came to, or why it came to nothing."""

    @property
    def folder(self) -> Path:
        """The call's folder."""

    @property
    def error(self) -> InputError | None:
        """``None`` where it went well."""


Call = TypeVar("Call", bound=Scored)
Failed = list[tuple["Path", "InputError"]]


def each_call(
    calls: Iterable[Call], terminal: Terminal, of: str, total: int, failed: Failed
) -> Iterator[Call]:
    """Yield the calls that went well; `failed` gets the others, which the terminal tells of."""
    progress = StageProgress(terminal)
    with progress.of(of):
        for k, call in enumerate(calls, 1):
            progress(call.folder.name, k, total)
            if call.error is None:
                yield call
            else:
                terminal.complain(call.error.message, call.error.remedy)
                failed.append((call.folder, call.error))


def failed_rows(failed: Sequence[tuple[Path, InputError]]) -> list[dict[str, Any]]:
    """Return the calls that failed as ``--json`` lists them."""
    return [{"id": folder.name, "error": error.message, "remedy": error.remedy} for folder, error in failed]
