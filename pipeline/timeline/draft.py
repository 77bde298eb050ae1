"""An event while it is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.timeline.events import EventType

if TYPE_CHECKING:
    from pipeline.timeline.ending import Ending
    from pipeline.timeline.spans import Span


class Draft:
    """An event while it is judged; see `FloorEvent`."""

    __slots__ = ("confidence", "floor_taken", "overlap_s", "question", "span", "type", "why")

    def __init__(self, span: Span, overlap_s: float, why: dict[str, float], *, floor_taken: bool) -> None:
        self.type = EventType.OVERLAP_OTHER
        self.span = span
        self.overlap_s = overlap_s
        self.floor_taken = floor_taken
        self.question = False
        self.confidence = 1.0
        self.why = why

    def judged(self, kind: EventType, confidence: float) -> Draft:
        """Return it as an event of this type."""
        self.type, self.confidence = kind, confidence
        return self

    def rests_on(self, ending: Ending) -> None:
        """Note how Y was judged to have ended."""
        self.why["cut_off"] = ending.cut_off
        self.why.update(ending.why)
