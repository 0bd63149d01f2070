"""What tests of the server begin with: one that runs on a founded database."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.databases import Databases, SqliteDatabases
from tests.served import Served, free_port, leadledger, served
from tests.service.serving import founded

IMPATIENCE = 2
"""Seconds."""

_IMPATIENT = f"""
from service.server import limits
limits.MOST_HELD = 2_000_000
limits.HEAD_SECONDS = limits.BODY_SECONDS = limits.SEND_SECONDS = limits.KEEPALIVE_SECONDS = {IMPATIENCE}
from service.cli import main
main()
"""


@pytest.fixture(scope="module")
def server(sqlite_databases: SqliteDatabases) -> Iterator[Served]:
    """A server on SQLite with one worker, for tests about HTTP itself; no test counts on being the first there."""
    with sqlite_databases.fresh(founded) as url, leadledger(url, "--workers", "1") as server:
        yield server


@pytest.fixture(scope="module")
def impatient(sqlite_databases: SqliteDatabases) -> Iterator[Served]:
    """A server on SQLite whose every deadline is `IMPATIENCE`, and that holds no more than two bodies at once."""
    port = free_port()
    command = [sys.executable, "-c", _IMPATIENT, "serve", "--port", str(port), "--workers", "1"]
    with (
        sqlite_databases.fresh(founded) as url,
        served(command, port, {"LEADLEDGER_DATABASE_URL": url}, "/health/ready") as server,
    ):
        yield server


@pytest.fixture(scope="module")
def servers(databases: Databases) -> Iterator[Served]:
    """A server with two workers, once on each database."""
    with databases.fresh(founded) as url, leadledger(url) as server:
        yield server
