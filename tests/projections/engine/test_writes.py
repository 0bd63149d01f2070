"""Rows of any tables are written as they are, all in one statement, and change as they are told to."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, SmallInteger, Table, Text, select

from projections.engine.statements import Change, Insertion, Statement, Write, write
from projections.engine.tables import read_models
from service.ledger.ledger import Ledger
from service.log.tables import KEYED_RECEIPTS, RECEIPTS, STREAM_KEYS

TABLES = (*read_models.tables.values(), RECEIPTS, KEYED_RECEIPTS, STREAM_KEYS)
LONG_AGO = -(10**9)
"""A position that no row has."""

_OF_TYPE: tuple[tuple[type, tuple[Any, Any]], ...] = (
    (Boolean, (True, False)),
    (LargeBinary, (b"\x00\xff\\x41'", b"")),
    (SmallInteger, (-(2**15), 0)),
    (BigInteger, (2**63 - 1, 0)),
    (Integer, (2**31 - 1, 0)),
    (Text, ("Blåbær \\ \\x41 \"%s\" 'a' \u2028\t🜁 {} \\u0000", "")),
)


def a_row(table: Table, number: int) -> dict[str, Any]:
    """A row of a table in which each column holds something awkward, or nothing at all."""
    row: dict[str, Any] = {}
    for place, column in enumerate(table.c):
        values = next(values for kind, values in _OF_TYPE if isinstance(column.type, kind))
        is_missing = column.nullable and (place + number) % 3 == 0
        row[column.name] = None if is_missing else values[(place + number) % 2]
        if column.primary_key:
            row[column.name] = LONG_AGO - number if isinstance(column.type, Integer) else values[0] + values[0][:number]
    return row


def found(ledger: Ledger, table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """The row of a table that has the same key."""
    this = [column == row[column.name] for column in table.primary_key]
    with ledger.reading() as reading:
        return dict(reading.connection.execute(select(table).where(*this)).mappings().one())


def test_rows_of_all_tables_come_back_as_they_were_written(ledger: Ledger) -> None:
    rows: dict[Table, list[dict[str, Any]]] = {table: [a_row(table, number) for number in (1, 2)] for table in TABLES}
    with ledger.database.writing() as connection:
        write(connection, [(Insertion(table), both) for table, both in rows.items()])
    for table, both in rows.items():
        assert [found(ledger, table, row) for row in both] == both, table.name


def test_a_row_that_changes_keeps_what_is_not_told(ledger: Ledger) -> None:
    changed: dict[Table, tuple[dict[str, Any], dict[str, Any], str]] = {}
    writes: list[Write] = []
    for table in TABLES:
        name = next((column.name for column in table.c if not column.primary_key), "")
        if name:
            before, after = a_row(table, 1), a_row(table, 2)
            assert before[name] != after[name]
            changed[table] = before, {**before, name: after[name]}, name
            told = {**after, **{column.name: before[column.name] for column in table.primary_key}}
            writes.append((Change(table, name), [told]))
    with ledger.database.writing() as connection:
        write(connection, [(Insertion(table), [before]) for table, (before, _, _) in changed.items()])
        others: list[tuple[Statement, list[dict[str, Any]]]] = [(Insertion(each), [a_row(each, 3)]) for each in changed]
        write(connection, [*writes, *others])
    for table, (_, after, _) in changed.items():
        assert found(ledger, table, after) == after, table.name
        assert found(ledger, table, a_row(table, 3)) == a_row(table, 3), table.name
