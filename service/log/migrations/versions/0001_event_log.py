"""Creates the event log: insert-only events, the head that writers lock, and the read models' fingerprint."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WORD = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the log, empty."""
    op.create_table(
        "events",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("stream_id", WORD, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("previous", sa.Integer),
        sa.Column("topic", WORD, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("stream_id", "version", name="events_in_stream"),
        sa.ForeignKeyConstraint(
            ["stream_id", "previous"], ["events.stream_id", "events.version"], name="events_without_gaps"
        ),
    )
    op.create_table(
        "log_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("recorded_at", WORD, nullable=False),
        sa.Column("numbers", WORD, nullable=False),
    )
    op.create_table(
        "read_model_definition",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("fingerprint", WORD, nullable=False),
    )
    op.execute("INSERT INTO log_head (id, position, recorded_at, numbers) VALUES (1, 0, '', '{}')")
    refuse = _refuse_on_sqlite if op.get_bind().dialect.name == "sqlite" else _refuse_on_postgresql
    for statement in refuse:
        op.execute(statement)


_refuse_on_sqlite = [
    f"""
    CREATE TRIGGER events_refuse_{verb} BEFORE {verb} ON events
    BEGIN SELECT RAISE(ABORT, 'events are never changed or removed'); END
    """
    for verb in ("update", "delete")
]

_refuse_on_postgresql = [
    """
    CREATE FUNCTION events_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'events are never changed or removed'; END $$
    """,
    """
    CREATE TRIGGER events_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION events_refuse()
    """,
]
