"""Stored calls scored in two ways: by two checklists or under two settings; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from pipeline.checklist import score_checklists
from pipeline.checklist.compare import compare_parts
from pipeline.errors import InputError
from pipeline.processes import spread
from pipeline.report.assemble import checklist_part
from pipeline.stages.artifacts import STAGES_FOLDER
from pipeline.stages.rescore import CALLS_AT_ONCE, damaged, no_collection, read_stored
from pipeline.stages.score import call_facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline.checklist import LoadedChecklist
    from pipeline.checklist.compare import ChecklistChange
    from pipeline.stages.rescore import StoredResult, Thresholds


@dataclass(frozen=True)
class Side:
    """One of the two that are compared.

    Parameters
    ----------
    name : str
    checklists : tuple of LoadedChecklist
    thresholds : Thresholds or None
        ``None``: a call keeps the settings that it was analysed with.
    """

    name: str
    checklists: tuple[LoadedChecklist, ...]
    thresholds: Thresholds | None = None

    def parts(self, stored: StoredResult) -> list[dict[str, Any]]:
        """Score a call."""
        settings = self.thresholds.over(stored.settings) if self.thresholds else stored.settings
        facts, later = call_facts(stored.call, settings), stored.call.later_calls
        results = score_checklists(facts, self.checklists, later_calls=later)
        return [msgspec.to_builtins(checklist_part(one)) for one in results]


@dataclass(frozen=True)
class Compared:
    """What differs in a call, or why it can't be told."""

    folder: Path
    changes: tuple[ChecklistChange, ...] = ()
    error: InputError | None = None


def compare_calls(
    folders: Sequence[Path], sides: tuple[Side, Side], *, processes: int = 1
) -> Iterator[Compared]:
    """Yield what differs between two sides in each call, in the calls' order.

    Parameters
    ----------
    folders : sequence of Path
        The calls' folders, ``DIR/<call-id>``.
    sides : (Side, Side)
        Before and after.
    processes : int
    """
    return spread(partial(_compared, sides=sides), folders, at_once=CALLS_AT_ONCE, processes=processes)


def _compared(folder: Path, sides: tuple[Side, Side]) -> Compared:
    with no_collection():
        try:
            stored = read_stored(folder)
            before, after = (side.parts(stored) for side in sides)
        except InputError as error:  # this call is no good; the others go on
            return Compared(folder, error=error)
        except (KeyError, TypeError, ValueError, IndexError):
            return Compared(folder, error=damaged(folder / STAGES_FOLDER))
        return Compared(folder, compare_parts(before, after))
