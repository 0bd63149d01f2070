"""Creates the evidence: tree over the log, checkpoints, incarnations, access records, keys of data subjects."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WORD = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
ONLY_GROWING = ("leaves", "checkpoints", "access_records")


def upgrade() -> None:
    """Create the tables of evidence, empty."""
    op.create_table("leaves", _number("position"), _bytes("hash"))
    op.create_table(
        "tree_nodes",
        sa.Column("level", sa.SmallInteger, primary_key=True, autoincrement=False),
        _number("number"),
        _bytes("hash"),
    )
    op.create_table(
        "tree_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        _bytes("frontier"),
    )
    op.create_table(
        "checkpoints",
        _number("number"),
        sa.Column("incarnation", sa.Integer, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        _word("signed_at"),
        _word("note"),
    )
    op.create_table(
        "incarnations",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        _word("began_at"),
        _word("instance"),
        sa.Column("last_note", WORD),
    )
    op.create_table(
        "subject_keys",
        sa.Column("key_id", WORD, primary_key=True),
        sa.Column("subject_id", WORD, nullable=False, index=True),
        sa.Column("epoch", sa.Integer, nullable=False, index=True),
        _bytes("wrapped"),
    )
    op.create_table(
        "access_records",
        _number("number"),
        _word("at"),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        _word("request_id"),
        _word("client"),
        _word("path"),
        _word("query"),
        _bytes("hash"),
    )
    op.bulk_insert(sa.table("tree_head", sa.column("id"), sa.column("size"), sa.column("frontier")), [_NO_TREE])
    refuse = _refuse_on_sqlite if op.get_bind().dialect.name == "sqlite" else _refuse_on_postgresql
    for table in ONLY_GROWING:
        for statement in refuse(table):
            op.execute(statement)


_NO_TREE = {"id": 1, "size": 0, "frontier": b""}


def _number(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger, primary_key=True, autoincrement=False)


def _word(name: str) -> "sa.Column[str]":
    return sa.Column(name, WORD, nullable=False)


def _bytes(name: str) -> "sa.Column[bytes]":
    return sa.Column(name, sa.LargeBinary, nullable=False)


def _refuse_on_sqlite(table: str) -> list[str]:
    return [
        f"""
        CREATE TRIGGER {table}_refuse_{verb} BEFORE {verb} ON {table}
        BEGIN SELECT RAISE(ABORT, '{table.replace("_", " ")} are never changed or removed'); END
        """
        for verb in ("update", "delete")
    ]


def _refuse_on_postgresql(table: str) -> list[str]:
    return [
        f"""
        CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '{table.replace("_", " ")} are never changed or removed'; END $$
        """,
        f"""
        CREATE TRIGGER {table}_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()
        """,
    ]
