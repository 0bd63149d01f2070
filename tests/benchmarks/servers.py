"""An application of `applications`, by name, served by our server as in production until the end of the block."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests import served as servers
from tests.benchmarks.load import TOKEN
from tests.databases import environment_of
from tests.served import Served, free_port


@contextmanager
def served(application: str, database_url: str) -> Iterator[Served]:
    """A freshly started server, stopped at the end of the block."""
    port = free_port()
    command = [sys.executable, "-m", "tests.benchmarks.serving", application, str(port)]
    environment = {**environment_of(database_url), "LEADLEDGER_API_TOKEN": TOKEN}
    with servers.served(command, port, environment, "/static") as server:
        yield server
