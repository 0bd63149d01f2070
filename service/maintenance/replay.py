"""Rebuilds all read models from the log into new tables, and exchanges them for the live ones in one step."""

from __future__ import annotations

import gc
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Index, MetaData, Table, inspect, quoted_name
from sqlalchemy.exc import OperationalError

from projections.engine.rows import Rows
from projections.engine.statements import load
from projections.engine.tables import read_models
from projections.projection import prefetch, project
from service.ledger.ledger import Ledger
from service.log.recorder import EventLog
from service.log.replaying import Recorded, Stored, events_of, stored_between, told_by
from service.log.schema import drop_leftovers, note_definition

BATCH = 2000
"""Events replayed in one transaction: a command that wants to write meanwhile waits for one batch at the most."""

REMEMBERED = 8000
"""Rows a replay keeps at hand from one batch to the next, so that it stays small however long the log is."""

ATTEMPTS = 50
"""How often the exchange waits a moment for all readers to be done."""

Progress = Callable[[int], object]
"""Told how many more events were replayed."""


class Replay:
    """Read models that are built from the log in tables of their own; ``tables`` stand in for the live ones."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables
        self._rows: Rows | None = None

    def apply(self, connection: Connection, recorded: Recorded) -> None:
        """Let the next events change the tables, in a transaction that the caller commits."""
        rows = self._rows = self._rows or Rows(connection, self._tables)
        rows.connection = connection
        prefetch(rows, (event for _, event in recorded))
        for position, event in recorded:
            project(rows, event, position)
        if rows.remembered > REMEMBERED:
            self.finish(connection)
        else:
            load(connection, rows.writes(keep_open=True))

    def finish(self, connection: Connection) -> None:
        """Write the rows that are still held back."""
        if self._rows is not None:
            load(connection, self._rows.writes())
            self._rows = None


def rebuild(ledger: Ledger, progress: Progress) -> int:
    """Build all read models again from the log, and put them in the old ones' place in one step.

    Reads and commands go on meanwhile; only the last events and the exchange itself hold the log's lock.
    Rebuilds wait for each other. Answers the position the read models have reached.
    """
    with ledger.database.alone():
        return _rebuild(ledger, progress)


def _rebuild(ledger: Ledger, progress: Progress) -> int:
    tables = stand_ins(f"_{secrets.token_hex(4)}")
    drop_leftovers(ledger.database)
    with ledger.database.writing() as connection:
        indexes = _create_in(connection, tables)
    replay = Replay(tables)
    reached = 0
    for recorded in batches(ledger, reached):
        with ledger.database.writing(is_durable=False) as connection:
            replay.apply(connection, recorded)
        reached = recorded[-1][0]
        progress(len(recorded))
    with ledger.database.writing(is_durable=False) as connection:
        replay.finish(connection)
    for index in indexes:
        with ledger.database.writing(is_durable=False) as connection:
            index.create(connection)
    with ledger.event_log.writing() as writing:
        for recorded in batches(ledger, reached):
            replay.apply(writing.connection, recorded)
            reached = recorded[-1][0]
            progress(len(recorded))
        replay.finish(writing.connection)
        _exchange(writing.connection, tables)
        note_definition(writing.connection)
    return reached


def build_in(ledger: Ledger, connection: Connection, progress: Progress) -> None:
    """Build all read models within the caller's transaction of the log, in a database that has none yet."""
    tables = stand_ins()
    indexes = _create_in(connection, tables)
    replay = Replay(tables)
    for recorded in batches(ledger, 0):
        replay.apply(connection, recorded)
        progress(len(recorded))
    replay.finish(connection)
    for index in indexes:
        index.create(connection)
    note_definition(connection)


def batches(ledger: Ledger, after: int, upto: int | None = None) -> Iterator[Recorded]:
    """The log after a position, a batch at a time.

    Until the last one Python looks for no garbage that refers to itself: a replay makes hardly any, and of all that it
    keeps at hand, looking through it again and again takes a tenth of its time.
    """
    log = ledger.event_log
    with _no_collection():
        while stored := _stored(log, after, upto):
            yield list(events_of(told_by(each, log.stream_keys.cipher) for each in stored))
            after = stored[-1].position


def _stored(log: EventLog, after: int, upto: int | None) -> list[Stored]:
    last = after + BATCH if upto is None else min(after + BATCH, upto)
    with log.reading() as connection:
        return stored_between(connection, after, last)


@contextmanager
def _no_collection() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def stand_ins(suffix: str = "") -> dict[str, Table]:
    """Tables like those of the read models by the names of these, each with a suffix to its own name."""
    metadata = MetaData()
    tables = {}
    for table in read_models.sorted_tables:
        stand_in = table.to_metadata(metadata, name=f"{table.name}{suffix}")
        for index in stand_in.indexes:
            index.name = quoted_name(f"{index.name}{suffix}", quote=None)
        tables[table.name] = stand_in
    return tables


def _create_in(connection: Connection, tables: Mapping[str, Table]) -> list[Index]:
    """Create the tables without their indexes, which are answered: building them later, over all rows, costs less."""
    indexes = [index for table in tables.values() for index in table.indexes]
    for table in tables.values():
        table.indexes.clear()
        table.create(connection)
    return indexes


def _exchange(connection: Connection, tables: Mapping[str, Table]) -> None:
    _keep_readers_out(connection, tables)
    for name, stand_in in tables.items():
        connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{name}"')
        connection.exec_driver_sql(f'ALTER TABLE "{stand_in.name}" RENAME TO "{name}"')


def _keep_readers_out(connection: Connection, tables: Mapping[str, Table]) -> None:
    """Lock the live tables on PostgreSQL, all or none.

    A question that joins two of them may hold the one and wait for the other: whoever waits gives way before
    the database calls it a deadlock (after a second) and fails the question.
    """
    if connection.dialect.name != "postgresql":
        return
    live = inspect(connection).get_table_names()
    if not (names := [f'"{name}"' for name in tables if name in live]):
        return
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with connection.begin_nested():
                connection.exec_driver_sql("SET LOCAL lock_timeout = 300")
                connection.exec_driver_sql(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE")
                return
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable) or attempt == ATTEMPTS:
                raise
