"""Declares the tables of the read models, and indexes that fit how they keep their past."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, MetaData, SmallInteger, Table, Text, text
from sqlalchemy.dialects import postgresql

from projections.engine.validity import Past

SortableText = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""Text that compares by code points, so that both databases sort it alike."""

Number = BigInteger()
Small = SmallInteger()

read_models = MetaData()
"""Every table of the read models: all of it can be thrown away and rebuilt from the log."""


@dataclass(frozen=True)
class Restricted:
    """By what the rows of a table are hidden from users; it stands in the table's ``info`` as ``restricted``.

    ``columns`` says which of a row's columns name what may be restricted, and in which column restrictions name it
    (`projections.engine.visibility`): a row is hidden where one of these things is. Where rows belong ``together``
    that have the same value in a column of that name, one is hidden with any of them that is ``counted``, by a column
    of that name.
    """

    columns: Mapping[str, str]
    together: str | None = None
    counted: str = ""


OF_OPPORTUNITY = Restricted({"opportunity_id": "subject_id"})
"""Rows of an opportunity are hidden with it."""

LINKED = Restricted({"opportunity_id": "subject_id", "person_id": "person_id", "organization_id": "organization_id"})
"""Rows that hang on an opportunity, a person, an organization or several of them are hidden with any of these."""

_HOLDS_NOW = text("valid_to IS NULL")
_HAS_ENDED = text("valid_to IS NOT NULL")
_IS_PRESENT = {
    "sqlite": text("valid_to IS NULL AND is_deleted IS 0"),
    "postgresql": text("valid_to IS NULL AND is_deleted IS false"),
}


def table_with_past(
    name: str,
    *columns: Column[Any],
    indexes: Iterable[Index] = (),
    ended: Sequence[Index] = (),
    key: tuple[str, ...],
    restricted: Restricted | None = None,
) -> Table:
    """A table whose rows keep their past: each version holds from one position of the log up to another.

    The version that holds now has no ``valid_to``. ``key`` names the columns that tell one thing from
    another. With ``ended``, indexes made by `ended_index`, versions that have ended lie in buckets. Unless it is
    ``restricted``, everybody may see its rows.
    """
    validity = [Column("valid_from", Number, primary_key=True), Column("valid_to", Number)]
    if ended:
        validity.append(Column("bucket", Number))
    past = Past("valid_from", "valid_to", "bucket" if ended else None)
    info = {"key": key, "past": past, "restricted": restricted}
    return Table(name, read_models, *columns, *validity, *indexes, *ended, info=info)


def record_table(
    name: str,
    *columns: Column[Any],
    indexes: Iterable[Index] = (),
    key: tuple[str, ...],
    restricted: Restricted | None = None,
) -> Table:
    """A table with past that has, behind these columns, those that the row of every record has.

    ``edited_position`` is the position of the last event that is an edit (`Event.is_edit`).
    """
    common = (
        Column("is_deleted", Boolean, nullable=False),
        Column("edited_position", Number, nullable=False),
        Column("add_time", SortableText, nullable=False),
        Column("update_time", SortableText, nullable=False),
    )
    return table_with_past(name, *columns, *common, indexes=indexes, key=key, restricted=restricted)


def growing_table(
    name: str, *columns: Column[Any] | Index, has_rowid: bool = True, restricted: Restricted | None = None
) -> Table:
    """A table whose rows are added and never change; the column ``position`` says which event added each.

    Unless it is ``restricted``, everybody may see its rows.
    """
    info = {"past": Past("position"), "restricted": restricted}
    return Table(name, read_models, *columns, info=info, sqlite_with_rowid=has_rowid)


def current_index(name: str, *columns: str) -> Index:
    """An index over the versions that hold now: what lists are filtered and sorted by."""
    return Index(name, *columns, sqlite_where=_HOLDS_NOW, postgresql_where=_HOLDS_NOW)


def ended_index(name: str, equal: Sequence[str], order: Sequence[str]) -> Index:
    """An index over the versions that have ended: what a list of the past is filtered and sorted by, in each bucket."""
    columns = (*equal, "bucket", *order, "valid_from", "valid_to")
    return Index(name, *columns, sqlite_where=_HAS_ENDED, postgresql_where=_HAS_ENDED)


def present_index(name: str, *columns: str) -> Index:
    """A partial index over the versions that hold now and are not deleted.

    A list without a filter is the whole of it. SQLite keeps no statistics here, so of a `current_index` that has
    ``is_deleted`` as a column it would believe that it narrows the list as much as a filter's index does.
    """
    return Index(name, *columns, sqlite_where=_IS_PRESENT["sqlite"], postgresql_where=_IS_PRESENT["postgresql"])


def key_columns(table: Table) -> list[Column[Any]]:
    """The columns that tell one thing in a table with past from another."""
    return [table.c[name] for name in table.info["key"]]
