"""A question about what holds now flows in, and the same question about a moment of the past flows out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    Table,
    and_,
    asc,
    bindparam,
    desc,
    literal_column,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, ClauseElement

Q = TypeVar("Q", bound=ClauseElement)

AS_OF: BindParameter[int] = bindparam("as_of", type_=BigInteger())
"""The position of the log that a question about the past is asked for."""

LAST_POSITION = 2**63 - 1
"""Behind everything that will ever be recorded."""

_LENGTHS = range(8, 26, 2)
"""How long versions hold that lie together: less than 2 ** 8 positions, less than 2 ** 10 and so on. Every other power
of two keeps the drawers of a moment few, and in each of them much of what held then."""

_LONGEST = 1 << 26
"""The drawer of all that hold for even longer."""

_DRAWERS = [bindparam(f"drawer_{place}", type_=BigInteger()) for place in range(2 * len(_LENGTHS) + 1)]
_OPTION = "as_of"
_PAGED = "paged"


@dataclass(frozen=True)
class Paged:
    """What a query is a page of: the rows of a table, in the order of some of its columns, and how many at most."""

    table: Table
    order: Sequence[str]
    descending: bool
    rows: int


def ask_as_of(connection: Connection, position: int) -> None:
    """Let every question that this connection is asked from now on be about what held at a position of the log."""
    drawers = dict(zip((drawer.key for drawer in _DRAWERS), drawers_at(position), strict=True))
    connection.execution_options(**{_OPTION: {AS_OF.key: position, **drawers}})


def asked_as_of(connection: Connection) -> Mapping[str, int] | None:
    """What a connection's questions about the past bind; None where they are about now."""
    moment: Mapping[str, int] | None = connection.get_execution_options().get(_OPTION)
    return moment


def position_asked(connection: Connection) -> int:
    """The position that a connection's questions are about: one behind everything where they are about now."""
    moment = asked_as_of(connection)
    return LAST_POSITION if moment is None else moment[AS_OF.key]


def holds_now(table: FromClause) -> ColumnElement[bool]:
    """The versions of rows that hold now: the one condition that `in_the_past` exchanges."""
    return table.c.valid_to.is_(None)


def held_at(table: FromClause, position: ColumnElement[int] | int) -> ColumnElement[bool]:
    """The versions of rows that held when the log had just reached a position."""
    return and_(table.c.valid_from <= position, or_(holds_now(table), table.c.valid_to > position))


def drawer_of(began: int, ended: int) -> int:
    """The drawer in which a version lies that has ended: with those that held about as long and began about then.

    What holds for less than a length began in one of the times that are as long; the number of that time, with as
    many zero bits behind it as tell the length, is that of the drawer.
    """
    bits = (ended - began).bit_length()
    length = max(_LENGTHS[0], bits + bits % 2)
    return _drawer(length, began >> length) if length in _LENGTHS else _LONGEST


def drawers_at(position: int) -> Iterator[int]:
    """The drawers in which all versions lie that held at a position and have ended since, beside others.

    There are always as many: what holds for less than a length began in the time of that length that the position is
    in, or in the one before, even where there was none.
    """
    for length in _LENGTHS:
        for time in (position >> length, (position >> length) - 1):
            yield _drawer(length, time)
    yield _LONGEST


def _drawer(length: int, time: int) -> int:
    return (2 * time + 1) << length


def as_paged(query: Select[Any], paged: Paged) -> Select[Any]:
    """A query as a page of a table that has drawers, where all its conditions are about that table's columns."""
    return query.execution_options(**{_PAGED: paged})


def in_the_past(question: Q) -> Q:
    """The same question about the moment that is bound, as `asked_as_of` has it."""
    return _with(_then, question)


def _with(exchange: Callable[[Any], ClauseElement | None], question: Q) -> Q:
    """A question in which something else stands for some elements; what stands for them stays as it is."""
    return cast(Q, visitors.replacement_traverse(question, {}, lambda element, **_: exchange(element)))


def _then(element: Any) -> ClauseElement | None:
    if isinstance(element, Select) and (paged := element.get_execution_options().get(_PAGED)) is not None:
        return _from_drawers(element, paged)
    return _held(element)


def _held(element: Any) -> ClauseElement | None:
    return None if (table := _holding(element)) is None else held_at(table, AS_OF)


def _holding(element: Any) -> FromClause | None:
    """The table of which an element says that its rows hold now."""
    if isinstance(element, BinaryExpression) and element.operator is operators.is_:
        column = element.left
        if getattr(column, "name", None) == "valid_to":
            return cast(FromClause, column.table)
    return None


def _from_drawers(page: Select[Any], paged: Paged) -> Select[Any]:
    """A page of the past: the first of what still holds and of what lies in each of the moment's drawers, merged.

    Indexes have that in the page's order, so it is read only as far as the page goes.
    """
    table, limit = paged.table, literal_column(str(paged.rows), type_=Integer)
    drawers = [and_(table.c.drawer == drawer, table.c.valid_to > AS_OF) for drawer in _DRAWERS]
    parts = union_all(*(_part(page, paged, until) for until in (holds_now(table), *drawers)))
    first = parts.order_by(*map(desc if paged.descending else asc, paged.order)).limit(limit).subquery()
    these = and_(*(first.c[column.name] == column for column in table.primary_key))
    versions = select(table).select_from(first.join(table, these)).subquery()

    def exchange(element: Any) -> ClauseElement | None:
        if isinstance(element, Column) and element.table is table:
            return versions.c[element.key]
        return versions if element is table else None

    return _with(exchange, _with(_held, page))


def _part(page: Select[Any], paged: Paged, until: ColumnElement[bool]) -> Select[Any]:
    """The versions that may be on a page and hold until then.

    PostgreSQL must be told how few are wanted, or it collects and sorts them all; SQLite would do so if it were.
    """
    table, conditions = paged.table, page.whereclause
    assert conditions is not None
    held = and_(table.c.valid_from <= AS_OF, until)
    if paged.order[0] == "created_position":
        held = and_(table.c.created_position <= AS_OF, held)
    needed = [table.c[name] for name in dict.fromkeys((*table.primary_key.columns.keys(), *paged.order))]
    part = select(*needed).where(_with(lambda element: held if _holding(element) is table else None, conditions))
    part = part.order_by(*(table.c[name].desc() if paged.descending else table.c[name] for name in paged.order))
    return select(part.suffix_with(text(f"LIMIT {paged.rows}"), dialect="postgresql").subquery())
