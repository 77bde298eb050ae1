"""Options of a batch: nothing here shapes a result, only how and in which order the work is done."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.identity import RECORDINGS

CONTACT_CENTRE = (
    r"(?:^|_)GUID_(?P<guid>[^_]+)(?:_CUST_(?P<customer>[^_]+))?_AGENT_(?P<agent>.+?)"
    r"_DT_(?P<recorded_at>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d)"
)
"""``Auto1_GUID_000_AGENT_ChrisL_DT_2025-02-19T06-01-22_Stereo.wav``: how Amazon's Post-Call Analytics and
others that export keys and values name recordings."""


@dataclass(frozen=True)
class BatchSettings:
    """How many calls are worked through.

    Parameters
    ----------
    name_patterns : tuple of str
        Regular expressions with named groups, searched for in a file's name without its extension; the first
        that is found tells call_id, agent, customer, recorded_at and agent_channel, and any other group
        becomes metadata.
    suffixes : tuple of str
        Extensions of recordings in a folder; other files are left out.
    workers : int
        Worker processes; 0: as many as cores and memory allow.
    worker_mb : int
        Memory that a worker may need, in MB; 0: by the model's size. It bounds how many workers there are,
        and a worker that has grown by that much is replaced after its call.
    worker_mb_factor : float
        A worker that needs more than so many times that within a call is ended, and the call fails.
    time_limit_base_s, time_limit_factor : float
        A call may take the first, in seconds, plus its length times the second.
    crashes_allowed : int
        How often a call is given to a new worker after the one that had it died.
    fetch_ahead : int
        Remote recordings that are fetched while others are analysed.
    poll_s, settle_s : float
        Of a watched folder: seconds between two looks, and how long a file must not have changed.
    """

    name_patterns: tuple[str, ...] = (CONTACT_CENTRE,)
    suffixes: tuple[str, ...] = RECORDINGS
    workers: int = 0
    worker_mb: int = 0
    worker_mb_factor: float = 3.0
    time_limit_base_s: float = 300.0
    time_limit_factor: float = 10.0
    crashes_allowed: int = 2
    fetch_ahead: int = 2
    poll_s: float = 5.0
    settle_s: float = 10.0

    def __post_init__(self) -> None:
        for pattern in self.name_patterns:
            try:
                groups = re.compile(pattern).groupindex
            except re.error as error:
                raise ValueError(f"name_patterns: {pattern!r} is no regular expression: {error}") from error
            if not groups:
                raise ValueError(f"name_patterns: {pattern!r} has no named group such as (?P<agent>…)")
        if min(self.workers, self.worker_mb, self.crashes_allowed, self.fetch_ahead) < 0:
            raise ValueError("workers, worker_mb, crashes_allowed and fetch_ahead are not negative")
        if self.worker_mb_factor < 1 or self.time_limit_base_s <= 0 or self.time_limit_factor < 0:
            raise ValueError("worker_mb_factor is at least 1, and a call may take some time")
        if self.poll_s <= 0 or self.settle_s < 0:
            raise ValueError("poll_s is positive and settle_s not negative")

    def time_limit_s(self, duration_s: float) -> float:
        """Return how long a call of this length may take, in seconds."""
        return self.time_limit_base_s + self.time_limit_factor * duration_s
