"""A database flows in and the service is served on it, at an address of this machine, until the block ends."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS_TO_START = 30


@contextmanager
def served(database_url: str, workers: int = 2) -> Iterator[str]:
    """The address of the service, served as people serve it; the database must be founded."""
    port = free_port()
    serve = ["serve", "--port", str(port), "--workers", str(workers), "--threads", "4"]
    command = [sys.executable, "-c", "from service.cli import main; main()", *serve]
    environment = {**os.environ, "LEADLEDGER_DATABASE_URL": database_url}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address, process)
            yield address
        finally:
            process.terminate()
            process.communicate(timeout=SECONDS_TO_START)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Return as soon as the service answers."""
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            with urllib.request.urlopen(f"{address}/health/ready", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            if process.poll() is not None or time.monotonic() > deadline:
                process.terminate()
                said = process.communicate()[0].decode()
                raise RuntimeError(f"the service did not come up:\n{said}") from None
            time.sleep(0.05)
