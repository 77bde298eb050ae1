"""What the table exports hold: tables, columns, their types, units and meanings (also: docs/exports.md)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

from pipeline.store.measure_names import MEASURES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pipeline.store.reader import (
        CallRow,
        EventRow,
        MeasureRow,
        MoveRow,
        Reader,
        TurnRow,
        VerdictRow,
    )

Kind = Literal["text", "number", "integer", "boolean", "date"]
Value = str | float | int | bool | date | None
Cells = tuple[Value, ...]

_LEAD_S = 2.0  # a listener wants to hear what came before


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an export.

    Parameters
    ----------
    name : str
    kind : {"text", "number", "integer", "boolean", "date"}
    unit : str
        Empty where there is none.
    meaning : str
    said : bool
        It may hold what was said: empty in an export without transcript.
    """

    name: str
    kind: Kind
    unit: str
    meaning: str
    said: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table of an export.

    Parameters
    ----------
    name : str
        Of the file or sheet.
    meaning : str
        What a row is.
    columns : tuple of Column
    rows : callable
        Yields the cells of each row, by call; with ``False`` nothing that was said.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    rows: Callable[[Reader, bool], Iterator[Cells]]


def _text(name: str, meaning: str, *, said: bool = False) -> Column:
    return Column(name, "text", "", meaning, said)


def _number(name: str, unit: str, meaning: str) -> Column:
    return Column(name, "number", unit, meaning)


def _whole(name: str, meaning: str, unit: str = "") -> Column:
    return Column(name, "integer", unit, meaning)


_CALL = _text("call_id", "the call: the name of its folder")
_START = _number("start_s", "s", "start, from the start of the recording")
_END = _number("end_s", "s", "end, from the start of the recording")
_CONFIDENCE = _number("confidence", "0–1", "how sure; below 0.6 nothing may rest on it")
_LISTEN = _text("listen", "where to hear it: the call's page, from the folder of results")

_CALL_COLUMNS = (
    _CALL,
    _text("source", "file name of the recording"),
    _text("recorded_at", "when it was recorded, as the manifest says"),
    Column("recorded_on", "date", "", "its date, where that is one"),
    _text("agent", "name of the agent, from the manifest"),
    _text("customer", "name of the customer, from the manifest"),
    _number("duration_s", "s", "length of the recording"),
    _text("layout", "dual, dual_mono or mono"),
    _whole("channels", "channels of the recording"),
    _whole("sample_rate_hz", "sample rate of the recording", "Hz"),
    _text("agent_channel", "left or right; empty if the parties share one"),
    _number("role_confidence", "0–1", "how sure it is who is the agent; below 0.7 it is doubtful"),
    _text("verdict_vent_before_solving", "pass, fail, unsure or not_applicable"),
    _text("verdict_talk_ratio", "pass, fail, unsure or not_applicable"),
    _number("vent_start_s", "s", "start of the first vent"),
    _number("vent_end_s", "s", "end of the first vent"),
    _text("vent_ended_by", "customer, interruption, solution or hold"),
    _number("vent_confidence", "0–1", "how sure the vent is"),
)
_CALL_END = (
    _text("warnings", "codes of the warnings, with blanks between"),
    _text("metadata", "what else the manifest says, as JSON"),
    _text("version", "of hearout"),
    _text("settings_sha256", "of the settings"),
    _text("sha256", "of the recording"),
    _text("device", "what the models ran on"),
    _number("elapsed_s", "s", "how long the analysis took"),
    _text("page", "the call's page, from the folder of results"),
)


def _call_rows(reader: Reader, said: bool) -> Iterator[Cells]:
    del said  # nothing here was said
    measures = _Groups(reader.measures())
    warnings = _Groups(reader.warnings())
    verdicts = _Groups(reader.verdicts())
    for call in reader.calls():
        values = {one.name: one.value for one in measures.of(call.id)}
        codes = dict.fromkeys(one.code for one in warnings.of(call.id))
        found = {one.key: one.verdict for one in verdicts.of(call.id) if one.kind == "verdict"}
        yield (
            *_call_start(call, found),
            *(values.get(name) for name in MEASURES),
            " ".join(codes),
            _json(call.metadata),
            call.version,
            call.settings_sha256,
            call.sha256,
            call.device,
            call.elapsed_s,
            f"{call.id}/timeline.html",
        )


