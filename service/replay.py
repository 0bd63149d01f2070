"""The whole log flows through here into read models built afresh, while the old ones go on answering."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import cast

from eventsourcing.persistence import Notification
from sqlalchemy import Connection, MetaData, Table, inspect, quoted_name

from aggregates.event import Event
from projections.projection import prefetch, project
from projections.rows import Rows, read_models
from projections.statements import write
from service.ledger import Ledger
from service.schema import note_definition

BATCH = 1000
"""Events replayed in one transaction: a command that wants to write meanwhile waits for one batch at the most."""

Progress = Callable[[int], object]
"""Told how many more events were replayed."""


def rebuild(ledger: Ledger, progress: Progress) -> int:
    """Build all read models again from the log, and put them in the old ones' place in one step.

    Reads and commands go on meanwhile; only the last events and the exchange itself hold the log's lock.
    Answers the position the read models have reached.
    """
    tables = _fresh_tables(ledger)
    reached = 0
    while batch := _events_after(ledger, reached, BATCH):
        with ledger.database.writing() as connection:
            reached = replay(connection, tables, batch)
        progress(len(batch))
    with ledger.event_log.writing() as writing:
        for batch in batches(ledger, reached):
            reached = replay(writing.connection, tables, batch)
            progress(len(batch))
        _exchange(writing.connection, tables)
        note_definition(writing.connection)
    return reached


def replay(connection: Connection, tables: Mapping[str, Table] | None, events: Iterable[tuple[int, Event]]) -> int:
    """Apply recorded events to read models; ``tables`` stand in for the live ones. Answers the last position."""
    rows = Rows(connection, tables)
    recorded = list(events)
    prefetch(rows, (event for _, event in recorded))
    for position, event in recorded:
        project(rows, event, position)
    write(connection, rows.writes())
    return recorded[-1][0]


def batches(ledger: Ledger, after: int, upto: int | None = None) -> Iterator[list[tuple[int, Event]]]:
    """The log after a position, a batch at a time."""
    while batch := _events_after(ledger, after, BATCH, upto):
        yield batch
        after = batch[-1][0]


def _events_after(ledger: Ledger, position: int, limit: int, upto: int | None = None) -> list[tuple[int, Event]]:
    found: Iterable[Notification] = ledger.event_log.select_notifications(
        position, limit, upto, inclusive_of_start=False
    )
    return [(stored.id, cast(Event, ledger.mapper.to_domain_event(stored))) for stored in found]


def _fresh_tables(ledger: Ledger) -> dict[str, Table]:
    suffix = secrets.token_hex(4)
    stand_ins = MetaData()
    tables = {}
    for table in read_models.sorted_tables:
        stand_in = table.to_metadata(stand_ins, name=f"{table.name}_{suffix}")
        for index in stand_in.indexes:
            index.name = quoted_name(f"{index.name}_{suffix}", quote=None)
        tables[table.name] = stand_in
    with ledger.database.writing() as connection:
        _drop_leftovers(connection)
        stand_ins.create_all(connection)
    return tables


def _drop_leftovers(connection: Connection) -> None:
    """Tables of a rebuild that was broken off: named like a read model and eight hex digits."""
    for name in inspect(connection).get_table_names():
        stem, _, suffix = name.rpartition("_")
        if stem in read_models.tables and len(suffix) == 8 and name not in read_models.tables:
            connection.exec_driver_sql(f'DROP TABLE "{name}"')


def _exchange(connection: Connection, tables: Mapping[str, Table]) -> None:
    for name, stand_in in tables.items():
        connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{name}"')
        connection.exec_driver_sql(f'ALTER TABLE "{stand_in.name}" RENAME TO "{name}"')
