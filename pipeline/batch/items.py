"""What a source holds: recordings, and what is known of each before anybody listens."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FACTS = ("call_id", "agent", "customer", "recorded_at", "agent_channel")
"""What a manifest or a file name may tell; anything else it tells is metadata."""

CHANNELS = ("left", "right", "auto")


@dataclass(frozen=True)
class Facts:
    """What is known of a call beforehand; ``None`` where nothing is.

    Parameters
    ----------
    call_id, agent, customer : str or None
    recorded_at : str or None
        ISO 8601 where the source gave something that can be read as that, else as given.
    agent_channel : {"left", "right", "auto"} or None
        ``None``: as the settings say.
    metadata : mapping
    """

    call_id: str | None = None
    agent: str | None = None
    customer: str | None = None
    recorded_at: str | None = None
    agent_channel: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def over(self, other: Facts) -> Facts:
        """Return these facts, with `other` where these are silent."""
        missing = {name: getattr(other, name) for name in FACTS if getattr(self, name) is None}
        return replace(self, **missing, metadata={**other.metadata, **self.metadata})

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for keys."""
        return {**{name: getattr(self, name) for name in FACTS}, "metadata": dict(self.metadata)}


@dataclass(frozen=True)
class Found:
    """A recording in a source.

    Parameters
    ----------
    place : str
        Absolute path or URL.
    name : str
        For people: the path inside the source.
    size : int or None
        Bytes; ``None`` if it can't be told, as for a file that a manifest names and that isn't there.
    revision : str
        Changes when the file does: size and time of change, or what the remote side gives.
    facts : Facts
    is_remote : bool
        Whether it must be fetched first.
    """

    place: str
    name: str
    size: int | None
    revision: str
    facts: Facts = field(default_factory=Facts)
    is_remote: bool = False


@dataclass(frozen=True)
class Listing:
    """All that a source holds, in its order, and what a person should know of how it was read.

    Parameters
    ----------
    found : tuple of Found
    notes : tuple of str
        Sentences: what was left out, what could not be understood.
    """

    found: tuple[Found, ...]
    notes: tuple[str, ...] = ()


def left_out(endings: Iterable[str], count: int) -> list[str]:
    """Return a note on files that are no recordings by their extension; none if there are none."""
    if not count:
        return []
    kinds = ", ".join(sorted({ending.lower() or "no extension" for ending in endings})[:6])
    files = "One other file was" if count == 1 else f"{count} other files were"
    return [f"{files} left out ({kinds})."]
