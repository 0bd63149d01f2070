"""Tells whether rows of the read models were rewritten in place, as erasures and rebuilds do."""

from __future__ import annotations

from typing import NamedTuple

import orjson
from sqlalchemy import Connection, literal_column, select

from projections.deals import DEALS
from projections.engine.statements import Statement
from service.log.tables import LOG_HEAD


class Rewriting(NamedTuple):
    """Up to where rows have been rewritten in place: while it stays the same, the version of a row that began at a
    position is what it was.

    That is how many erasures there were, each of which overwrites rows in the transaction that records it, and which
    tables there are: a rebuild exchanges them all at once.
    """

    erasures: int
    tables: int


def rewriting(connection: Connection) -> Rewriting:
    """Up to where rows have been rewritten, for whoever reads them afterwards."""
    [(numbers, tables)] = _REWRITING[connection.dialect.name].tuples(connection, {})
    return Rewriting(orjson.loads(numbers).get("erasure", 0), tables)


_TABLES = {
    "sqlite": "(SELECT schema_version FROM pragma_schema_version)",
    "postgresql": f"'{DEALS.name}'::regclass::bigint",
}
"""A number that another table of the same name has, or on SQLite any change of the tables."""

_REWRITING = {
    dialect: Statement(select(LOG_HEAD.c.numbers, literal_column(number))) for dialect, number in _TABLES.items()
}
