"""Creates the table of passwords' hashes, and lets tokens be those of browsers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

WORD = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Nobody has a password yet, and no token is a browser's."""
    op.create_table(
        "passwords",
        sa.Column("user_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("hash", WORD, nullable=False),
    )
    op.add_column("token_digests", sa.Column("is_session", sa.Boolean, nullable=False, server_default=sa.false()))
