"""What the team report takes of each call, read in one go: numbers and verdicts, nothing that was said."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from pipeline.report.team.call import HEARD, CallNumbers, CallVent, Interruptions, ItemName, Moment, Verdict
from pipeline.store import tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pipeline.store.reader import CallFilter, Reader

TEAM_KEY = "team"
"""The column of the manifest, or the group in the file name's pattern, that says the agent's team."""

_MEASURES = (
    "agent_talk_s",
    "customer_talk_s",
    "interruptions_by_agent",
    "interruptions_by_agent_in_vent",
    "solution_lead_s",
)
_CHUNK = 5000
_BETWEEN, _AFTER = "\x1f", "\x1e"  # unit and record separator: in no key


class TeamRows:
    """The calls of a report, and how their verdicts are called.

    Parameters
    ----------
    reader : Reader
    where : CallFilter, optional
    team : str, optional
        Only this team's calls, by the key `TEAM_KEY` of the call's metadata.
    """

    def __init__(self, reader: Reader, where: CallFilter | None = None, team: str | None = None) -> None:
        self._reader, self._where, self._team = reader, where, team
        self._verdicts: dict[str, Verdict] = {}
        self._first: dict[str, str] = {}

    def calls(self) -> Iterator[CallNumbers]:
        """Yield the calls, by id, as the team report takes them."""
        measures, verdicts, heard, warnings = (_Grouped(_rows(self._reader, one)) for one in self._queries())
        for call in self._reader.calls(self._where):
            of_call = measures.take(call.id)
            listed = verdicts.take(call.id)
            sure = heard.take(call.id)
            warned = warnings.take(call.id)
            named = call.metadata.get(TEAM_KEY)
            team = named.strip() or None if isinstance(named, str) else None
            if self._team is not None and team != self._team:
                continue
            found = {name: (value, parts) for _, name, value, parts in of_call}
            yield CallNumbers(
                id=call.id,
                agent=(call.agent or "").strip() or None,
                team=team,
                recorded_on=call.recorded_on,
                duration_ms=_ms(call.duration_s) or 0,
                agent_ms=_value_ms(found, "agent_talk_s"),
                customer_ms=_value_ms(found, "customer_talk_s"),
                by_agent=_interruptions(found, "interruptions_by_agent"),
                vent=_vent(call, found),
                verdicts=self._split(call.id, listed[0][1]) if listed else (),
                heard_confidence=(sure[0][1] or 0.0) if sure else 0.0,
                role_confidence=call.role_confidence,
                warnings=frozenset(code for _, code in warned),
                sha256=call.sha256,
                version=call.version,
                settings_sha256=call.settings_sha256,
            )

    def names(self) -> list[ItemName]:
        """Return how the verdicts of the calls that were yielded are called: as in the first of them."""
        verdicts = tables.verdicts.c
        found: dict[str, ItemName] = {}
        for call_id in sorted(set(self._first.values())):
            query = sa.select(verdicts.key, verdicts.kind, verdicts.title, verdicts.n)
            for key, kind, title, place in _rows(self._reader, query.where(verdicts.call_id == call_id)):
                name = title or key.replace("_", " ").capitalize()
                found.setdefault(key, ItemName(key, kind, name, place))
        return list(found.values())

    def _queries(self) -> Iterator[sa.Select[Any]]:
        """Yield the queries beside the calls, each by call; verdicts as one text a call, for speed."""
        where, verdicts = self._where, tables.verdicts.c
        of_measures = _of(tables.measures, ("call_id", "name", "value", "parts"), where)
        yield of_measures.where(tables.measures.c.name.in_(_MEASURES))
        joined = sa.func.aggregate_strings(verdicts.key + _BETWEEN + verdicts.verdict, _AFTER)
        listed = _of(tables.verdicts, ("call_id",), where).order_by(None).order_by(verdicts.call_id)
        yield listed.add_columns(joined).group_by(verdicts.call_id)
        yield _of(tables.verdicts, ("call_id", "confidence"), where).where(verdicts.key == HEARD)
        yield _of(tables.warnings, ("call_id", "code"), where)

    def _split(self, call_id: str, text: str) -> tuple[Verdict, ...]:
        known, found = self._verdicts, []
        for one in text.split(_AFTER):
            verdict = known.get(one)
            if verdict is None:
                key, _, outcome = one.partition(_BETWEEN)
                verdict = known[one] = (key, outcome)
                self._first.setdefault(key, call_id)
            found.append(verdict)
        return tuple(found)


def read_moments(
    reader: Reader, key: str, where: CallFilter | None = None, agent: str | None = None
) -> list[Moment]:
    """Return where a verdict can be heard, by call; calls in which it is not decided are left out.

    Parameters
    ----------
    reader : Reader
    key : str
        Of the verdict or item.
    where : CallFilter, optional
    agent : str, optional
        The agent's name, blanks around it left out.
    """
    verdicts, calls = tables.verdicts.c, tables.calls.c
    conditions = [*(where.conditions() if where else ()), verdicts.key == key]
    if agent is not None:
        conditions.append(sa.func.trim(calls.agent) == agent)
    query = (
        sa.select(
            verdicts.call_id,
            verdicts.verdict,
            verdicts.confidence,
            verdicts.evidence,
            verdicts.reason,
            calls.recorded_on,
            calls.role_confidence,
        )
        .join(tables.calls, calls.id == verdicts.call_id)
        .where(*conditions, verdicts.verdict.in_(("pass", "fail")))
        .order_by(verdicts.call_id)
    )
    found = []
    for call_id, outcome, sure, evidence, reason, recorded_on, role_confidence in _rows(reader, query):
        if not evidence:
            continue
        start_s, end_s = evidence[0]["span"]
        text = str(evidence[0].get("text") or "")
        confidence = min(sure or 0.0, role_confidence)
        found.append(Moment(call_id, outcome, confidence, start_s, end_s, text, reason or "", recorded_on))
    return found


class _Grouped:
    """Rows by call, in the order of the calls; taken along as the calls are walked."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._groups = groupby(rows, key=itemgetter(0))
        self._next = next(self._groups, None)

    def take(self, call_id: str) -> list[Any]:
        """Return the rows of the next call; empty if it has none."""
        if self._next is None or self._next[0] != call_id:
            return []
        rows = list(self._next[1])
        self._next = next(self._groups, None)
        return rows


