"""The full-text index is filled by the store, a transaction at a time: row by row took most of the time."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the triggers away."""
    if op.get_bind().dialect.name == "sqlite":
        for name in ("add", "take", "change"):
            op.execute(f"DROP TRIGGER turns_search_{name}")
