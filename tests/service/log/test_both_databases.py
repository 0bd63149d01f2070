"""The same commands leave the same log, byte by byte, and the same rows on SQLite as on PostgreSQL."""

from __future__ import annotations

import hashlib
import uuid
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from projections.engine.tables import read_models
from service.database.database import Database
from service.ledger import transaction
from service.log.schema import migrate_log
from service.maintenance import seeding
from service.maintenance.replay import rebuild
from service.wiring import make_ledger
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.generated import Clock, fill
from tests.service.serving import TOKEN


def what_a_company_leaves(url: str, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Any], dict[str, list[Any]]]:
    """The log and all rows after the same work, with a clock, ids and random bits that are the same each time."""
    ids = (uuid.UUID(bytes=hashlib.md5(str(number).encode()).digest(), version=4) for number in count())
    for module in (uuid, transaction):
        monkeypatch.setattr(module, "uuid4", lambda: next(ids))
    bits = (hashlib.sha512(str(number).encode()).digest() for number in count())
    monkeypatch.setattr("os.urandom", lambda length: next(bits)[:length])
    database = Database(url)
    migrate_log(database)
    company = make_ledger(database, Clock())
    rebuild(company, lambda _: None)
    seeding.seed(company, TOKEN)
    fill(company, 1500)
    events = company.event_log.select_notifications(None, 10**6)
    with database.reading() as connection:
        rows = {
            name: list(map(tuple, connection.execute(select(table).order_by(*table.primary_key))))
            for name, table in read_models.tables.items()
        }
    database.close()
    return [(event.id, event.originator_id, event.topic, event.state) for event in events], rows


@pytest.mark.slow
def test_both_databases_hold_equal_bytes_and_equal_rows(
    sqlite_databases: SqliteDatabases, postgres_databases: PostgresDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite_databases.fresh() as one, postgres_databases.fresh() as other:
        log, rows = what_a_company_leaves(one, monkeypatch)
        other_log, other_rows = what_a_company_leaves(other, monkeypatch)
    assert len(log) > 1500
    assert log == other_log
    for name in rows:
        assert rows[name] == other_rows[name], name
