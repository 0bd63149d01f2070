"""Rebuilds all read models from the log into new tables, and exchanges them for the live ones in one step."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Index, MetaData, Table, inspect, quoted_name
from sqlalchemy.exc import OperationalError

from projections.engine.erasing import personal_columns
from projections.engine.rows import Rows
from projections.engine.statements import Filled, fill, load
from projections.engine.tables import read_models
from projections.projection import prefetch, project
from service.database.database import Database
from service.ledger.ledger import Ledger
from service.log.recorder import EventLog
from service.log.replaying import Recorded, Told, events_of, stored_between, told_by
from service.log.schema import drop_leftovers, note_definition
from service.maintenance.filling import Progress, filled_beside, filled_here

BATCH = 1000
"""Events replayed in one transaction: a command that wants to write meanwhile waits for one batch at the most."""

BESIDE = 20_000
"""Events from which on a process of its own makes their rows: one alone takes a second for so many."""

GATHERED = 0.1
"""Seconds for which indexes go into one transaction of SQLite: readers learn its tables anew after each, and fail where
they have changed again meanwhile, twice."""

ATTEMPTS = 50
"""How often the exchange waits a moment for all readers to be done."""


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
        indexes = create_in(connection, tables)
    reached = ledger.event_log.max_notification_id() or 0
    for rows in replayed(ledger, reached, progress):
        with ledger.database.writing(is_durable=False) as connection:
            fill(connection, tables, rows)
    _in_any_order(ledger.database, [index.create for index in indexes])
    _in_any_order(ledger.database, [partial(_analyze, tables=[table]) for table in tables.values()])
    for recorded in batches(ledger, reached):
        with ledger.database.writing(is_durable=False) as connection:
            reached = _apply(connection, tables, recorded, progress)
    with ledger.event_log.writing() as writing:
        for recorded in batches(ledger, reached):
            reached = _apply(writing.connection, tables, recorded, progress)
        _exchange(writing.connection, tables)
        note_definition(writing.connection)
    return reached


def build_in(ledger: Ledger, connection: Connection, progress: Progress) -> None:
    """Build all read models within the caller's transaction of the log, in a database that has none yet.

    What is built may be large: let the transaction `take_its_time`.
    """
    tables = stand_ins()
    indexes = create_in(connection, tables)
    for rows in replayed(ledger, ledger.event_log.max_notification_id() or 0, progress):
        fill(connection, tables, rows)
    for index in indexes:
        index.create(connection)
    _analyze(connection, tables.values())
    note_definition(connection)


def replayed(ledger: Ledger, upto: int, progress: Progress) -> Iterator[Filled]:
    """The rows that the log makes up to a position, some at a time, to be written.

    Where the log is long, another process makes them meanwhile: this one has to read, decrypt and write only.
    """
    told, filled = _told(ledger.event_log, 0, upto), filled_here if upto < BESIDE else filled_beside
    return filled(told, progress)


def _in_any_order(database: Database, works: Sequence[Callable[[Connection], object]]) -> None:
    """Do what may be done in any order, in transactions that keep nobody else from writing for long."""
    (_gathered if database.is_sqlite else _two_at_once)(database, works)


def _gathered(database: Database, works: Sequence[Callable[[Connection], object]]) -> None:
    waiting = deque(works)
    while waiting:
        with database.writing(is_durable=False) as connection:
            end = time.monotonic() + GATHERED
            while waiting and time.monotonic() < end:
                waiting.popleft()(connection)


def _two_at_once(database: Database, works: Sequence[Callable[[Connection], object]]) -> None:
    """Each by one process of PostgreSQL's server: an index that several share the work on costs half as much again."""

    def do(work: Callable[[Connection], object]) -> None:
        with database.writing(is_durable=False) as connection:
            take_its_time(connection)
            connection.exec_driver_sql("SET LOCAL max_parallel_maintenance_workers = 0")
            work(connection)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(do, works))