def _call_start(call: CallRow, verdicts: Mapping[str, str]) -> Cells:
    return (
        call.id,
        call.source,
        call.recorded_at,
        call.recorded_on,
        call.agent,
        call.customer,
        call.duration_s,
        call.layout,
        call.channels,
        call.sample_rate_hz,
        call.agent_channel,
        call.role_confidence,
        verdicts.get("vent_before_solving"),
        verdicts.get("talk_ratio"),
        call.vent_start_s,
        call.vent_end_s,
        call.vent_ended_by,
        call.vent_confidence,
    )


class _Groups:
    """Rows of calls in the order of the calls: handed out call by call, never all at once."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._groups = groupby(rows, key=lambda row: row.call_id)
        self._next = next(self._groups, None)

    def of(self, call_id: str) -> list[Any]:
        """Return the rows of a call; those of calls before it have been asked for."""
        if self._next is None or self._next[0] != call_id:
            return []
        found = list(self._next[1])
        self._next = next(self._groups, None)
        return found


_MEASURE_COLUMNS = (
    _CALL,
    _text("name", "of the measure, docs/measures.md"),
    _text("unit", "its unit"),
    _number("value", "", "empty if it can't be measured"),
    _text("reason", "why there is no value"),
    _text("parts", "what it is made of, as JSON; figures of a team are summed from these"),
)


def _measure_rows(reader: Reader, said: bool) -> Iterator[Cells]:
    del said
    one: MeasureRow
    for one in reader.measures():
        unit = MEASURES.get(one.name, ("", ""))[0]
        yield one.call_id, one.name, unit, one.value, one.reason, _json(one.parts)


_EVENT_COLUMNS = (
    _CALL,
    _whole("n", "number of the event, as hearout explain counts"),
    _text("type", "docs/measures.md"),
    _text("by", "who came in: agent or customer"),
    _text("of", "on whom"),
    _START,
    _END,
    _number("overlap_s", "s", "speech of both at once"),
    Column("floor_taken", "boolean", "", "the other stopped and this one spoke on"),
    Column("question", "boolean", "", "only a question or an apology"),
    _CONFIDENCE,
    _text("details", "its other fields, as JSON; without transcript only numbers"),
    _LISTEN,
)


def _event_rows(reader: Reader, said: bool) -> Iterator[Cells]:
    one: EventRow
    for one in reader.events():
        yield (
            one.call_id,
            one.n,
            one.type,
            one.by_role,
            one.of_role,
            one.start_s,
            one.end_s,
            one.overlap_s,
            one.floor_taken,
            one.question,
            one.confidence,
            _json(one.details if said else _without_texts(one.details)),
            _listen(one.call_id, one.start_s),
        )


_VERDICT_COLUMNS = (
    _CALL,
    _whole("n", "place in the result"),
    _text("kind", "verdict (on the call), checklist, or item of one"),
    _text("key", "stable name: vent_before_solving, leap, leap.listen, leap.problem_solve.two_options"),
    _text("checklist", "name of the checklist"),
    _text("title", "of the checklist or item"),
    _text("verdict", "pass, fail, unsure or not_applicable"),
    _number("confidence", "0–1", "how sure"),
    _number("score", "0–1", "of a checklist"),
    _number("score_low", "0–1", "if all that is unsure were to fail"),
    _number("score_high", "0–1", "if all that is unsure were to pass"),
    _number("measured", "", "what was measured for the item"),
    _number("target", "", "what it is held against"),
    _text("reason", "why, in a sentence", said=True),
    _number("evidence_start_s", "s", "start of the first stretch that proves it"),
    _number("evidence_end_s", "s", "end of the first stretch that proves it"),
    _text("evidence", "all stretches, start-end in seconds, with blanks between"),
    _text("evidence_text", "what was said there", said=True),
    _text("would_flip", "what would change it, as JSON"),
    _LISTEN,
)


def _verdict_rows(reader: Reader, said: bool) -> Iterator[Cells]:
    one: VerdictRow
    for one in reader.verdicts():
        spans = [piece["span"] for piece in one.evidence]
        start_s, end_s = spans[0] if spans else (None, None)
        quotes = " | ".join(piece["text"] for piece in one.evidence if piece["text"])
        yield (
            one.call_id,
            one.n,
            one.kind,
            one.key,
            one.checklist,
            one.title,
            one.verdict,
            one.confidence,
            one.score,
            one.score_low,
            one.score_high,
            one.measured,
            one.target,
            one.reason if said else None,
            start_s,
            end_s,
            " ".join(f"{start:.3f}-{end:.3f}" for start, end in spans) or None,
            (quotes or None) if said else None,
            _json(one.would_flip) if one.would_flip else None,
            None if start_s is None else _listen(one.call_id, start_s),
        )


_TURN_COLUMNS = (
    _CALL,
    _whole("n", "number of the turn, from 1"),
    _text("role", "agent, customer or other"),
    _text("kind", "turn or backchannel"),
    _START,
    _END,
    _whole("words", "recognised words", "count"),
    _text("text", "what was said", said=True),
    _LISTEN,
)


def _turn_rows(reader: Reader, said: bool) -> Iterator[Cells]:
    one: TurnRow
    for one in reader.turns():
        yield (
            one.call_id,
            one.n,
            one.role,
            one.kind,
            one.start_s,
            one.end_s,
            one.word_count,
            one.text if said else None,
            _listen(one.call_id, one.start_s),
        )


_MOVE_COLUMNS = (
    _CALL,
    _whole("turn", "number of the turn"),
    _text("role", "agent, customer or other"),
    _text("name", "of the move, docs/moves.md"),
    _CONFIDENCE,
    _START,
    _END,
    _text("text", "the sentence", said=True),
    _LISTEN,
)


def _move_rows(reader: Reader, said: bool) -> Iterator[Cells]:
    one: MoveRow
    for one in reader.moves():
        yield (
            one.call_id,
            one.turn_n,
            one.role,
            one.name,
            one.confidence,
            one.start_s,
            one.end_s,
            one.text if said else None,
            _listen(one.call_id, one.start_s),
        )


_MEASURES_OF_CALL = tuple(_number(name, unit, meaning) for name, (unit, meaning) in MEASURES.items())

TABLES: tuple[Table, ...] = (
    Table("calls", "a call, with its measures", (*_CALL_COLUMNS, *_MEASURES_OF_CALL, *_CALL_END), _call_rows),
    Table("verdicts", "a verdict, a checklist or an item", _VERDICT_COLUMNS, _verdict_rows),
    Table("events", "an event", _EVENT_COLUMNS, _event_rows),
    Table("measures", "a measure of a call, with its parts", _MEASURE_COLUMNS, _measure_rows),
    Table("turns", "a turn", _TURN_COLUMNS, _turn_rows),
    Table("moves", "what a sentence does", _MOVE_COLUMNS, _move_rows),
)


def describe_tables() -> str:
    """Return the tables and columns as Markdown; docs/exports.md holds it."""
    parts = []
    for table in TABLES:
        parts += [f"### `{table.name}`: {table.meaning}", "", "| column | type | unit | meaning |"]
        parts += ["| --- | --- | --- | --- |"]
        for one in table.columns:
            said = " (holds what was said)" if one.said else ""
            parts.append(f"| `{one.name}` | {one.kind} | {one.unit or '–'} | {one.meaning}{said} |")
        parts.append("")
    return "\n".join(parts)


def _listen(call_id: str, start_s: float) -> str:
    return f"{call_id}/timeline.html#t={max(0.0, start_s - _LEAD_S):.1f}"


def _json(value: Any) -> str | None:
    return json.dumps(value, ensure_ascii=False) if value else None


def _without_texts(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: _without_texts(one) for name, one in value.items()}
        return {name: one for name, one in kept.items() if one not in (None, {}, [])}
    if isinstance(value, list):
        return [one for one in map(_without_texts, value) if one not in (None, {}, [])]
    return None if isinstance(value, str) else value
