"""Tells which fields of its own thing an event changed, from what to what, by the versions of the thing's row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Table, bindparam, or_, select

from aggregates.event import Event
from projections.differences import Compared, Facts, differing
from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.engine.statements import Query, chunks
from projections.engine.tables import Number, key_columns
from projections.engine.validity import every_version
from projections.kinds import KIND_OF, KINDS, Kind


class FieldChange(NamedTuple):
    """What a field said before an event and since; None where it said nothing."""

    field: str
    before: Any
    after: Any


def field_changes(reading: Reading, events: Iterable[tuple[int, Event]]) -> dict[int, list[FieldChange]]:
    """What events, given with their positions, changed in the things that they happened to; one that made its thing,
    and one of no thing, changed nothing.

    It costs a look at all versions of each of these things.
    """
    touched: dict[str, list[tuple[int, Any]]] = {}
    for position, event in events:
        kind = KIND_OF.get(type(event).__name__)
        if kind is not None and event.originator_version > 1:
            touched.setdefault(kind.name, []).append((position, getattr(event, kind.key.name)))
    parts = ((KINDS[name], some) for name, those in touched.items() for some in chunks(those))
    return {position: changes for kind, some in parts for position, changes in _changes(reading, kind, some)}


def fields_of(kind: Kind) -> list[str]:
    """The names of all fields of a kind that an event may change."""
    return [*Compared(kind).fields, *(["is_deleted"] if "is_deleted" in kind.table.c else [])]


def _changes(
    reading: Reading, kind: Kind, touched: Sequence[tuple[int, Any]]
) -> Iterator[tuple[int, list[FieldChange]]]:
    key, asked = kind.key.name, {"keys": [key for _, key in touched], "positions": [place for place, _ in touched]}
    began, ended = dict[tuple[int, Any], Facts](), dict[tuple[int, Any], Facts]()
    for row in _versions(kind.table).rows(reading, asked):
        began[row["valid_from"], row[key]] = ended[row["valid_to"], row[key]] = _told(kind, row)
    for each in touched:
        if each in began and each in ended:
            before, after = ended[each], began[each]
            yield each[0], [FieldChange(name, before[name], after[name]) for name in differing(before, after)]


def _told(kind: Kind, row: Row) -> Facts:
    """What a row says; where a thing is, is told by its place, or else by whether it was deleted."""
    deleted = {"is_deleted": row["is_deleted"]} if "is_deleted" in row else {}
    return {**Compared(kind).facts(row), **deleted}


@cache
def _versions(table: Table) -> Query:
    """The versions of some things that began or ended at some positions."""
    (key,) = key_columns(table)
    positions: BindParameter[int] = bindparam("positions", type_=Number, expanding=True)
    is_meant = or_(table.c.valid_from.in_(positions), table.c.valid_to.in_(positions))
    return Query(select(table).where(key.in_(bindparam("keys", expanding=True)), is_meant, every_version(table)))
