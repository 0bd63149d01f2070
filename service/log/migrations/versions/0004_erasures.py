"""Creates the table of recent erasures."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WORD = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table of erasures, empty."""
    op.create_table(
        "erasures",
        sa.Column("person_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("announced_at", WORD, nullable=False),
        sa.Column("found", WORD),
        sa.Column("position", sa.BigInteger),
    )
