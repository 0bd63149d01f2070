"""Serves what is compared, in two processes each: ours as in production, the others as gunicorn serves Flask."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from tests import served as servers
from tests.benchmarks.applications import SIZES
from tests.benchmarks.load import TOKEN
from tests.databases import environment_of
from tests.served import Served, free_port

WORKERS, THREADS = 2, 4


@contextmanager
def ours(database_url: str, **settings: str) -> Iterator[Served]:
    """Our service, freshly started, until the end of the block."""
    port = free_port()
    command = [sys.executable, "-m", "tests.benchmarks.serving", str(port)]
    environment = {**environment_of(database_url), "LEADLEDGER_API_TOKEN": TOKEN, **settings}
    with servers.served(command, port, environment, "/health/live") as server:
        yield server


@contextmanager
def by_hand(database_url: str) -> Iterator[Served]:
    """The plain service, freshly started, until the end of the block."""
    port = free_port()
    with servers.served(_gunicorn("plain", port), port, environment_of(database_url), "/") as server:
        yield server


@contextmanager
def static(sizes: Iterable[int]) -> Iterator[Served]:
    """Static answers of these sizes, at ``/SIZE`` each, until the end of the block."""
    port, each = free_port(), " ".join(map(str, sorted(set(sizes))))
    with servers.served(_gunicorn("static", port), port, {SIZES: each}, "/") as server:
        yield server


def _gunicorn(application: str, port: int) -> list[str]:
    options = ["--worker-class", "gthread", "--workers", str(WORKERS), "--threads", str(THREADS), "--keep-alive", "60"]
    options += ["--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    return [sys.executable, "-m", "gunicorn", *options, f"tests.benchmarks.applications:{application}()"]