def take_its_time(connection: Connection) -> None:
    """Let no statement of a transaction be broken off for taking long: nobody waits for tables that are only built."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")


def _apply(connection: Connection, tables: Mapping[str, Table], recorded: Recorded, progress: Progress) -> int:
    """Let events change rows that are in tables; answers the position of the last one."""
    rows = Rows(connection, tables)
    prefetch(rows, (event for _, event in recorded))
    for position, event in recorded:
        project(rows, event, position)
    load(connection, rows.writes())
    progress(len(recorded))
    return recorded[-1][0]


def batches(ledger: Ledger, after: int, upto: int | None = None) -> Iterator[Recorded]:
    """The log after a position, a batch at a time."""
    for told in _told(ledger.event_log, after, upto):
        yield list(events_of(told))


def _told(log: EventLog, after: int, upto: int | None) -> Iterator[list[Told]]:
    """As `batches`, what the events told."""
    while True:
        with log.reading() as connection:
            stored = stored_between(connection, after, after + BATCH if upto is None else min(after + BATCH, upto))
        if not stored:
            return
        yield [told_by(each, log.stream_keys.cipher) for each in stored]
        after = stored[-1].position


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


def create_in(connection: Connection, tables: Mapping[str, Table]) -> list[Index]:
    """Create the tables without their indexes, which are answered: building them later, over all rows, costs less."""
    indexes = [index for table in tables.values() for index in table.indexes]
    for table in tables.values():
        table.indexes.clear()
        table.create(connection)
        _keep_out_of_statistics(connection, table)
    return indexes


def _keep_out_of_statistics(connection: Connection, table: Table) -> None:
    """Let PostgreSQL keep no sample of what tells of people: it would stay in a catalog when they are erased."""
    if connection.dialect.name == "postgresql" and (columns := personal_columns(table)):
        set_each = ", ".join(f'ALTER COLUMN "{column.name}" SET STATISTICS 0' for column in columns)
        connection.exec_driver_sql(f'ALTER TABLE "{table.name}" {set_each}')


def _analyze(connection: Connection, tables: Iterable[Table]) -> None:
    """Let PostgreSQL know what is in tables that were filled: a page of the past cost 20 times as much until it did."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE {_listed(table.name for table in tables)}")


def _exchange(connection: Connection, tables: Mapping[str, Table]) -> None:
    if connection.dialect.name == "postgresql":
        there = set(inspect(connection).get_table_names())
        live = [name for name in tables if name in there]
        _keep_vacuum_out(connection, [*live, *(stand_in.name for stand_in in tables.values())])
        _keep_readers_out(connection, live)
    for name, stand_in in tables.items():
        connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{name}"')
        connection.exec_driver_sql(f'ALTER TABLE "{stand_in.name}" RENAME TO "{name}"')


def _keep_vacuum_out(connection: Connection, names: Sequence[str]) -> None:
    """Wait until no autovacuum is at work on the tables; reads and commands go on meanwhile.

    New, full tables attract it. It gives way to whoever has waited for a second, which is longer than
    `_keep_readers_out` may wait.
    """
    _lock(connection, names, "SHARE UPDATE EXCLUSIVE")


def _keep_readers_out(connection: Connection, names: Sequence[str]) -> None:
    """Lock the live tables, all or none.

    A question that joins two of them may hold the one and wait for the other: whoever waits gives way before
    the database calls it a deadlock (after a second) and fails the question.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with connection.begin_nested():
                connection.exec_driver_sql("SET LOCAL lock_timeout = 300")
                _lock(connection, names, "ACCESS EXCLUSIVE")
                return
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable) or attempt == ATTEMPTS:
                raise


def _lock(connection: Connection, names: Sequence[str], mode: str) -> None:
    if names:
        connection.exec_driver_sql(f"LOCK TABLE {_listed(names)} IN {mode} MODE")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
