"""Calls of one customer linked: each is scored again knowing the later ones.

The outcome hangs on the calls alone, not on the order in which they were analysed or linked: a score that
knows of later calls changes none of the moves that earlier calls look for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import InputError
from pipeline.stages.artifacts import Artifacts
from pipeline.stages.later import LATER, keep_later, later_calls, linkable, said_later
from pipeline.stages.rescore import Thresholds, read_stored, score_again

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


def link(folder: Path, later: Sequence[Path]) -> None:
    """Let a call know of the customer's later calls, and write its result and page anew.

    Parameters
    ----------
    folder : Path
        The call's folder, ``DIR/<call-id>``.
    later : sequence of Path
        Those of the later calls, by time; none takes a link away.

    Raises
    ------
    InputError
        If a result or what is stored of the call is not in order; the call stays as it is.
    OutputError
        If a file can't be written.
    """
    rows = [said_later(path) for path in later]
    settings = read_stored(folder).settings
    keep_later(folder, rows)
    score_again(folder, Thresholds.of(settings)).write()


def link_folder(folders: Iterable[Path]) -> list[Path]:
    """Link the calls of a folder of results where they are not linked yet; return those scored again.

    Calls whose results are not in order stay as they are.
    """
    by_id = {folder.name: folder for folder in folders}
    later = later_calls(filter(None, map(linkable, by_id.values())))
    changed = []
    for call_id, folder in by_id.items():
        try:
            rows = [said_later(by_id[other]) for other in later.get(call_id, ())]
            if (Artifacts(folder).read(LATER) or []) != rows:
                link(folder, [by_id[other] for other in later.get(call_id, ())])
                changed.append(folder)
        except InputError:
            continue
    return changed
