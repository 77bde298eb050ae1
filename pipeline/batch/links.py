"""Calls of one customer, linked when they are done: earlier ones are scored again knowing the later ones.

What is to do follows from the journal alone: a call is linked anew when the later calls of its customer are
others than those that it was scored with, or were analysed anew. So neither the order in which calls are
finished nor how often a run was interrupted shapes a result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.stages.artifacts import digest_of
from pipeline.stages.later import Linkable, later_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipeline.batch.journal import Entry

UNKNOWN = "?"
"""In the journal: the call was analysed with a link of an earlier result beside it."""


@dataclass(frozen=True)
class Link:
    """A call to be scored again.

    Parameters
    ----------
    entry : Entry
        The journal's.
    later : tuple of str
        Ids of the customer's later calls, by time; none: a link is taken away.
    key : str
        Digest of them, for the journal; empty for none.
    """

    entry: Entry
    later: tuple[str, ...]
    key: str

    @property
    def call_id(self) -> str:
        """Of the call."""
        return self.entry.call_id


def pending_links(entries: Iterable[Entry], has_result: Callable[[str], bool]) -> list[Link]:
    """Return the calls whose results don't know the later calls of their customer as they are now.

    Parameters
    ----------
    entries : iterable of Entry
        The journal.
    has_result : callable
        Whether a call's result is there; asked only where somebody knows who called.
    """
    done = {
        one.call_id: one
        for one in entries
        if one.state == "done" and (one.customer or one.linked) and has_result(one.call_id)
    }
    later = later_calls(Linkable(one.call_id, one.customer, one.recorded_at) for one in done.values())
    pending = []
    for call_id, entry in done.items():
        ids = tuple(later.get(call_id, ()))
        key = _key([done[other] for other in ids])
        if key != entry.linked:
            pending.append(Link(entry, ids, key))
    return pending


def _key(later: list[Entry]) -> str:
    if not later:
        return ""
    return digest_of([[one.call_id, one.recorded_at, one.key, one.sha256] for one in later])[:32]
