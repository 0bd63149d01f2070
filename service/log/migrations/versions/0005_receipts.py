"""Creates the receipts of commands."""

import os

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of receipts, empty: what was committed before has none."""
    op.create_table(
        "receipts",
        sa.Column("last_position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("first_position", sa.BigInteger, nullable=False),
        sa.Column("status", sa.SmallInteger),
        sqlite_with_rowid=False,
    )
    op.create_index("receipts_by_key", "receipts", ["key", "last_position"])
    head = op.create_table(
        "receipt_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("swept_position", sa.BigInteger, nullable=False),
        sa.Column("turns", sa.BigInteger, nullable=False),
    )
    log_head = sa.table("log_head", sa.column("position"))
    begun = sa.select(sa.literal(1), sa.bindparam("secret", os.urandom(32)), log_head.c.position, sa.literal(0))
    op.execute(sa.insert(head).from_select(["id", "secret", "swept_position", "turns"], begun))
