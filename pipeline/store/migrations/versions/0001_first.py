"""The first tables, and the full-text index over what was said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_json = sa.JSON()


def upgrade() -> None:
    """Make them."""
    _calls()
    _findings()
    _said()
    if op.get_bind().dialect.name == "sqlite":
        _search_sqlite()
    else:
        op.execute("CREATE INDEX turns_search ON turns USING gin (to_tsvector('simple', terms))")


def _of_call() -> sa.Column[str]:
    return sa.Column("call_id", sa.Text, sa.ForeignKey("calls.id", ondelete="CASCADE"), nullable=False)


def _calls() -> None:
    op.create_table(
        "about",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "calls",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("duration_s", sa.Double, nullable=False),
        sa.Column("sample_rate_hz", sa.Integer, nullable=False),
        sa.Column("channels", sa.Integer, nullable=False),
        sa.Column("layout", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.Text),
        sa.Column("recorded_on", sa.Date),
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
        sa.Column("result_sha256", sa.Text),
        sa.Column("result_stamp", sa.Text),
    )
    op.create_index("calls_agent", "calls", ["agent"])
    op.create_index("calls_recorded_on", "calls", ["recorded_on"])
    op.create_table(
        "warnings",
        _of_call(),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("start_s", sa.Double),
        sa.Column("end_s", sa.Double),
        sa.PrimaryKeyConstraint("call_id", "n"),
    )


def _findings() -> None:
    op.create_table(
        "measures",
        _of_call(),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("reason", sa.Text),
        sa.Column("parts", _json, nullable=False),
        sa.PrimaryKeyConstraint("call_id", "n"),
    )
    op.create_index("measures_name", "measures", ["name"])
    op.create_table(
        "events",
        _of_call(),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("by_role", sa.Text),
        sa.Column("of_role", sa.Text),
        sa.Column("start_s", sa.Double, nullable=False),
        sa.Column("end_s", sa.Double, nullable=False),
        sa.Column("overlap_s", sa.Double),
        sa.Column("floor_taken", sa.Boolean),
        sa.Column("question", sa.Boolean),
        sa.Column("confidence", sa.Double),
        sa.Column("details", _json, nullable=False),
        sa.PrimaryKeyConstraint("call_id", "n"),
    )
    op.create_index("events_type", "events", ["type"])
    op.create_table(
        "verdicts",
        _of_call(),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
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
    )
    op.create_index("verdicts_key", "verdicts", ["key", "verdict"])


def _said() -> None:
    op.create_table(
        "turns",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(), primary_key=True
        ),
        _of_call(),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("start_s", sa.Double, nullable=False),
        sa.Column("end_s", sa.Double, nullable=False),
        sa.Column("word_count", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("terms", sa.Text, nullable=False),
        sa.UniqueConstraint("call_id", "n", name="turns_call_n"),
    )
    op.create_table(
        "moves",
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
    )
    op.create_index("moves_name", "moves", ["name"])


def _search_sqlite() -> None:
    """An index without a copy of the text; triggers keep it in step."""
    op.execute(
        "CREATE VIRTUAL TABLE turns_search USING fts5("
        "terms, content='turns', content_rowid='id', tokenize='unicode61 remove_diacritics 0')"
    )
    add = "INSERT INTO turns_search(rowid, terms) VALUES (new.id, new.terms)"
    take = "INSERT INTO turns_search(turns_search, rowid, terms) VALUES ('delete', old.id, old.terms)"
    op.execute(f"CREATE TRIGGER turns_search_add AFTER INSERT ON turns BEGIN {add}; END")
    op.execute(f"CREATE TRIGGER turns_search_take AFTER DELETE ON turns BEGIN {take}; END")
    op.execute(f"CREATE TRIGGER turns_search_change AFTER UPDATE OF terms ON turns BEGIN {take}; {add}; END")
