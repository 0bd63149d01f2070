"""The table of activity types, how events change it, and how activity types are listed and found."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, Select, select

from aggregates.activity_type import ActivityTypeEvent
from projections.engine.read_model import ReadModel
from projections.engine.reading import Reading
from projections.engine.rows import Row, rows_of
from projections.engine.statements import Query
from projections.engine.tables import Number, SortableText, record_table
from projections.engine.validity import holding

ACTIVITY_TYPES = record_table(
    "activity_types",
    Column("activity_type_id", Number, primary_key=True, autoincrement=False),
    Column("name", SortableText, nullable=False),
    Column("key_string", SortableText, nullable=False),
    Column("icon_key", SortableText, nullable=False),
    Column("color", SortableText),
    Column("order_nr", Number, nullable=False),
    Column("is_custom", Boolean, nullable=False),
    key=("activity_type_id",),
)
"""Every kind of activity there ever was: a handful, so no index is needed."""

READ_MODEL = ReadModel(ACTIVITY_TYPES, ActivityTypeEvent)


def activity_types(reading: Reading) -> list[Row]:
    """All kinds of activities in their order, those that were given up too."""
    return _ALL.rows(reading, {})


def type_names(reading: Reading) -> dict[str, str]:
    """What the kinds of activities are called, those too that were given up, by their keys."""
    return dict(_NAMES.tuples(reading, {}))


def first_type(reading: Reading) -> str | None:
    """The key of the first kind that was not given up: what an activity is that names no other."""
    query = _in_order().where(ACTIVITY_TYPES.c.is_deleted.is_(False)).with_only_columns(ACTIVITY_TYPES.c.key_string)
    return reading.execute(query.limit(1)).scalar()


def type_named(reading: Reading, key_string: str) -> Row | None:
    """The kind of activity that has a key and was not given up; None where there is none."""
    query = _in_order().where(ACTIVITY_TYPES.c.key_string == key_string, ACTIVITY_TYPES.c.is_deleted.is_(False))
    return next(iter(rows_of(reading, query)), None)


def _in_order() -> Select[Any]:
    in_order = ACTIVITY_TYPES.c.order_nr, ACTIVITY_TYPES.c.activity_type_id
    return select(ACTIVITY_TYPES).where(holding(ACTIVITY_TYPES)).order_by(*in_order)


_ALL = Query(_in_order())
_NAMES = Query(_in_order().with_only_columns(ACTIVITY_TYPES.c.key_string, ACTIVITY_TYPES.c.name))
