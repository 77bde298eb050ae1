"""A verdict with its proof: what the timing rooms and the checklists both give."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pipeline.timeline import Span


class Outcome(StrEnum):
    """What can be said of a claim."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    UNSURE = "unsure"
    NOT_APPLICABLE = "not_applicable"

    @property
    def is_decided(self) -> bool:
        """Whether it is one way or the other."""
        return self in (Outcome.PASS, Outcome.FAIL)


class Evidence(NamedTuple):
    """A stretch that a person can play.

    Parameters
    ----------
    span : Span
        Seconds.
    text : str
        What is said there, or what is to be noticed; may be empty.
    """

    span: Span
    text: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of a claim, how surely, and where it can be heard.

    Parameters
    ----------
    outcome : Outcome
    confidence : float
        0 to 1.
    reason : str
        One plain sentence.
    evidence : tuple of Evidence
        Never empty for ``pass`` and ``fail``.
    would_flip : tuple of str
        What, changed within its doubt, would turn the answer round.

    Raises
    ------
    ValueError
        If a decided verdict has no evidence, or there is no reason.
    """

    outcome: Outcome
    confidence: float
    reason: str
    evidence: tuple[Evidence, ...] = ()
    would_flip: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.outcome.is_decided and not self.evidence:
            raise ValueError(f"{self.outcome.value} needs evidence that can be played")
        if not self.reason:
            raise ValueError("a verdict has a reason")
