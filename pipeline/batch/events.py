"""What a batch tells while it runs; only the front door draws it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.batch.journal import Figures
    from pipeline.batch.summary import Summary


@dataclass(frozen=True)
class Note:
    """Something that a person should know: what was left out, what is not understood."""

    message: str


@dataclass(frozen=True)
class Step:
    """A step before the first call: reading contents, fetching a model, looking at lengths."""

    name: str
    completed: float
    total: float | None


@dataclass(frozen=True)
class Started:
    """The work begins.

    Parameters
    ----------
    to_do, done, failed, duplicates : int
        Calls: to analyse, finished earlier, failed earlier, there twice.
    audio_s : float
        Length of what is to do.
    workers, threads, memory_mb : int
        Worker processes, CPU threads of each, and the memory that all of them were chosen for.
    """

    to_do: int
    done: int
    failed: int
    duplicates: int
    audio_s: float
    workers: int
    threads: int
    memory_mb: int


@dataclass(frozen=True)
class More:
    """Further recordings came in (``hearout watch``)."""

    to_do: int
    audio_s: float


@dataclass(frozen=True)
class CallStarted:
    """A worker has a call."""

    call_id: str
    name: str


@dataclass(frozen=True)
class CallAt:
    """A call is at this stage."""

    call_id: str
    stage: str
    completed: float
    total: float | None


@dataclass(frozen=True)
class CallDone:
    """A call is written and noted as done."""

    call_id: str
    name: str
    figures: Figures
    busy_s: float


@dataclass(frozen=True)
class CallFailed:
    """A call failed, for good."""

    call_id: str
    name: str
    what: str
    remedy: str
    kind: str


@dataclass(frozen=True)
class CallAgain:
    """A call's worker was lost; another one gets it."""

    call_id: str
    name: str
    what: str


@dataclass(frozen=True)
class CallTwice:
    """A recording has the content of another one."""

    name: str
    call_id: str


@dataclass(frozen=True)
class Tick:
    """Time has passed."""


@dataclass(frozen=True)
class Ended:
    """The run is over."""

    summary: Summary


Event = (
    Note
    | Step
    | Started
    | More
    | CallStarted
    | CallAt
    | CallDone
    | CallFailed
    | CallAgain
    | CallTwice
    | Tick
    | Ended
)
