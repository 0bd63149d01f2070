"""Keeps connections open between uses, so that few of these have to take one from SQLAlchemy's pool."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool

MOST_HELD = 4
"""How many connections are held at most while nobody uses them: who needs more at once takes more from the pool."""


class HeldConnections:
    """Connections to ask or to write with. The one that was given back last is used first: its caches hold the most.

    To take one from the pool and to give it back costs as much as five questions by a key. The pool gives out ``most``
    at once; ``is_of_no_use`` tells whether a driver's connection is to be thrown away.
    """

    def __init__(self, engine: Engine, most: int, is_of_no_use: Callable[[Any], bool]) -> None:
        self._engine = engine
        self._most = most
        self._is_of_no_use = is_of_no_use
        self._idle: list[Connection] = []
        self._is_closed = False

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection of one's own until the end of the block; one in whose block anything was raised is not held."""
        connection = self._taken() or self._engine.connect()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._give_back(connection)

    def close(self) -> None:
        """Hold none any more."""
        self._is_closed = True
        self.let_go()

    def let_go(self) -> None:
        """Give those that nobody uses back to the pool."""
        while (connection := self._popped()) is not None:
            connection.close()

    def _taken(self) -> Connection | None:
        while (connection := self._popped()) is not None:
            if not self._is_of_no_use(connection.connection.driver_connection):
                return connection
            connection.invalidate()
            connection.close()
        return None

    def _popped(self) -> Connection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _give_back(self, connection: Connection) -> None:
        if connection.in_transaction():
            connection.rollback()  # only as SQLAlchemy sees it: questions begin none, and who writes has committed
        if self._is_closed or len(self._idle) >= MOST_HELD or self._may_be_waited_for():
            connection.close()
        else:
            self._idle.append(connection)
            if self._is_closed:
                self.close()

    def _may_be_waited_for(self) -> bool:
        """Whether the pool has given out all it has, so that whoever asks it waits for one to be given back to it."""
        pool = self._engine.pool
        return isinstance(pool, QueuePool) and pool.checkedout() >= self._most
