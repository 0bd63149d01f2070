"""Compares the live read models with a replay of the log, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, case, select, tuple_

from projections.engine.reading import Reading
from projections.engine.statements import fill
from projections.engine.tables import read_models
from projections.engine.validity import begun, past_of
from service.database.database import Database
from service.database.temporary import database_aside
from service.ledger.ledger import Ledger
from service.log.errors import as_persistence_errors
from service.maintenance.filling import Progress
from service.maintenance.replay import create_in, replayed, stand_ins

_READ_AT_ONCE = 5000

Values = tuple[Any, ...]


@dataclass(frozen=True)
class RowDifference:
    """A row that differs from the replay: in one column, or missing on one side where ``column`` is None."""

    table: str
    key: Mapping[str, Any]
    column: str | None
    live: Any
    replayed: Any

    def __str__(self) -> str:
        row = f"{self.table} {', '.join(f'{name}={value!r}' for name, value in self.key.items())}"
        if self.column is not None:
            return f"{row}: {self.column} is {self.live!r} and should be {self.replayed!r}"
        return f"{row}: {'is missing' if self.live is None else 'should not be there'}"


@dataclass
class Proof:
    """What was compared, up to which position of the log, and the first of what differs."""

    position: int
    rows: int = 0
    differences: list[RowDifference] = field(default_factory=list)


def verify(ledger: Ledger, progress: Progress, most: int) -> Proof:
    """Compare the live read models with a replay of the log up to where it ends now.

    The replay goes into a temporary file. Commands may go on meanwhile: what began later is left out, and a
    version that ended later counts as holding; but nobody is erased. Finds so many differences at most.
    """
    proof = Proof(ledger.event_log.max_notification_id() or 0)
    with ledger.database.alone(), database_aside() as aside:
        tables = replay_into(aside, ledger, proof.position, progress)
        with as_persistence_errors(), ledger.database.reading() as live, aside.reading() as replayed:
            for name, table in sorted(read_models.tables.items()):
                sides = rows_until(live, table, proof.position), rows_until(replayed, tables[name], proof.position)
                differences = _differences(table, *sides, proof)
                proof.differences += islice(differences, most - len(proof.differences))
    return proof


def replay_into(aside: Database, ledger: Ledger, position: int, progress: Progress) -> Mapping[str, Table]:
    """Build read models in an empty database from the log up to a position; answers the tables by name."""
    tables = stand_ins()
    with aside.writing() as connection:
        create_in(connection, tables)  # rows are read by their primary key only, so no index is made
    for rows in replayed(ledger, position, progress):
        with aside.writing(is_durable=False) as connection:
            fill(connection, tables, rows)
    return tables


def rows_until(connection: Connection, table: Table, position: int) -> Iterator[Values]:
    """A table as it was at a position, in the order of its primary key, whose columns come first."""
    reading, key = Reading(connection, position), list(table.primary_key)
    columns = [_at(column, position) for column in columns_in_order(table)]
    query = select(*columns).where(begun(table)).order_by(*key).limit(_READ_AT_ONCE)
    behind = query
    while found := reading.execute(behind).all():
        yield from map(tuple, found)
        behind = query.where(tuple_(*key) > tuple(found[-1][: len(key)]))


def columns_in_order(table: Table) -> list[Column[Any]]:
    """A table's columns as `rows_until` answers them: those of its primary key come first."""
    return [*table.primary_key, *(column for column in table.c if not column.primary_key)]


def _at(column: Column[Any], position: int) -> ColumnElement[Any]:
    """A column as of a position: where a version ended later, its end and its bucket read as null."""
    past = past_of(column.table)
    if past is None or past.ends is None or column.name not in (past.ends, past.bucket):
        return column
    return case((column.table.c[past.ends] <= position, column)).label(column.name)


def _differences(
    table: Table, live_rows: Iterator[Values], replayed_rows: Iterator[Values], proof: Proof
) -> Iterator[RowDifference]:
    """What differs between two sides in the same order."""
    names = [column.name for column in columns_in_order(table)]
    key_names = names[: len(table.primary_key)]
    size = len(key_names)
    live, replayed = next(live_rows, None), next(replayed_rows, None)
    while live is not None or replayed is not None:
        proof.rows += 1
        if live == replayed:
            live, replayed = next(live_rows, None), next(replayed_rows, None)
        elif replayed is None or (live is not None and live[:size] < replayed[:size]):
            assert live is not None
            yield RowDifference(table.name, dict(zip(key_names, live, strict=False)), None, live, None)
            live = next(live_rows, None)
        elif live is None or replayed[:size] < live[:size]:
            yield RowDifference(table.name, dict(zip(key_names, replayed, strict=False)), None, None, replayed)
            replayed = next(replayed_rows, None)
        else:
            key = dict(zip(key_names, live, strict=False))
            for name, one, other in zip(names, live, replayed, strict=True):
                if one != other:
                    yield RowDifference(table.name, key, name, one, other)
            live, replayed = next(live_rows, None), next(replayed_rows, None)
