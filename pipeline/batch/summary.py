"""What a run came to, for the person who started it: pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.batch.journal import Figures


@dataclass(frozen=True)
class Team:
    """Figures over all finished calls of the source, whenever they were analysed.

    Parameters
    ----------
    calls : int
    audio_s : float
        Their length.
    talk_ratio_median : float or None
        Median of the agent's share of the talking over the calls that have one.
    interruptions_by_agent : int
        Sum over the calls.
    interrupted_calls : int
        Calls with at least one.
    vents_heard, vents : int
        Calls in which the customer was let vent to the end (verdict pass), and all that have a verdict of
        pass, fail or unsure; both 0 where no result has verdicts.
    """

    calls: int = 0
    audio_s: float = 0.0
    talk_ratio_median: float | None = None
    interruptions_by_agent: int = 0
    interrupted_calls: int = 0
    vents_heard: int = 0
    vents: int = 0


def team_figures(figures: Iterable[Figures]) -> Team:
    """Sum up what the calls' results say."""
    calls = list(figures)
    ratios = [one.talk_ratio_agent for one in calls if one.talk_ratio_agent is not None]
    cuts = [round(one.interruptions_by_agent or 0) for one in calls]
    vents = [one.vent_before_solving for one in calls]
    return Team(
        calls=len(calls),
        audio_s=sum(one.duration_s for one in calls),
        talk_ratio_median=median(ratios) if ratios else None,
        interruptions_by_agent=sum(cuts),
        interrupted_calls=sum(cut > 0 for cut in cuts),
        vents_heard=sum(verdict == "pass" for verdict in vents),
        vents=sum(verdict in ("pass", "fail", "unsure") for verdict in vents),
    )


@dataclass(frozen=True)
class Summary:
    """A run.

    Parameters
    ----------
    found : int
        Recordings in the source.
    done, failed : int
        In this run.
    already_done, failed_before, duplicates, not_done : int
        Finished earlier; failed earlier and not tried again; there twice; left because the run was ended.
    audio_s, elapsed_s : float
        Length of the calls done in this run, and how long that took.
    peak_mb : float
        The most memory that a worker had.
    linked : int
        Calls that were scored again with the later calls of their customer.
    replaced : int
        Workers that were replaced.
    team : Team
    out : str
        Folder of the results.
    files : mapping of str to str
        What else was written: failures, duplicates, database.
    interrupted : bool
    database_error : str
        Why the database is not up to date; empty if it is.
    """

    found: int = 0
    done: int = 0
    failed: int = 0
    already_done: int = 0
    failed_before: int = 0
    duplicates: int = 0
    not_done: int = 0
    audio_s: float = 0.0
    elapsed_s: float = 0.0
    peak_mb: float = 0.0
    linked: int = 0
    replaced: int = 0
    team: Team = field(default_factory=Team)
    out: str = ""
    files: dict[str, str] = field(default_factory=dict)
    interrupted: bool = False
    database_error: str = ""

    @property
    def speed(self) -> float | None:
        """Seconds of audio per second, in this run."""
        return self.audio_s / self.elapsed_s if self.elapsed_s > 0 and self.audio_s > 0 else None

    @property
    def some_failed(self) -> bool:
        """Whether a recording of the source has no result because it failed, now or earlier."""
        return bool(self.failed or self.failed_before)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        plain = {**asdict(self), "speed": self.speed}
        return {name: round(one, 3) if isinstance(one, float) else one for name, one in plain.items()}


def remaining_s(left_audio_s: float, done_audio_s: float, elapsed_s: float) -> float | None:
    """Return how long the rest will take at the speed so far; ``None`` before anything is done."""
    return left_audio_s * elapsed_s / done_audio_s if done_audio_s > 0 else None
