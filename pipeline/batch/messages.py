"""What driver and workers say to each other over their pipe."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pipeline.stages.call import PageAudio

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.batch.journal import Figures
    from pipeline.settings import AgentChannel, Settings
    from pipeline.stages.run import CallSource


@dataclass(frozen=True)
class WorkerSpec:
    """What a worker is made for.

    Parameters
    ----------
    models : str
        ``module:name`` of what makes the models: called with `offline` and `threads`.
    settings : Settings
    out : Path
    offline : bool
    threads : int
    """

    models: str
    settings: Settings
    out: Path
    offline: bool = False
    page_audio: PageAudio = PageAudio.INSIDE
    threads: int = 1


@dataclass(frozen=True)
class Analyze:
    """Analyse a call."""

    source: CallSource
    agent_channel: AgentChannel | None = None


@dataclass(frozen=True)
class Measure:
    """Look how long recordings say that they are."""

    paths: tuple[str, ...]


@dataclass(frozen=True)
class LinkCall:
    """Score a call again, knowing the later calls of its customer."""

    call_id: str
    later: tuple[str, ...]


Task = Analyze | Measure | LinkCall


@dataclass(frozen=True)
class Ready:
    """The worker has started."""


@dataclass(frozen=True)
class At:
    """The worker is at this stage of its call."""

    stage: str
    completed: float
    total: float | None


@dataclass(frozen=True)
class Analyzed:
    """A call is written."""

    sha256: str
    figures: Figures
    memory_mb: float
    peak_mb: float
    busy_s: float


@dataclass(frozen=True)
class Measured:
    """Lengths in seconds; ``None`` for what can't be told."""

    lengths: tuple[float | None, ...]


@dataclass(frozen=True)
class Linked:
    """A call is written again."""


@dataclass(frozen=True)
class Refused:
    """A task can't be done.

    Parameters
    ----------
    kind : {"input", "missing", "output", "usage", "internal"}
        ``input`` and ``internal`` are the call's own matter; the others concern the whole run.
    message, remedy : str
    memory_mb : float
    """

    kind: Literal["input", "missing", "output", "usage", "internal"]
    message: str
    remedy: str = ""
    memory_mb: float = 0.0


Reply = Ready | At | Analyzed | Measured | Linked | Refused


@dataclass(frozen=True)
class Given:
    """A task in a worker's hands.

    Parameters
    ----------
    task : Task
    tag : object
        The giver's own; comes back with the outcome.
    limit_s : float
        How long it may take.
    """

    task: Task
    tag: object = field(compare=False)
    limit_s: float
