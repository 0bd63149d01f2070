"""Tables of the evidence: the Merkle tree over the log, checkpoints, incarnations of the log, who looked at what."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, SmallInteger, Table

from projections.engine.tables import SortableText

evidence_tables = MetaData()

LEAVES = Table(
    "leaves",
    evidence_tables,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)
"""The leaves of the Merkle tree over the log, one per event, by the event's position; nothing ever changes."""

TREE_NODES = Table(
    "tree_nodes",
    evidence_tables,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)
"""Roots of complete subtrees over 2 ** ``level`` leaves, the ``number``-th from the left (from 0): what proofs
are quickly made from. Not every level is kept."""

TREE_HEAD = Table(
    "tree_head",
    evidence_tables,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
)
"""How far the tree has come, one row that every sealer locks: its size, and the roots of its complete subtrees
from the largest on, 32 bytes each."""

STREAM_HEADS = Table(
    "stream_heads",
    evidence_tables,
    Column("prefix", SortableText, primary_key=True),
    Column("below", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""The sparse Merkle tree over the heads of all streams as of the last checkpoint, four levels of it in a row: what
stands ``below`` a ``prefix`` of stream ids (see `service.evidence.stream_heads`)."""

CHECKPOINTS = Table(
    "checkpoints",
    evidence_tables,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("incarnation", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("signed_at", SortableText, nullable=False),
    Column("note", SortableText, nullable=False),
)
"""Every checkpoint that was signed, as the signed note that went out."""

INCARNATIONS = Table(
    "incarnations",
    evidence_tables,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("began_at", SortableText, nullable=False),
    Column("instance", SortableText, nullable=False),
    Column("last_note", SortableText),
)
"""The incarnations of this log: a restore from a backup begins a new one, with the last known note as evidence."""

ACCESS_RECORDS = Table(
    "access_records",
    evidence_tables,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", SortableText, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("request_id", SortableText, nullable=False),
    Column("client", SortableText, nullable=False),
    Column("path", SortableText, nullable=False),
    Column("query", SortableText, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
"""Who read what as an auditor, in order; each row's hash covers the row and the hash before it."""
