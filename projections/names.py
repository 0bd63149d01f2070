"""Ids flow in and names flow out: of owners, persons and organizations, of a whole page at a time."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import FromClause, Select, Table, and_, bindparam, select

from projections.engine.reading import Reading
from projections.engine.rows import key_columns
from projections.engine.statements import Query, chunks
from projections.engine.validity import holding
from projections.organizations import ORGANIZATIONS
from projections.persons import PERSONS
from projections.users import USERS

_NAMES: dict[str, tuple[Table, str]] = {
    "owner_name": (USERS, "owner_id"),
    "person_name": (PERSONS, "person_id"),
    "organization_name": (ORGANIZATIONS, "organization_id"),
}


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
