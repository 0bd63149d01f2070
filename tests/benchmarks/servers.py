"""An application of `applications`, by name, served by gunicorn as in production until the end of the block."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests import served as servers
from tests.benchmarks.load import TOKEN
from tests.served import Served, free_port

WORKERS = 2
THREADS = 8


@contextmanager
def served(application: str, database_url: str) -> Iterator[Served]:
    """A freshly started server, stopped at the end of the block."""
    port = free_port()
    options = ["--worker-class", "gthread", "--workers", str(WORKERS), "--threads", str(THREADS)]
    command = [sys.executable, "-m", "gunicorn", *options, "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    environment = {"LEADLEDGER_DATABASE_URL": database_url, "LEADLEDGER_API_TOKEN": TOKEN}
    factory = f"tests.benchmarks.applications:{application}()"
    with servers.served([*command, factory], port, environment, "/static") as server:
        yield server
