"""Creates the table of the sparse Merkle tree over the heads of streams."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WORD = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table, empty: the next checkpoint makes the tree from the events."""
    op.create_table(
        "stream_heads",
        sa.Column("prefix", WORD, primary_key=True),
        sa.Column("below", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
