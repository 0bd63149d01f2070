"""Creates the receipts of commands by idempotency key."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WORD = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table, empty: requests had no keys before."""
    op.create_table(
        "keyed_receipts",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("first_position", sa.BigInteger, nullable=False),
        sa.Column("last_position", sa.BigInteger, nullable=False),
        sa.Column("status", sa.SmallInteger),
        sa.Column("recorded_at", WORD, nullable=False),
        sa.Column("told", WORD, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("keyed_receipts_by_time", "keyed_receipts", ["recorded_at"])
