"""A question about what holds now flows in, and the same question about a moment of the past flows out."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Connection, Table, and_, bindparam, or_
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, ClauseElement

Q = TypeVar("Q", bound=ClauseElement)

AS_OF: BindParameter[int] = bindparam("as_of", type_=BigInteger())
"""The position of the log that a question about the past is asked for."""

_OPTION = "as_of"


def ask_as_of(connection: Connection, position: int) -> None:
    """Let every question that this connection is asked from now on be about what held at a position of the log."""
    connection.execution_options(**{_OPTION: position})


def asked_as_of(connection: Connection) -> int | None:
    """The position that a connection's questions are about; None where they are about now."""
    position: int | None = connection.get_execution_options().get(_OPTION)
    return position


def holds_now(table: Table) -> ColumnElement[bool]:
    """The versions of rows that hold now: the one condition that `in_the_past` exchanges."""
    return table.c.valid_to.is_(None)


def held_at(table: Table, position: ColumnElement[int] | int) -> ColumnElement[bool]:
    """The versions of rows that held when the log had just reached a position."""
    return and_(table.c.valid_from <= position, or_(holds_now(table), table.c.valid_to > position))


def in_the_past(question: Q) -> Q:
    """The same question about the position that is bound as `AS_OF`."""
    return cast(Q, visitors.replacement_traverse(question, {}, _held))


def _held(element: Any, **_: Any) -> ColumnElement[bool] | None:
    """What stands for an element in a question about the past, where that is something else."""
    if isinstance(element, BinaryExpression) and element.operator is operators.is_:
        column = element.left
        if getattr(column, "name", None) == "valid_to":
            return held_at(column.table, AS_OF)
    return None
