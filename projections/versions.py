"""Tells which versions of things of several kinds hold at a moment, in one query."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, literal, null, select, union_all

from projections.engine.reading import Reading
from projections.engine.statements import Query
from projections.engine.validity import holding
from projections.kinds import KINDS
from projections.organizations import ORGANIZATIONS
from projections.persons import PERSONS
from projections.users import USERS

Version = tuple[Any, ...]
"""Which version of a thing holds: the name of its kind, its id, and from which position on.

With an organization, what is told of it changes by itself, and comes behind that: how many people it has, and what its
owner is called.
"""


def versions_of(reading: Reading, wanted: Mapping[str, Collection[int]]) -> list[Version]:
    """The versions of things that hold, given their ids by the names of kinds; what never was there is left out."""
    return _versions(frozenset(wanted)).tuples(reading, wanted)


Beside = tuple[ColumnElement[Any], ColumnElement[Any]]


@cache
def _versions(kinds: frozenset[str]) -> Query:
    """Organizations come first, since PostgreSQL takes the types of columns from there where others have null."""
    return Query(union_all(*map(_of_kind, sorted(kinds, key=lambda kind: (kind != "organization", kind)))))


def _of_kind(name: str) -> Select[Any]:
    table, key = KINDS[name].table, KINDS[name].key
    people_count, owner_name = _OF_ORGANIZATION if name == "organization" else _OF_OTHERS
    query = select(literal(name).label("kind"), key.label("number"), table.c.valid_from)
    query = query.add_columns(people_count.label("people_count"), owner_name.label("owner_name"))
    return query.where(holding(table), key.in_(bindparam(name, expanding=True)))


_THEIRS = PERSONS.c.organization_id == ORGANIZATIONS.c.organization_id
_PEOPLE = select(func.count()).where(holding(PERSONS, by=_THEIRS), PERSONS.c.is_deleted.is_(False))
_OWNER = select(USERS.c.name).where(holding(USERS), USERS.c.user_id == ORGANIZATIONS.c.owner_id)
_OF_ORGANIZATION: Beside = (_PEOPLE.scalar_subquery(), _OWNER.scalar_subquery())
_OF_OTHERS: Beside = (null(), null())