def _of(table: sa.Table, columns: tuple[str, ...], where: CallFilter | None) -> sa.Select[Any]:
    query = sa.select(*(table.c[name] for name in columns))
    conditions = where.conditions() if where else []
    if conditions:
        query = query.join(tables.calls, tables.calls.c.id == table.c.call_id).where(*conditions)
    return query.order_by(table.c.call_id, table.c.n)


def _rows(reader: Reader, query: sa.Select[Any]) -> Iterator[Any]:
    """Yield plain rows, fetched as they are taken."""
    with reader._connection.execution_options(yield_per=_CHUNK).execute(query) as result:
        yield from result


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _value_ms(found: Mapping[str, tuple[float | None, Mapping[str, float]]], name: str) -> int | None:
    return _ms(found.get(name, (None, {}))[0])


def _interruptions(
    found: Mapping[str, tuple[float | None, Mapping[str, float]]], name: str
) -> Interruptions | None:
    value, parts = found.get(name, (None, {}))
    if value is None:
        return None
    unsure = min(round(value), round(parts.get("unsure", 0)))
    return Interruptions(round(value) - unsure, unsure)


def _vent(call: Any, found: Mapping[str, tuple[float | None, Mapping[str, float]]]) -> CallVent | None:
    if call.vent_start_s is None or call.vent_end_s is None:
        return None
    length_ms = round((call.vent_end_s - call.vent_start_s) * 1000)
    return CallVent(
        length_ms=max(0, length_ms),
        ended_by=call.vent_ended_by or "",
        confidence=1.0 if call.vent_confidence is None else call.vent_confidence,
        by_agent=_interruptions(found, "interruptions_by_agent_in_vent") or Interruptions(),
        lead_ms=_value_ms(found, "solution_lead_s"),
    )
