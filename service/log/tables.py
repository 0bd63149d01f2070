"""What the event log is made of; the migrations create it, nothing but the recorder writes to it."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    UniqueConstraint,
)

from projections.engine.rows import Word

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

LEAVES = Table(
    "leaves",
    log_tables,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)
"""The leaves of the Merkle tree over the log, one per event, by the event's position; nothing ever changes."""

TREE_NODES = Table(
    "tree_nodes",
    log_tables,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)
"""Roots of complete subtrees over 2 ** ``level`` leaves, the ``number``-th from the left (from 0): what proofs
are quickly made from. Not every level is kept."""

TREE_HEAD = Table(
    "tree_head",
    log_tables,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
)
"""How far the tree has come, one row that every sealer locks: its size, and the roots of its complete subtrees
from the largest on, 32 bytes each."""

CHECKPOINTS = Table(
    "checkpoints",
    log_tables,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("incarnation", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("signed_at", Word, nullable=False),
    Column("note", Word, nullable=False),
)
"""Every checkpoint that was signed, as the signed note that went out."""

INCARNATIONS = Table(
    "incarnations",
    log_tables,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("began_at", Word, nullable=False),
    Column("instance", Word, nullable=False),
    Column("last_note", Word),
)
"""The lives of this log: a restore from a backup begins a new one, with the last known note as evidence."""

STREAM_KEYS = Table(
    "stream_keys",
    log_tables,
    Column("stream_id", Word, primary_key=True),
    Column("since", Integer, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""The key that a stream's events are encrypted under as far as they tell of people, from version ``since`` on. It is
wrapped by the key of an epoch, which is kept outside the database. A key that is removed here is gone: what it had
encrypted is erased, and a stream that goes on gets another one."""

RECEIPTS = Table(
    "receipts",
    log_tables,
    Column("last_position", BigInteger, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, primary_key=True),
    Column("first_position", BigInteger, nullable=False),
    Column("status", SmallInteger),
    Index("receipts_by_key", "key", "last_position"),
    sqlite_with_rowid=False,
)
"""What a user's command came to, written in the command's own transaction: from which position to which its events
are, and the HTTP status of its answer. ``key`` is a keyed hash of the user and the request's id; a command may have
receipts by several keys, and a key be that of several commands."""

RECEIPT_HEAD = Table(
    "receipt_head",
    log_tables,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("secret", LargeBinary, nullable=False),
    Column("swept_position", BigInteger, nullable=False),
    Column("turns", BigInteger, nullable=False),
)
"""One row: the secret of the receipts' keys, up to which position of the log there are no receipts (any more), and how
often somebody wrote only to see all others' commits come to an end."""

ACCESS_RECORDS = Table(
    "access_records",
    log_tables,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Word, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("request_id", Word, nullable=False),
    Column("client", Word, nullable=False),
    Column("path", Word, nullable=False),
    Column("query", Word, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
"""Who read what as an auditor, in order; each row's hash covers the row and the hash before it."""

ERASURES = Table(
    "erasures",
    log_tables,
    Column("person_id", BigInteger, primary_key=True, autoincrement=False),
    Column("announced_at", Word, nullable=False),
    Column("found", Word),
    Column("position", BigInteger),
)
"""How far the erasures of late have come: ``found`` is what they came to, as JSON, once nothing is readable any more,
and ``position`` where the log confirms it. Nothing in it tells of the person, but it says where a name still stands."""
