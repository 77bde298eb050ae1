"""All that is known of a call once it is measured: what checklists judge."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.measures.solving import solving_acts
from pipeline.measures.vent import VentSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.measures.value import MeasureValue
    from pipeline.measures.vent import Vent
    from pipeline.measures.verdict import Verdict
    from pipeline.timeline import FloorEvent, Move, Timeline


@dataclass(frozen=True)
class CallFacts:
    """A measured call.

    Parameters
    ----------
    timeline : Timeline
    moves : tuple of Move
        Of both parties, sorted by start; unsure ones are among them (`Move.is_sure`).
    events : tuple of FloorEvent
    vents : tuple of Vent
        In order; empty where nothing is complained of.
    measures : mapping of str to MeasureValue
    verdicts : mapping of str to Verdict
        ``vent_before_solving`` and ``talk_ratio``.
    words_known : bool
        Whether moves could be looked for: there are words, and moves for their language.
    roles_sure : bool
        Whether it is certain who is the agent.
    vent_settings : VentSettings
        What the vents were found with.
    """

    timeline: Timeline
    moves: tuple[Move, ...]
    events: tuple[FloorEvent, ...]
    vents: tuple[Vent, ...]
    measures: Mapping[str, MeasureValue]
    verdicts: Mapping[str, Verdict]
    words_known: bool = True
    roles_sure: bool = True
    vent_settings: VentSettings = field(default_factory=VentSettings)

    @cached_property
    def solving(self) -> tuple[Move, ...]:
        """The agent's solving acts, in order."""
        return solving_acts(self.moves, self.vent_settings)
