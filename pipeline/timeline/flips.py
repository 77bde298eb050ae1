"""Which thresholds an event hangs on: each is moved by a fifth, and the call is judged again."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from pipeline.timeline.events import EventType, FloorEvent, FloorSettings
from pipeline.timeline.floor import EventFinder

if TYPE_CHECKING:
    from pipeline.timeline.timeline import Timeline

_BY = 0.2
_SAME_S = 0.3  # an event that starts within this of another, by the same party, is the same start of speech


@dataclass(frozen=True, slots=True)
class Flip:
    """A threshold that changes what an event is.

    Parameters
    ----------
    threshold : str
        Name in `FloorSettings`.
    value_s : float
        What it would have to be, seconds.
    becomes : EventType or None
        What the event is then; ``None``: no event.
    """

    threshold: str
    value_s: float
    becomes: EventType | None


def find_flips(
    timeline: Timeline, event: FloorEvent, settings: FloorSettings | None = None
) -> tuple[Flip, ...]:
    """Return the thresholds which, moved by a fifth up or down, give this event another type.

    Parameters
    ----------
    timeline : Timeline
    event : FloorEvent
        One that `find_events` found with `settings`; of those that are not between two parties there is
        nothing to tell.
    settings : FloorSettings, optional
    """
    settings = settings or FloorSettings()
    if event.by is None or event.of is None:
        return ()
    finder = EventFinder(timeline)
    found = []
    for field in fields(FloorSettings):
        for factor in (1 - _BY, 1 + _BY):
            value_s = getattr(settings, field.name) * factor
            changed = _same_start(finder, event, replace(settings, **{field.name: value_s}))
            if changed is not event.type:
                found.append(Flip(field.name, value_s, changed))
    return tuple(found)


def _same_start(finder: EventFinder, event: FloorEvent, settings: FloorSettings) -> EventType | None:
    near = [
        other
        for other in finder.events(settings)
        if other.by is event.by and abs(other.span.start_s - event.span.start_s) <= _SAME_S
    ]
    nearest = min(near, key=lambda other: abs(other.span.start_s - event.span.start_s), default=None)
    return nearest.type if nearest else None
