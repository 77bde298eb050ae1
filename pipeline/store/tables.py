"""The tables: what of a result is kept for searching, exports and team figures.

One row of ``calls`` per result file; its other tables are replaced with it. What people will say of a call
(reviews) gets tables of its own, keyed by call id and by verdict key, which a new result does not touch.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

_json = sa.JSON(none_as_null=True)  # not JSONB: that would turn the keys round and floats into decimals
_big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _of_call() -> sa.Column[str]:
    return sa.Column("call_id", sa.Text, sa.ForeignKey("calls.id", ondelete="CASCADE"), nullable=False)


about = sa.Table(
    "about",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

calls = sa.Table(
    "calls",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # the name of its folder
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("duration_s", sa.Double, nullable=False),
    sa.Column("sample_rate_hz", sa.Integer, nullable=False),
    sa.Column("channels", sa.Integer, nullable=False),
    sa.Column("layout", sa.Text, nullable=False),
    sa.Column("recorded_at", sa.Text),  # as the manifest says it
    sa.Column("recorded_on", sa.Date),  # its date, where it is one
    sa.Column("agent", sa.Text),
    sa.Column("customer", sa.Text),
    sa.Column("metadata", _json, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("settings_sha256", sa.Text, nullable=False),
    sa.Column("device", sa.Text, nullable=False),
    sa.Column("elapsed_s", sa.Double, nullable=False),
    sa.Column("agent_channel", sa.Text),
    sa.Column("role_confidence", sa.Double, nullable=False),
    sa.Column("vent_start_s", sa.Double),
    sa.Column("vent_end_s", sa.Double),
    sa.Column("vent_ended_by", sa.Text),
    sa.Column("vent_confidence", sa.Double),
    sa.Column("result_sha256", sa.Text),  # of analysis.json
    sa.Column("result_stamp", sa.Text),  # time, size and inode of that file
    sa.Index("calls_agent", "agent"),
    sa.Index("calls_recorded_on", "recorded_on"),
)

warnings = sa.Table(
    "warnings",
    metadata,
    _of_call(),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("start_s", sa.Double),
    sa.Column("end_s", sa.Double),
    sa.PrimaryKeyConstraint("call_id", "n"),
)

measures = sa.Table(
    "measures",
    metadata,
    _of_call(),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("value", sa.Double),
    sa.Column("reason", sa.Text),
    sa.Column("parts", _json, nullable=False),
    sa.PrimaryKeyConstraint("call_id", "n"),
    sa.Index("measures_name", "name"),
)

events = sa.Table(
    "events",
    metadata,
    _of_call(),
    sa.Column("n", sa.Integer, nullable=False),  # from 1, as `hearout explain` counts
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("by_role", sa.Text),
    sa.Column("of_role", sa.Text),
    sa.Column("start_s", sa.Double, nullable=False),
    sa.Column("end_s", sa.Double, nullable=False),
    sa.Column("overlap_s", sa.Double),
    sa.Column("floor_taken", sa.Boolean),
    sa.Column("question", sa.Boolean),
    sa.Column("confidence", sa.Double),
    sa.Column("details", _json, nullable=False),  # its other fields
    sa.PrimaryKeyConstraint("call_id", "n"),
    sa.Index("events_type", "type"),
)

# Verdicts on the call, checklists and their items, finer ones included, in the result's order.
verdicts = sa.Table(
    "verdicts",
    metadata,
    _of_call(),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # verdict, checklist, item
    sa.Column(
        "key", sa.Text, nullable=False
    ),  # vent_before_solving, leap, leap.listen, leap.problem_solve.two_options
    sa.Column("checklist", sa.Text),
    sa.Column("title", sa.Text),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("confidence", sa.Double),
    sa.Column("score", sa.Double),
    sa.Column("score_low", sa.Double),
    sa.Column("score_high", sa.Double),
    sa.Column("measured", sa.Double),
    sa.Column("target", sa.Double),
    sa.Column("reason", sa.Text),
    sa.Column("evidence", _json, nullable=False),
    sa.Column("would_flip", _json, nullable=False),
    sa.PrimaryKeyConstraint("call_id", "n"),
    sa.Index("verdicts_key", "key", "verdict"),
)

turns = sa.Table(
    "turns",
    metadata,
    sa.Column("id", _big, sa.Identity(), primary_key=True),  # the full-text index wants a number
    _of_call(),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("start_s", sa.Double, nullable=False),
    sa.Column("end_s", sa.Double, nullable=False),
    sa.Column("word_count", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("terms", sa.Text, nullable=False),  # the text as it is searched, see search.py
    sa.UniqueConstraint("call_id", "n", name="turns_call_n"),
)

moves = sa.Table(
    "moves",
    metadata,
    _of_call(),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("turn_n", sa.Integer, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("confidence", sa.Double, nullable=False),
    sa.Column("start_s", sa.Double, nullable=False),
    sa.Column("end_s", sa.Double, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.PrimaryKeyConstraint("call_id", "n"),
    sa.Index("moves_name", "name"),
)

CHILDREN = (warnings, measures, events, verdicts, turns, moves)
