"""What tests of read models ask for by name: a log of their own, once of each kind of database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.clock import wall_clock
from service.database.database import Database
from service.ledger.ledger import Ledger
from service.wiring import make_ledger
from tests.databases import Databases
from tests.service.serving import founded


@pytest.fixture
def ledger(databases: Databases) -> Iterator[Ledger]:
    """The log of a company that has just begun, with its read models."""
    with databases.fresh(founded) as url:
        database = Database(url)
        yield make_ledger(database, wall_clock)
        database.close()
