"""Creates a key per stream for personal values, in place of the keys of data subjects, which were never used."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WORD = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table of keys, empty."""
    op.drop_table("subject_keys")
    op.create_table(
        "stream_keys",
        sa.Column("stream_id", WORD, primary_key=True),
        sa.Column("since", sa.Integer, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
