"""What the event log is made of; the migrations create it, nothing but the recorder writes to it."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
)

from projections.rows import Word

log_tables = MetaData()

EVENTS = Table(
    "events",
    log_tables,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("stream_id", Word, nullable=False),
    Column("version", Integer, nullable=False),
    Column("previous", Integer),
    Column("topic", Word, nullable=False),
    Column("state", LargeBinary, nullable=False),
    UniqueConstraint("stream_id", "version", name="events_in_stream"),
    ForeignKeyConstraint(["stream_id", "previous"], ["events.stream_id", "events.version"], name="events_without_gaps"),
)
"""The log. ``position`` counts 1, 2, 3 … over all streams, in commit order; ``stream_id`` is 32 lower-case hex
digits; ``previous`` is the version before, so that the database itself refuses a stream with gaps."""

LOG_HEAD = Table(
    "log_head",
    log_tables,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("recorded_at", Word, nullable=False),
    Column("numbers", Word, nullable=False),
)
"""The end of the log, one row that every writer locks: the last position, the time it was recorded, and the
last integer id given out of each kind, as JSON."""

READ_MODEL_DEFINITION = Table(
    "read_model_definition",
    log_tables,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("fingerprint", Word, nullable=False),
)
"""What the read models' tables were built from, so that a change of their definition is noticed."""
