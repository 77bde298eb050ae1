"""What starts of speech are judged by and no event threshold changes: worked out once for many settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.timeline.ending import Ending, SaidAtEnd
    from pipeline.timeline.spans import SpanSet

Key = tuple[object, ...]


@dataclass(slots=True)
class KnownSaid:
    """What hangs on words alone, and so is good for the same call with a party moved as well."""

    at_end: dict[Key, SaidAtEnd] = field(default_factory=dict)
    listens: dict[Key, bool] = field(default_factory=dict)


@dataclass(slots=True)
class Known:
    """What is known of one timeline.

    Parameters
    ----------
    said : KnownSaid
    """

    said: KnownSaid = field(default_factory=KnownSaid)
    endings: dict[Key, Ending] = field(default_factory=dict)
    shared: dict[Key, SpanSet | None] = field(default_factory=dict)
    leads_in: dict[Key, bool] = field(default_factory=dict)
    asks: dict[Key, bool] = field(default_factory=dict)
    disputed: dict[Key, SpanSet] = field(default_factory=dict)
