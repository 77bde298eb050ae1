"""Reading the store: typed rows, fetched as they are taken, all of one moment."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from pipeline.store import tables
from pipeline.store.search import fts5_query, parse_query, tsquery

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls; what is ``None`` or empty doesn't matter.

    Parameters
    ----------
    ids : tuple of str
    agent : str, optional
        The agent's name, but for blanks around it.
    since, until : date, optional
        First and last date of recording, both included; a call without a date is outside of any.
    verdicts : mapping of str to str
        Verdict by key: ``{"vent_before_solving": "fail", "leap.listen": "unsure"}``; all must hold.
    """

    ids: tuple[str, ...] = ()
    agent: str | None = None
    since: date | None = None
    until: date | None = None
    verdicts: Mapping[str, str] = field(default_factory=dict)

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return it as conditions on the table ``calls``."""
        calls = tables.calls.c
        found: list[sa.ColumnElement[bool]] = []
        if self.ids:
            found.append(calls.id.in_(self.ids))
        if self.agent is not None:
            found.append(sa.func.trim(calls.agent) == self.agent.strip())
        if self.since is not None:
            found.append(calls.recorded_on >= self.since)
        if self.until is not None:
            found.append(calls.recorded_on <= self.until)
        for key, verdict in self.verdicts.items():
            one = tables.verdicts.alias().c  # an own name: the query may be on that table too
            found.append(sa.exists().where(one.call_id == calls.id, one.key == key, one.verdict == verdict))
        return found


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call; fields as in the result file (docs/exports.md)."""

    id: str
    source: str
    sha256: str
    duration_s: float
    sample_rate_hz: int
    channels: int
    layout: str
    recorded_at: str | None
    recorded_on: date | None
    agent: str | None
    customer: str | None
    metadata: Mapping[str, Any]
    version: str
    settings_sha256: str
    device: str
    elapsed_s: float
    agent_channel: str | None
    role_confidence: float
    vent_start_s: float | None
    vent_end_s: float | None
    vent_ended_by: str | None
    vent_confidence: float | None


@dataclass(frozen=True, slots=True)
class WarningRow:
    """A warning; times are ``None`` where it is about the whole call."""

    call_id: str
    n: int
    code: str
    message: str
    start_s: float | None
    end_s: float | None


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """A measure; figures of a team are summed from the parts. ``reason`` says why there is no value."""

    call_id: str
    n: int
    name: str
    value: float | None
    reason: str | None
    parts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event; ``n`` is its number for ``hearout explain``, ``details`` its fields without a column."""

    call_id: str
    n: int
    type: str
    by_role: str | None
    of_role: str | None
    start_s: float
    end_s: float
    overlap_s: float | None
    floor_taken: bool | None
    question: bool | None
    confidence: float | None
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """A verdict, a checklist or one of its items.

    ``key`` is stable: ``vent_before_solving``, ``leap``, ``leap.listen``, ``leap.problem_solve.two_options``.
    """

    call_id: str
    n: int
    kind: str
    key: str
    checklist: str | None
    title: str | None
    verdict: str
    confidence: float | None
    score: float | None
    score_low: float | None
    score_high: float | None
    measured: float | None
    target: float | None
    reason: str | None
    evidence: list[Mapping[str, Any]]
    would_flip: list[str]


@dataclass(frozen=True, slots=True)
class TurnRow:
    """A turn and what was said."""

    call_id: str
    n: int
    role: str
    kind: str
    start_s: float
    end_s: float
    word_count: int
    text: str


@dataclass(frozen=True, slots=True)
class MoveRow:
    """What a sentence does."""

    call_id: str
    n: int
    turn_n: int
    role: str
    name: str
    confidence: float
    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A turn in which something was found."""

    call_id: str
    n: int
    role: str
    start_s: float
    end_s: float
    text: str


Row = TypeVar("Row", CallRow, WarningRow, MeasureRow, EventRow, VerdictRow, TurnRow, MoveRow, Hit)


