"""An application flows in by name and is served by gunicorn as in production, until the block ends."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from tests.benchmarks.load import TOKEN, Served, connected, request_bytes

WORKERS = 2
THREADS = 8


@contextmanager
def served(application: str, database_url: str) -> Iterator[Served]:
    """A freshly started server, stopped at the end of the block."""
    port = _free_port()
    environment = {**os.environ, "LEADLEDGER_DATABASE_URL": database_url, "LEADLEDGER_API_TOKEN": TOKEN}
    options = ["--worker-class", "gthread", "--workers", str(WORKERS), "--threads", str(THREADS)]
    command = [sys.executable, "-m", "gunicorn", *options, "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    process = subprocess.Popen([*command, f"tests.benchmarks.applications:{application}()"], env=environment)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address)
        yield Served(address, lambda: _cpu_seconds(process.pid))
    finally:
        process.terminate()
        process.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with connected(address) as client:
                client.ask(request_bytes("GET", "/static"))
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _cpu_seconds(pid: int) -> float:
    workers = psutil.Process(pid).children()
    return sum(times.user + times.system for times in (worker.cpu_times() for worker in workers))
