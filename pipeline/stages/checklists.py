"""The checklists that a call is scored against, read once per process; those of the user are kept with it.

What is kept (``stages/checklists.json``) is the content, not the place: a call can be scored again on a word
about its roles wherever one stands, and after the file is gone.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from pipeline.checklist import LoadedChecklist, known_moves, load_checklists, shipped_names
from pipeline.checklist.model import Checklist
from pipeline.stages.artifacts import STAGES_FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.settings import Settings

_FILE = "checklists.json"


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


def to_keep(folder: Path, settings: Settings) -> dict[Path, bytes]:
    """Return the file that keeps a call's checklists, and its content; nothing where all are shipped ones."""
    if not settings.checklists or set(settings.checklists) <= set(shipped_names()):
        return {}
    rows = [
        {
            "checklist": one.checklist.model_dump(mode="json", by_alias=True, exclude_unset=True),
            "phrases": {name: list(patterns) for name, patterns in one.phrases.items()},
        }
        for one in checklists_of(settings)
    ]
    content = json.dumps({"checklists": rows}, ensure_ascii=False, separators=(",", ":")).encode()
    return {folder / STAGES_FOLDER / _FILE: content}


def kept(folder: Path, digests: Mapping[str, str]) -> tuple[LoadedChecklist, ...] | None:
    """Return the checklists that are kept with a call; ``None`` if its result was not made with those.

    Parameters
    ----------
    folder : Path
        The call's folder.
    digests : mapping of name to digest
        As the result has them (`LoadedChecklist.digest`).
    """
    try:
        rows = json.loads((folder / STAGES_FOLDER / _FILE).read_bytes())["checklists"]
        found = tuple(
            LoadedChecklist(
                Checklist.model_validate(row["checklist"]),
                Path(_FILE),
                {name: tuple(patterns) for name, patterns in row["phrases"].items()},
            )
            for row in rows
        )
    except (OSError, ValidationError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return found if {one.checklist.name: one.digest for one in found} == dict(digests) else None
