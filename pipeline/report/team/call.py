"""What the team report needs of one call: numbers and verdicts only, nothing that was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.timeline import ROLE_UNSURE_BELOW, UNSURE_BELOW

if TYPE_CHECKING:
    from datetime import date

HEARD = "vent_before_solving"
"""Key of the verdict that the report leads with: was the customer heard to the end before solving?"""

Verdict = tuple[str, str]
"""Key and outcome of a verdict, a checklist or an item: ``("leap.listen", "pass")``."""

PASS, FAIL, UNSURE, NOT_APPLICABLE = "pass", "fail", "unsure", "not_applicable"
OUTCOMES = (PASS, FAIL, UNSURE, NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Interruptions:
    """Counting events: those that are sure, and those that the audio can't decide."""

    sure: int = 0
    unsure: int = 0


@dataclass(frozen=True, slots=True)
class CallVent:
    """The first vent of a call.

    Parameters
    ----------
    length_ms : int
    ended_by : str
        customer, interruption, solution or hold.
    confidence : float
    by_agent : Interruptions
        The agent's, within it.
    lead_ms : int or None
        From its end to the first solving act; negative = too soon; ``None``: no solving act.
    """

    length_ms: int
    ended_by: str
    confidence: float = 1.0
    by_agent: Interruptions = Interruptions()
    lead_ms: int | None = None

    @property
    def is_sure(self) -> bool:
        """Whether something may rest on it."""
        return self.confidence >= UNSURE_BELOW


@dataclass(frozen=True, slots=True)
class CallNumbers:
    """One call as the team report takes it. Times are whole milliseconds, so that sums are exact.

    Parameters
    ----------
    id : str
        Name of its folder.
    agent, team : str or None
        As the manifest or the file name says.
    recorded_on : date or None
    duration_ms : int
    agent_ms, customer_ms : int or None
        Speech of each; ``None``: could not be measured.
    by_agent : Interruptions or None
        ``None``: could not be measured.
    vent : CallVent or None
    verdicts : tuple of Verdict
    heard_confidence : float
        How sure the verdict `HEARD` is, 0–1.
    role_confidence : float
        How sure it is who is the agent, 0–1.
    warnings : frozenset of str
        Codes of the result's warnings.
    sha256 : str
        Of the recording.
    version, settings_sha256 : str
        Of the program and its settings.
    """

    id: str
    agent: str | None = None
    team: str | None = None
    recorded_on: date | None = None
    duration_ms: int = 0
    agent_ms: int | None = None
    customer_ms: int | None = None
    by_agent: Interruptions | None = None
    vent: CallVent | None = None
    verdicts: tuple[Verdict, ...] = ()
    heard_confidence: float = 0.0
    role_confidence: float = 1.0
    warnings: frozenset[str] = frozenset()
    sha256: str = ""
    version: str = ""
    settings_sha256: str = ""

    @property
    def roles_sure(self) -> bool:
        """Whether it is certain enough who is the agent."""
        return self.role_confidence >= ROLE_UNSURE_BELOW


@dataclass(frozen=True, slots=True)
class ItemName:
    """How a key is called: a verdict on the call, a checklist or one of its items.

    Parameters
    ----------
    key : str
    kind : str
        verdict, checklist or item.
    title : str
    place : int
        Where it stands in the result.
    """

    key: str
    kind: str
    title: str
    place: int

    @property
    def checklist(self) -> str:
        """Name of its checklist."""
        return self.key.partition(".")[0]

    @property
    def depth(self) -> int:
        """0: a verdict or a checklist, 1: a main item, 2 and more: a finer one."""
        return self.key.count(".")


@dataclass(frozen=True, slots=True)
class Moment:
    """Where to hear why a decided verdict is what it is.

    Parameters
    ----------
    call_id, outcome : str
    confidence : float
        How sure, 0–1, of the verdict and of who is the agent.
    start_s, end_s : float
        The first stretch that proves it.
    text, reason : str
        What was said there, and why; both hold words of the call.
    recorded_on : date or None
    """

    call_id: str
    outcome: str
    confidence: float
    start_s: float
    end_s: float
    text: str = ""
    reason: str = ""
    recorded_on: date | None = None
