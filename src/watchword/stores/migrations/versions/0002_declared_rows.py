"""Mark the clients and resources that code declared.

Nothing else had a way to make one before this revision, so all that are there were declared.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_FLAG = sa.Boolean().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the mark, and set it."""
    for name in ("clients", "resources"):
        op.add_column(
            name, sa.Column("is_declared", _FLAG, server_default=sa.false(), nullable=False)
        )
        op.execute(
            sa.update(sa.table(name, sa.column("is_declared", _FLAG))).values(is_declared=sa.true())
        )
