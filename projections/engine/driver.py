"""Asks a connection's driver itself: SQLAlchemy's own way costs several times what a statement does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from typing import Any

from psycopg import RawCursor
from sqlalchemy import Connection

Ask = Callable[[str, Sequence[Any]], list[tuple[Any, ...]] | None]

ASK = "ask"
"""Where the ``info`` of a connection to PostgreSQL may have a function that asks at less cost than a cursor: given SQL
and its values it answers the rows as a cursor has them, or None where a cursor has to ask."""


def answer(connection: Connection, sql: str, arguments: Any, *, as_bytes: bool = False) -> list[tuple[Any, ...]]:
    """What the driver answers; a cursor that has told all, or has failed, need not be closed."""
    its_driver = driver_connection(connection)
    if connection.dialect.name != "postgresql":
        cursor = its_driver.cursor()
        cursor.execute(sql, arguments)
    else:
        ask: Ask | None = None if as_bytes else connection.info.get(ASK)
        if ask is not None and (known := ask(sql, arguments)) is not None:
            return known
        cursor = RawCursor(its_driver)
        cursor.execute(sql, arguments, binary=as_bytes)
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def cursor_of(connection: Connection) -> closing[Any]:
    """A cursor for SQL whose parameters are written as `Compiled` writes them."""
    its_driver = driver_connection(connection)
    is_postgresql = connection.dialect.name == "postgresql"
    return closing(RawCursor(its_driver) if is_postgresql else its_driver.cursor())


def driver_connection(connection: Connection) -> Any:
    """The connection that the driver itself has."""
    return connection.connection.dbapi_connection  # the driver's own, found without two calls


def one_round_trip(its_driver: Any) -> AbstractContextManager[Any]:
    """What is written in the block goes to the server together, where the driver can."""
    pipeline = getattr(its_driver, "pipeline", nullcontext)
    together: AbstractContextManager[Any] = pipeline()
    return together
