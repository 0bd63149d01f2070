"""What tests of the server begin with: one that runs on a founded database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.databases import Databases, SqliteDatabases
from tests.served import Served, leadledger
from tests.service.serving import founded


@pytest.fixture(scope="module")
def server(sqlite_databases: SqliteDatabases) -> Iterator[Served]:
    """A server on SQLite with one worker, for tests about HTTP itself; no test counts on being the first there."""
    with sqlite_databases.fresh(founded) as url, leadledger(url, "--workers", "1") as server:
        yield server


@pytest.fixture(scope="module")
def servers(databases: Databases) -> Iterator[Served]:
    """A server with two workers, once on each database."""
    with databases.fresh(founded) as url, leadledger(url) as server:
        yield server
