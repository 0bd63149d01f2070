"""Names, addresses and numbers flow in, and the rows flow out that still hold one: somebody may have to look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, LargeBinary, Table, Text, func, literal, or_, select
from sqlalchemy.types import TypeEngine

from projections.rows import read_models
from service.log.tables import ACCESS_RECORDS, EVENTS

MOST = 100
"""Mentions in one table that are told one by one."""


class Mention(NamedTuple):
    """A row in which a word stands, by its table and what tells it from others, such as ``notes`` and ``note_id 7``."""

    table: str
    row: str


def mentions_of(connection: Connection, words: Sequence[str]) -> list[Mention]:
    """The rows that hold one of the words, whatever its case, in the read models, the log and the access records."""
    return [
        mention
        for table in (*read_models.sorted_tables, EVENTS, ACCESS_RECORDS)
        for mention in _in(connection, table, words)
    ]


def _in(connection: Connection, table: Table, words: Sequence[str]) -> Iterator[Mention]:
    holds = [
        _holds(connection.dialect.name, column, word) for column in table.c if _is_text(column.type) for word in words
    ]
    if not holds:
        return
    key = [table.c[name] for name in table.info.get("key", table.primary_key.columns.keys())]
    for found in connection.execute(select(*key).where(or_(*holds)).distinct().order_by(*key).limit(MOST)):
        yield Mention(table.name, ", ".join(f"{column.name} {value}" for column, value in zip(key, found, strict=True)))


def _is_text(kind: TypeEngine[object]) -> bool:
    return isinstance(kind, Text | LargeBinary)


def _holds(dialect: str, column: ColumnElement[Any], word: str) -> ColumnElement[bool]:
    if isinstance(column.type, LargeBinary):
        found = func.instr if dialect == "sqlite" else func.pg_catalog.position
        return found(column, literal(word.encode())) > 0
    return func.lower(column).contains(word.lower(), autoescape=True)
