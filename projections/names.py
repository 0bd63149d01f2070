"""Looks up the names of users, persons and organizations by their ids, for a whole page at a time."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import FromClause, Select, Table, and_, bindparam, select

from projections.engine.reading import Reading
from projections.engine.statements import Query, chunks
from projections.engine.tables import key_columns
from projections.engine.validity import holding
from projections.kinds import NAMED_BY

_NAMES = {
    f"{whose}_name": (NAMED_BY[f"{whose}_id"].table, f"{whose}_id") for whose in ("owner", "person", "organization")
}
"""The tables that names come from, and the columns of leads and deals that say whose they are."""


def with_names(table: Table, columns: Iterable[str]) -> Select[Any]:
    """These columns of leads or deals; those that are names are looked up by the ids that the rows have."""
    named: FromClause = table
    for names, reference in _NAMES.values():
        (key,) = key_columns(names)
        named = named.outerjoin(names, and_(key == table.c[reference], holding(names)))
    told = (_NAMES[name][0].c.name.label(name) if name in _NAMES else table.c[name] for name in columns)
    return select(*told).select_from(named)


def names_of(reading: Reading, table: Table, keys: Iterable[int | None]) -> dict[int, str]:
    """The names that things have now, by their ids; whatever nobody knows is left out."""
    wanted = {number for number in keys if number is not None}
    return {number: name for some in chunks(wanted) for number, name in _names(table).tuples(reading, {"some": some})}


@cache
def _names(table: Table) -> Query:
    (key,) = key_columns(table)
    return Query(select(key, table.c.name).where(key.in_(bindparam("some", expanding=True)), holding(table)))