class Reader:
    """What is stored, at one moment; see `Store.read`."""

    def __init__(self, connection: sa.Connection, only: CallFilter | None = None) -> None:
        self._connection = connection
        self._only = only

    def only(self, where: CallFilter) -> Reader:
        """Return a reader to which there are no other calls than these."""
        return Reader(self._connection, where)

    def count(self, where: CallFilter | None = None) -> int:
        """Return how many calls there are."""
        query = sa.select(sa.func.count()).select_from(tables.calls)
        return int(self._connection.execute(query.where(*self._conditions(where))).scalar_one())

    def count_rows(self, table: str) -> int:
        """Return how many rows a table has."""
        rows = tables.metadata.tables[table]
        conditions = self._conditions(None)
        query = sa.select(sa.func.count()).select_from(rows)
        if conditions and rows is not tables.calls:
            query = query.join(tables.calls, tables.calls.c.id == rows.c.call_id)
        return int(self._connection.execute(query.where(*conditions)).scalar_one())

    def calls(self, where: CallFilter | None = None) -> Iterator[CallRow]:
        """Yield the calls, by id."""
        calls = tables.calls
        columns = [calls.c[one.name] for one in fields(CallRow)]
        query = sa.select(*columns).where(*self._conditions(where)).order_by(calls.c.id)
        return self._rows(query, CallRow)

    def warnings(self, where: CallFilter | None = None) -> Iterator[WarningRow]:
        """Yield the warnings, by call."""
        return self._children(tables.warnings, WarningRow, where)

    def measures(self, where: CallFilter | None = None) -> Iterator[MeasureRow]:
        """Yield every measure with its parts, by call."""
        return self._children(tables.measures, MeasureRow, where)

    def events(self, where: CallFilter | None = None) -> Iterator[EventRow]:
        """Yield the events, by call, in the result's order."""
        return self._children(tables.events, EventRow, where)

    def verdicts(self, where: CallFilter | None = None) -> Iterator[VerdictRow]:
        """Yield verdicts, checklists and their items, by call, in the result's order."""
        return self._children(tables.verdicts, VerdictRow, where)

    def turns(self, where: CallFilter | None = None) -> Iterator[TurnRow]:
        """Yield the turns, by call."""
        return self._children(tables.turns, TurnRow, where)

    def moves(self, where: CallFilter | None = None) -> Iterator[MoveRow]:
        """Yield the moves, by call."""
        return self._children(tables.moves, MoveRow, where)

    def search(self, text: str, where: CallFilter | None = None, limit: int = 100) -> list[Hit]:
        """Find turns in which all the words were said.

        Parameters
        ----------
        text : str
            Words, ``"phrases in quotes"``, beginnings such as ``refund*``. Upper case and accents don't
            matter; the words aren't reduced to their stems.
        where : CallFilter, optional
        limit : int
            Largest number of turns.

        Returns
        -------
        list of Hit
            By call and time.

        Raises
        ------
        UsageError
            If there is no word in `text`.
        """
        phrases, turns = parse_query(text), tables.turns.c
        if self._connection.dialect.name == "postgresql":
            said = sa.func.to_tsvector(sa.literal_column("'simple'"), turns.terms)
            match = said.bool_op("@@")(sa.func.to_tsquery(sa.literal_column("'simple'"), tsquery(phrases)))
        else:
            index = sa.table("turns_search", sa.column("rowid"), sa.column("turns_search"))
            found = sa.select(index.c.rowid).where(index.c.turns_search.op("MATCH")(fts5_query(phrases)))
            match = turns.id.in_(found)
        query = (
            sa.select(*(turns[one.name] for one in fields(Hit)))
            .select_from(tables.turns.join(tables.calls))
            .where(match, *self._conditions(where))
            .order_by(turns.call_id, turns.n)
            .limit(limit)
        )
        return list(self._rows(query, Hit))

    def _children(self, table: sa.Table, kind: type[Row], where: CallFilter | None) -> Iterator[Row]:
        query = sa.select(*(table.c[one.name] for one in fields(kind)))
        conditions = self._conditions(where)
        if conditions:
            query = query.join(tables.calls, tables.calls.c.id == table.c.call_id).where(*conditions)
        return self._rows(query.order_by(table.c.call_id, table.c.n), kind)

    def _rows(self, query: sa.Select[Any], kind: type[Row]) -> Iterator[Row]:
        result = self._connection.execution_options(yield_per=_CHUNK).execute(query)
        with result:
            for row in result:
                yield kind(*row)

    def _conditions(self, where: CallFilter | None) -> list[sa.ColumnElement[bool]]:
        return [one for part in (self._only, where) if part for one in part.conditions()]
