"""Tables of the event log and of what stands beside it: receipts, keys of streams, digests of tokens."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    UniqueConstraint,
    false,
)

from projections.engine.tables import SortableText

log_tables = MetaData()

EVENTS = Table(
    "events",
    log_tables,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("stream_id", SortableText, nullable=False),
    Column("version", Integer, nullable=False),
    Column("previous", Integer),
    Column("topic", SortableText, nullable=False),
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
    Column("recorded_at", SortableText, nullable=False),
    Column("numbers", SortableText, nullable=False),
)
"""The end of the log, one row that every writer locks: the last position, the time it was recorded, and the
last integer id given out of each kind, as JSON."""

READ_MODEL_DEFINITION = Table(
    "read_model_definition",
    log_tables,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("fingerprint", SortableText, nullable=False),
)
"""What the read models' tables were built from, so that a change of their definition is noticed; ``id`` counts how
often they have been built, so that whoever keeps answers notices that, too."""

STREAM_KEYS = Table(
    "stream_keys",
    log_tables,
    Column("stream_id", SortableText, primary_key=True),
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

KEYED_RECEIPTS = Table(
    "keyed_receipts",
    log_tables,
    Column("key", LargeBinary, primary_key=True),
    Column("request", LargeBinary, nullable=False),
    Column("first_position", BigInteger, nullable=False),
    Column("last_position", BigInteger, nullable=False),
    Column("status", SmallInteger),
    Column("recorded_at", SortableText, nullable=False),
    Column("told", SortableText, nullable=False),
    Index("keyed_receipts_by_time", "recorded_at"),
    sqlite_with_rowid=False,
)
"""What a request under an idempotency key came to, written in its command's own transaction, one that recorded nothing
too: then ``first_position`` is behind ``last_position``. ``key`` is a keyed hash of the user and the key, ``request``
one of the request itself, and ``told`` what the command told, ids and positions, as JSON."""

RECEIPT_HEAD = Table(
    "receipt_head",
    log_tables,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("secret", LargeBinary, nullable=False),
    Column("swept_position", BigInteger, nullable=False),
    Column("turns", BigInteger, nullable=False),
)
"""One row: the secret of keyed hashes, up to which position of the log there are no receipts (any more), and how
often somebody wrote only to see all others' commits come to an end."""

TOKEN_DIGESTS = Table(
    "token_digests",
    log_tables,
    Column("digest", SortableText, primary_key=True),
    Column("token_id", SortableText, nullable=False),
    Column("last_used", SortableText),
    Column("is_session", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("token_id", name="token_digests_by_token"),
    sqlite_with_rowid=False,
)
"""By what tokens are recognised, when each last let somebody in, and whether it is that of a browser in which a user
signed in with a password (see `service.log.token_digests`)."""

PASSWORDS = Table(
    "passwords",
    log_tables,
    Column("user_id", Integer, primary_key=True, autoincrement=False),
    Column("hash", SortableText, nullable=False),
)
"""By what a user's password is recognised: the hash, which no event tells."""
