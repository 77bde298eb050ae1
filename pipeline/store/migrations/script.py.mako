"""${message}"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change; where rows miss something now: op.execute("UPDATE calls SET result_stamp = NULL")."""
    ${upgrades if upgrades else "pass"}
