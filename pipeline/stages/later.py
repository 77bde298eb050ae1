"""The later calls of one customer: who is linked with whom, and what is kept of them for checklists.

What a checklist may ask of later calls (``later_calls: true``) lies beside a call's stages, so that every
score of that call takes the same: an analysis, a rescore, an exchange of roles.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipeline.checklist import OtherCall
from pipeline.errors import InputError
from pipeline.files import output_error
from pipeline.stages.artifacts import STAGES_FOLDER, Artifacts, digest_of
from pipeline.timeline import Move, Role, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

CUSTOMER_ID = "customer_id"
"""The column of a manifest that links calls; without it the customer's name does."""

LATER = "later"
_MOST = 20  # later calls that are looked at: the next ones
_NOBODY = frozenset(
    {"", "-", "?", "anonymous", "n/a", "na", "none", "null", "private", "unknown", "withheld"}
)


@dataclass(frozen=True)
class Linkable:
    """What links a call with others.

    Parameters
    ----------
    call_id : str
    customer : str
        See `customer_key`; empty: not known.
    recorded_at : str
        ISO 8601; empty: not known.
    """

    call_id: str
    customer: str
    recorded_at: str


def customer_key(customer: str | None, metadata: Mapping[str, Any]) -> str:
    """Return a digest that is the same for calls of one customer; empty if it is not known who called."""
    given = metadata.get(CUSTOMER_ID)
    kind, value = (CUSTOMER_ID, given) if given not in (None, "") else ("customer", customer)
    plain = " ".join(str(value or "").casefold().split())
    return "" if plain in _NOBODY else digest_of([kind, plain])[:32]


def later_calls(calls: Iterable[Linkable]) -> dict[str, list[str]]:
    """Return for each call the ids of the next calls of its customer, by time.

    Times without a zone count as UTC. Two calls of one day, one of them without a time of day, are in no
    order.

    Parameters
    ----------
    calls : iterable of Linkable
        In any order; of those with the same id the last counts.
    """
    by_customer: dict[str, list[tuple[datetime, str, bool]]] = {}
    for one in {one.call_id: one for one in calls}.values():
        at = _moment(one.recorded_at) if one.customer else None
        if at is not None:
            timed = len(one.recorded_at) > len("2026-01-31")
            by_customer.setdefault(one.customer, []).append((at, one.call_id, timed))
    found = {}
    for own in by_customer.values():
        own.sort()
        for k, (at, call_id, timed) in enumerate(own):
            later = [
                other_id
                for other, other_id, other_timed in own[k + 1 :]
                if other > at and ((timed and other_timed) or other.date() > at.date())
            ]
            if later:
                found[call_id] = later[:_MOST]
    return found


def _moment(recorded_at: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(recorded_at)
    except ValueError:
        return None
    return at if at.tzinfo is None else at.astimezone(UTC).replace(tzinfo=None)


def stored_later_calls(folder: Path) -> tuple[OtherCall, ...] | None:
    """Return the later calls that a call was linked with; ``None`` if it is not linked."""
    stored = Artifacts(folder).read(LATER)
    try:
        return tuple(_other(row) for row in stored) if stored else None
    except (KeyError, TypeError, ValueError):
        return None


def linkable(folder: Path) -> Linkable | None:
    """Return what links a stored call; ``None`` if its stages are not in order."""
    source = Artifacts(folder).read("source")
    if not isinstance(source, dict):
        return None
    metadata = source.get("metadata") or {}
    customer = customer_key(source.get("customer"), metadata)
    return Linkable(folder.name, customer, source.get("recorded_at") or "")


def said_later(folder: Path) -> dict[str, Any]:
    """Return what is kept of a later call, for `keep_later`: when it was, and what the agent surely did.

    Raises
    ------
    InputError
        If its result is not in order.
    """
    path = folder / "analysis.json"
    try:
        result = json.loads(path.read_bytes())
        return {
            "call_id": folder.name,
            "recorded_at": str(result["call"]["recorded_at"]),
            "moves": [
                {name: move[name] for name in ("name", "confidence", "span", "text")}
                for turn in result["turns"]
                if turn["role"] == Role.AGENT
                for move in turn["moves"]
            ],
        }
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{path}: is damaged.", "Analyse the recording again.") from None


def _other(row: Mapping[str, Any]) -> OtherCall:
    moves = tuple(
        Move(move["name"], Role.AGENT, move["confidence"], Span(*move["span"]), move["text"])
        for move in row["moves"]
    )
    return OtherCall(row["call_id"], row["recorded_at"], moves)


def has_later(folder: Path) -> bool:
    """Tell whether something is kept of later calls, whatever it is."""
    return _file(folder).exists()


def keep_later(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Keep what `said_later` gave beside a call's stages; nothing is kept of none.

    Raises
    ------
    OutputError
        If it can't be written.
    """
    if rows:
        Artifacts(folder).write(LATER, digest_of(rows), rows, 0.0)
        return
    path = _file(folder)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise output_error(path, error) from error


def _file(folder: Path) -> Path:
    return folder / STAGES_FOLDER / f"{LATER}.json"
