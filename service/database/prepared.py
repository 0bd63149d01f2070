"""Asks PostgreSQL by prepared statements of libpq's, which take a third of the time that the driver's cursors do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import count
from typing import Any

import psycopg
from psycopg import abc
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import FeatureNotSupported, InvalidSqlStatementName, error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

MOST = 100
"""How many statements one connection knows at most: those that it has prepared, and those that a cursor asks."""

_GONE = (InvalidSqlStatementName, FeatureNotSupported)
"""What the server says of a statement that was deallocated, and of one whose columns are others by now."""

Rows = list[tuple[Any, ...]]


class _Asked(Enum):
    """Why a statement was left to a cursor: it was asked for the first time, or cannot be prepared."""

    ONCE = auto()
    ALWAYS = auto()


@dataclass(slots=True)
class _Prepared:
    """A statement under its name; ``dumps`` is how its values are sent, all as text."""

    name: bytes
    transformer: abc.Transformer
    dumps: Sequence[PyFormat]
    was_answered: bool = False

    def rows(self, result: PGresult) -> Rows:
        """What a result holds, of which nothing is kept."""
        self.transformer.set_pgresult(result, set_loaders=not self.was_answered)
        self.was_answered = True
        rows = self.transformer.load_rows(0, result.ntuples, tuple)
        self.transformer.set_pgresult(None, set_loaders=False)
        return rows


class PreparedStatements:
    """What one connection has prepared, each of whose questions is a transaction of its own.

    A statement that is asked for the first time is left to a cursor, and prepared with the second; one that cannot be
    prepared, to a cursor ever after. Where there are too many, that goes which was not asked for longest. What types
    the values have the server finds out by the statement, so that it has to be prepared once only.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._server = connection.pgconn
        self._numbers = count()
        self._known: dict[str, _Prepared | _Asked] = {}

    def ask(self, sql: str, values: Sequence[Any]) -> Rows | None:
        """The answer's rows, as a cursor has them; None where a cursor is to ask, or to say what is wrong.

        So it is within a transaction, which would not survive that a statement is gone. While the server is at work,
        other threads go on; the wait ends with the server's own time limit. Raises the driver's errors.
        """
        server = self._server
        if server.transaction_status != TransactionStatus.IDLE:
            return None
        prepared = self._prepared(sql, len(values))
        if prepared is None:
            return None
        sent: Any = prepared.transformer.dump_sequence(values, prepared.dumps)  # None is null, which it takes, too
        result = server.exec_prepared(prepared.name, sent)
        if result.status == ExecStatus.TUPLES_OK:
            return prepared.rows(result)
        error = error_from_result(result, prepared.transformer.encoding)
        if server.status == ConnStatus.OK and not isinstance(error, _GONE):
            raise error
        del self._known[sql]
        return None

    def _prepared(self, sql: str, values: int) -> _Prepared | None:
        """The statement, which is prepared where it was asked before."""
        known = self._known
        if sql not in known:
            self._make_room()
            known[sql] = _Asked.ONCE
            return None
        found = known.pop(sql)
        if found is _Asked.ONCE:
            found = self._prepare(sql, values)
        known[sql] = found  # behind all others
        return found if isinstance(found, _Prepared) else None

    def _prepare(self, sql: str, values: int) -> _Prepared | _Asked:
        transformer, name = Transformer(self._connection), b"asked_%d" % next(self._numbers)
        result = self._server.prepare(name, sql.encode(transformer.encoding))
        is_prepared = result.status == ExecStatus.COMMAND_OK
        return _Prepared(name, transformer, [PyFormat.TEXT] * values) if is_prepared else _Asked.ALWAYS

    def _make_room(self) -> None:
        if len(self._known) < MOST:
            return
        oldest = self._known.pop(next(iter(self._known)))
        if isinstance(oldest, _Prepared):
            self._server.exec_(b"DEALLOCATE " + oldest.name)
