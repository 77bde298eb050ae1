"""The checklists that a call is scored against, read once per process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.checklist import known_moves, load_checklists

if TYPE_CHECKING:
    from pipeline.checklist import LoadedChecklist
    from pipeline.settings import Settings


def checklists_of(settings: Settings) -> tuple[LoadedChecklist, ...]:
    """Return the checklists that the settings name; all shipped ones where they name none.

    Raises
    ------
    UsageError
        If there is no such checklist, or a file is not in order.
    """
    return _load(settings.checklists, settings.moves.folders)


@cache
def _load(references: tuple[str, ...], folders: tuple[str, ...]) -> tuple[LoadedChecklist, ...]:
    return load_checklists(references, known_moves([Path(folder) for folder in folders]))
