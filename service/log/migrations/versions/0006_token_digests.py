"""Creates the table of tokens' digests, and copies those that stand in older events."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WORD = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table. Events stay as they are; what they tell of tokens' digests is not read from them any more."""
    digests = op.create_table(
        "token_digests",
        sa.Column("digest", WORD, primary_key=True),
        sa.Column("token_id", WORD, nullable=False),
        sa.Column("last_used", WORD),
        sa.UniqueConstraint("token_id", name="token_digests_by_token"),
        sqlite_with_rowid=False,
    )
    events = sa.table("events", sa.column("topic"), sa.column("state", sa.LargeBinary))
    issued = op.get_bind().execute(sa.select(events.c.state).where(events.c.topic == "TokenIssued"))
    told = [json.loads(bytes(state))["data"] for (state,) in issued]
    if rows := [{"digest": data["digest"], "token_id": data["token_id"]} for data in told]:
        op.bulk_insert(digests, rows)
