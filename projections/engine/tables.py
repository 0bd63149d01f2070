"""Declares the tables of the read models, and indexes that fit how they keep their past."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, MetaData, SmallInteger, Table, Text, text
from sqlalchemy.dialects import postgresql

from projections.engine.buckets import EVENT_TIME
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
    that have the same value in a column of that name, one is hidden with any of them; there, some columns may be
    ``counted`` only where another column, whose name stands there, is true.
    """

    columns: Mapping[str, str]
    together: str | None = None
    counted: Mapping[str, str] = field(default_factory=dict)


OF_OPPORTUNITY = Restricted({"opportunity_id": "subject_id"})
"""Rows of an opportunity are hidden with it."""

LINKED = Restricted({"opportunity_id": "subject_id", "person_id": "person_id", "organization_id": "organization_id"})
"""Rows that hang on an opportunity, a person, an organization or several of them are hidden with any of these."""

NOT_DELETED = ("is_deleted", False)
"""What `order_indexes` takes for an index over the versions that were not deleted."""

_HAS_BUCKETS, _NARROWING, _NUMBERED = "has_buckets", "narrowing", "numbered"
"""What the ``info`` of indexes says."""


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
    another. Versions that have ended lie in buckets where there are `order_indexes`; ``ended`` are further indexes over
    these versions. Unless it is ``restricted``, everybody may see its rows.
    """
    validity = [Column("valid_from", Number, primary_key=True), Column("valid_to", Number)]
    indexes = [*indexes, *ended]
    bucket = "bucket" if any(_HAS_BUCKETS in index.info for index in indexes) else None
    if bucket is not None:
        validity.append(Column(bucket, Number))
    narrowing = frozenset(index.info[_NARROWING] for index in indexes if _NARROWING in index.info)
    numbered = next((index.info[_NUMBERED] for index in indexes if _NUMBERED in index.info), None)
    past = Past("valid_from", "valid_to", bucket, narrowing, numbered)
    info = {"key": key, "past": past, "restricted": restricted}
    first = [column for column in columns if column.name in key]
    others = [column for column in columns if column.name not in key]
    # databases read a row from its first column on, and each partial index asks when a version ended
    return Table(name, read_models, *first, *validity, *others, *indexes, info=info)


def record_table(
    name: str,
    *columns: Column[Any],
    indexes: Iterable[Index] = (),
    ended: Sequence[Index] = (),
    key: tuple[str, ...],
    restricted: Restricted | None = None,
    is_dated_by_events: bool = False,
) -> Table:
    """A table with past that has, behind these columns, those that the row of every record has.

    ``edited_position`` is the position of the last event that is an edit (`Event.is_edit`). Where records are dated by
    events, no event tells of another time when the thing was added.
    """
    common = (
        Column("is_deleted", Boolean, nullable=False),
        Column("edited_position", Number, nullable=False),
        Column("add_time", SortableText, nullable=False, info=EVENT_TIME if is_dated_by_events else None),
        Column("update_time", SortableText, nullable=False, info=EVENT_TIME),
    )
    return table_with_past(name, *columns, *common, indexes=indexes, ended=ended, key=key, restricted=restricted)


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
    return _partial(name, *columns, where="valid_to IS NULL")


def present_index(name: str, *columns: str) -> Index:
    """A partial index over the versions that hold now and are not deleted.

    A list without a filter is the whole of it. SQLite keeps no statistics here, so of a `current_index` that has
    ``is_deleted`` as a column it would believe that it narrows the list as much as a filter's index does.
    """
    return _partial(name, *columns, where="valid_to IS NULL", only=NOT_DELETED)


def order_indexes(
    name: str, equal: Sequence[str], *order: str, only: tuple[str, bool] | None = None
) -> tuple[Index, Index]:
    """The indexes of an order that a list offers, where columns are ``equal``: of now, and of the past in each bucket.

    Without one of the past, a page of it would cost more with every change. What began after the moment is passed
    over within the index of now. Where they have some versions ``only``, these are the ones of which a column is true,
    or false.
    """
    columns = dict.fromkeys((*equal, *order, "valid_from"))
    now = _partial(name, *columns, where="valid_to IS NULL", only=only)
    return now, _ended_index(f"{name}_ended", equal, order, only=only)


def _ended_index(
    name: str, equal: Sequence[str], order: Sequence[str], *, only: tuple[str, bool] | None = None
) -> Index:
    """An index over the versions that have ended: what a list of the past is filtered and sorted by, in each bucket.

    Where it has some of them ``only``, these are the ones of which a column is true, or false.
    """
    columns = dict.fromkeys((*equal, "bucket", *order, "valid_from", "valid_to"))
    return _partial(name, *columns, where="valid_to IS NOT NULL", only=only, info={_HAS_BUCKETS: True})


def ended_by(name: str, column: str) -> Index:
    """An index over the versions that have ended, by a column of which each value narrows them down to a few."""
    columns = (column, "valid_to", "valid_from")
    return _partial(name, *columns, where="valid_to IS NOT NULL", info={_NARROWING: column})


def first_index(name: str, key: str) -> Index:
    """An index over the first versions of things that are numbered one after the other, in the order they were made.

    So a list by number of the past need not go through what was made later.
    """
    return _partial(name, "created_position", key, where="valid_from = created_position", info={_NUMBERED: key})


def named_index(name: str, named: str, *columns: str) -> Index:
    """An index over the rows of a table that grows which name something in the first column."""
    return _partial(name, named, *columns, where=f"{named} IS NOT NULL")


def key_columns(table: Table) -> list[Column[Any]]:
    """The columns that tell one thing in a table with past from another."""
    return [table.c[name] for name in table.info["key"]]


def _partial(
    name: str, *columns: str, where: str, only: tuple[str, bool] | None = None, info: Mapping[str, Any] | None = None
) -> Index:
    """A partial index on both databases, which write truth in two ways."""
    of_sqlite = of_postgresql = where
    if only is not None:
        column, value = only
        of_sqlite = f"{where} AND {column} IS {int(value)}"
        of_postgresql = f"{where} AND {column} IS {str(value).lower()}"
    return Index(
        name, *columns, info=dict(info or {}), sqlite_where=text(of_sqlite), postgresql_where=text(of_postgresql)
    )
