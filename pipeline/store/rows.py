"""From a result file to the rows of the tables."""

from __future__ import annotations

import hashlib
import math
import os
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json, to_json

from pipeline.errors import InputError
from pipeline.report.schema import SCHEMA_ID
from pipeline.store.search import searchable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

RESULT = "analysis.json"
Rows = dict[str, list[dict[str, Any]]]
"""Rows by the name of their table; ``calls`` has one. The others hold JSON as text, ready to be written."""

_AGAIN = "Analyse the recording again."
_EVENT_COLUMNS = {
    "type",
    "by",
    "of",
    "start_s",
    "end_s",
    "overlap_s",
    "floor_taken",
    "question",
    "confidence",
}


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which state of a result file was read.

    Parameters
    ----------
    sha256 : str
        Of its bytes.
    seen : str
        Its time of change, size and inode: results are replaced, never written over, so a new one differs.
    """

    sha256: str
    seen: str


@dataclass(frozen=True, slots=True)
class StoredResult:
    """One result, ready to be stored.

    Parameters
    ----------
    folder_name : str
        Name of its folder, ``<call-id>``; the call's id in the store.
    analysis : mapping
        What `analysis.json` holds.
    stamp : Stamp, optional
        The file that it came from. Without one, the next `sync_folder` reads the file again.
    """

    folder_name: str
    analysis: Mapping[str, Any]
    stamp: Stamp | None = None


def seen(status: os.stat_result) -> str:
    """Return what tells one state of a file from another without reading it."""
    return f"{status.st_mtime_ns}.{status.st_size}.{status.st_ino}"


def read_bytes(path: Path) -> tuple[bytes, Stamp]:
    """Read a result file and say which state of it was read.

    Raises
    ------
    InputError
        If it can't be read.
    """
    try:
        with path.open("rb") as file:
            content, status = file.read(), os.fstat(file.fileno())
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).", _AGAIN) from error
    return content, Stamp(hashlib.sha256(content).hexdigest(), seen(status))


def parse_result(path: Path, content: bytes) -> Mapping[str, Any]:
    """Return what a result file holds.

    Raises
    ------
    InputError
        If it is damaged.
    """
    try:
        result = from_json(content, allow_inf_nan=False)
    except ValueError:
        raise _damaged(path) from None  # the cause quotes the file
    if not isinstance(result, dict):
        raise _damaged(path)
    return result


def read_result(path: Path) -> StoredResult:
    """Read a result file, ``DIR/<call-id>/analysis.json``.

    Raises
    ------
    InputError
        If it can't be read or is damaged.
    """
    content, stamp = read_bytes(path)
    return StoredResult(path.parent.name, parse_result(path, content), stamp)


def make_rows(result: StoredResult, where: Path | str = "") -> Rows:
    """Return the rows of one result.

    Parameters
    ----------
    result : StoredResult
    where : Path, optional
        The file to name in an error.

    Raises
    ------
    InputError
        If the result isn't one of this schema.
    """
    name, analysis = result.folder_name, result.analysis
    where = where or f"{name}/{RESULT}"
    try:
        name.encode()
    except UnicodeEncodeError:
        raise InputError(f"{name!a}: the folder's name is not UTF-8.", "Rename the folder.") from None
    schema = analysis.get("schema")
    if schema != SCHEMA_ID:
        raise InputError(
            f"{where}: is no result of this version (its schema is {str(schema)[:40]!r}).", _AGAIN
        )
    try:
        rows: Rows = {
            "calls": [_call(analysis) | {"id": name, **_stamp(result.stamp)}],
            "warnings": [_warning(one) for one in analysis["warnings"]],
            "measures": list(_measures(analysis)),
            "events": [_event(one) for one in analysis["events"]],
            "verdicts": list(_verdicts(analysis)),
            "turns": [_turn(one) for one in analysis["turns"]],
            "moves": [_move(one, turn) for turn in analysis["turns"] for one in turn.get("moves") or ()],
        }
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError):
        raise _damaged(where) from None  # the cause may quote what was said
    for table, found in rows.items():
        if table != "calls":
            for n, row in enumerate(found, 1):
                row["call_id"], row["n"] = name, n
    return rows


def _damaged(path: Path | str) -> InputError:
    return InputError(f"{path}: is damaged.", _AGAIN)


def _stamp(stamp: Stamp | None) -> dict[str, str | None]:
    return {
        "result_sha256": stamp.sha256 if stamp else None,
        "result_stamp": stamp.seen if stamp else None,
    }


def _call(analysis: Mapping[str, Any]) -> dict[str, Any]:
    call, engine, roles = analysis["call"], analysis["engine"], analysis["roles"]
    vent = analysis["vent"] or {}
    recorded_at = _text_or_none(call.get("recorded_at"))
    return {
        "source": _text(call["source"]),
        "sha256": _text(call["sha256"]),
        "duration_s": _number(call["duration_s"]),
        "sample_rate_hz": _whole(call["sample_rate_hz"]),
        "channels": _whole(call["channels"]),
        "layout": _text(call["layout"]),
        "recorded_at": recorded_at,
        "recorded_on": _date(recorded_at),
        "agent": _text_or_none(call.get("agent")),
        "customer": _text_or_none(call.get("customer")),
        "metadata": _clean(dict(call.get("metadata") or {})),
        "version": _text(engine["version"]),
        "settings_sha256": _text(engine["settings_sha256"]),
        "device": _text(engine["device"]),
        "elapsed_s": round(math.fsum(_number(one) for one in engine["elapsed_s"].values()), 3),
        "agent_channel": _text_or_none(roles["agent"].get("channel")),
        "role_confidence": min(_number(roles[role]["confidence"]) for role in ("agent", "customer")),
        "vent_start_s": _maybe(vent.get("start_s")),
        "vent_end_s": _maybe(vent.get("end_s")),
        "vent_ended_by": _text_or_none(vent.get("ended_by")),
        "vent_confidence": _maybe(vent.get("confidence")),
    }


def _warning(one: Mapping[str, Any]) -> dict[str, Any]:
    start_s, end_s = one.get("span") or (None, None)
    return {
        "code": _text(one["code"]),
        "message": _text(one["message"]),
        "start_s": _maybe(start_s),
        "end_s": _maybe(end_s),
    }


def _measures(analysis: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    details = analysis["measure_details"]
    for name, value in analysis["measures"].items():
        detail = details.get(name) or {}
        yield {
            "name": _text(name),
            "value": _maybe(value),
            "reason": _text_or_none(detail.get("reason")),
            "parts": _json({_text(part): _number(one) for part, one in (detail.get("parts") or {}).items()}),
        }


def _event(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": _text(one["type"]),
        "by_role": _text_or_none(one.get("by")),
        "of_role": _text_or_none(one.get("of")),
        "start_s": _number(one["start_s"]),
        "end_s": _number(one["end_s"]),
        "overlap_s": _maybe(one.get("overlap_s")),
        "floor_taken": _flag(one.get("floor_taken")),
        "question": _flag(one.get("question")),
        "confidence": _maybe(one.get("confidence")),
        "details": _json(_clean({name: value for name, value in one.items() if name not in _EVENT_COLUMNS})),
    }


def _verdicts(analysis: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, one in analysis["verdicts"].items():
        yield _verdict(
            "verdict", _text(name), one, would_flip=_json([_text(flip) for flip in one["would_flip"]])
        )
    for checklist in analysis["checklists"]:
        name = _text(checklist["name"])
        low, high = checklist["score_range"]
        yield _verdict(
            "checklist",
            name,
            checklist,
            checklist=name,
            score=_maybe(checklist["score"]),
            score_low=_number(low),
            score_high=_number(high),
        )
        yield from _items(name, name, checklist["items"])


def _items(checklist: str, above: str, items: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in items:
        key = f"{above}.{_text(one['id'])}"
        yield _verdict(
            "item",
            key,
            one,
            checklist=checklist,
            measured=_maybe(one.get("measured")),
            target=_maybe(one.get("target")),
        )
        yield from _items(checklist, key, one.get("items") or [])


_NO_VERDICT: dict[str, Any] = dict.fromkeys(
    ("checklist", "score", "score_low", "score_high", "measured", "target")
)


def _verdict(kind: str, key: str, one: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {
        **_NO_VERDICT,
        "kind": kind,
        "key": key,
        "title": _text_or_none(one.get("title")),
        "verdict": _text(one["verdict"]),
        "confidence": _maybe(one.get("confidence")),
        "reason": _text_or_none(one.get("reason")),
        "evidence": _json(
            [
                {"span": [_number(time) for time in piece["span"]], "text": _text(piece.get("text") or "")}
                for piece in one.get("evidence") or ()
            ]
        ),
        "would_flip": "[]",
        **more,
    }


def _turn(one: Mapping[str, Any]) -> dict[str, Any]:
    text = _text(one["text"])
    return {
        "role": _text(one["role"]),
        "kind": _text(one["kind"]),
        "start_s": _number(one["start_s"]),
        "end_s": _number(one["end_s"]),
        "word_count": len(one["words"]) or len(text.split()),
        "text": text,
        "terms": searchable(text),
    }


def _move(one: Mapping[str, Any], turn: Mapping[str, Any]) -> dict[str, Any]:
    start_s, end_s = one["span"]
    return {
        "turn_n": _whole(turn["i"]) + 1,
        "role": _text(turn["role"]),
        "name": _text(one["name"]),
        "confidence": _number(one["confidence"]),
        "start_s": _number(start_s),
        "end_s": _number(end_s),
        "text": _text(one["text"]),
    }


def _text(value: Any) -> str:
    """Take a text as both databases do: PostgreSQL refuses NUL, none takes half a surrogate pair."""
    if not isinstance(value, str):
        raise TypeError("not a text")
    if value.isascii() and "\0" not in value:
        return value
    return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError("not a number")
    if not math.isfinite(value):
        raise ValueError("not a finite number")
    return float(value)


def _maybe(value: Any) -> float | None:
    return None if value is None else _number(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**31:
        raise TypeError("not a whole number")
    return value


def _flag(value: Any) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise TypeError("not true or false")
    return value


def _json(value: Any) -> str:
    return to_json(value).decode() if value else "{}" if isinstance(value, dict) else "[]"


def _date(recorded_at: str | None) -> date | None:
    """Return the date as it is written, whatever the time zone; ``None`` if it isn't ISO 8601."""
    try:
        return date.fromisoformat((recorded_at or "").replace("T", " ").split(" ")[0])
    except ValueError:
        return None


def _clean(value: Any) -> Any:
    """Take JSON as both databases do."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return {_text(name): _clean(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
