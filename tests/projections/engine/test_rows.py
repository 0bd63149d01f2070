"""The rows of a transaction: what is read ahead is what is found when it is asked for."""

from __future__ import annotations

from projections.engine.rows import Rows, Wanted
from projections.engine.statements import Insertion, write
from projections.engine.tables import read_models
from service.ledger.ledger import Ledger
from tests.projections.engine.test_writes import a_row


def test_what_is_foreseen_is_what_would_be_found(ledger: Ledger) -> None:
    tables = [table for table in read_models.tables.values() if "key" in table.info]
    rows = {table: a_row(table, 1) | {"valid_to": None} for table in tables}
    keys = {table: tuple(row[name] for name in table.info["key"]) for table, row in rows.items()}
    unknown = {table: tuple(a_row(table, 2)[name] for name in table.info["key"]) for table in tables}
    with ledger.database.writing() as connection:
        write(connection, [(Insertion(table), [row]) for table, row in rows.items()])
        foreseeing, asking = Rows(connection), Rows(connection)
        foreseeing.foresee(Wanted([(table, *key) for found in (keys, unknown) for table, key in found.items()]))
        for table, key in keys.items():
            assert asking.current(table, *key) == rows[table], table.name
            assert foreseeing.current(table, *key) == rows[table], table.name
            assert foreseeing.current(table, *unknown[table]) is None
