"""Lets the table of recent erasures tell of whatever can be erased, not of persons only."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WORD = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table anew; an erasure that broke off begins again, which does what is left to do."""
    op.rename_table("erasures", "erasures_of_persons")
    op.create_table(
        "erasures",
        sa.Column("subject", WORD, primary_key=True),
        sa.Column("announced_at", WORD, nullable=False),
        sa.Column("erasure_id", sa.BigInteger),
        sa.Column("found", WORD),
        sa.Column("position", sa.BigInteger),
    )
    op.execute(
        "INSERT INTO erasures (subject, announced_at, found, position) "
        "SELECT 'person ' || person_id, announced_at, CASE WHEN position IS NOT NULL THEN found END, position "
        "FROM erasures_of_persons"
    )
    op.drop_table("erasures_of_persons")
