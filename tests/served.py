"""A server in a process of its own, from its first answer until its end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.databases import environment_of

LEADLEDGER = str(Path(sys.executable).with_name("leadledger"))
"""The command line of this project."""

SECONDS_TO_START = 60
SECONDS_TO_STOP = 60

_PROCESS_CPU_CLOCK = 2
"""What the id of a process's CPU clock ends in, behind the complement of the process's number."""


class Served:
    """A server at an address of this machine: its process, and the workers below it; what they say is in a file."""

    def __init__(self, command: Sequence[str], port: int, environment: Mapping[str, str], output: Path) -> None:
        self.port = port
        self.address = f"http://127.0.0.1:{port}"
        self._output = output
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, **environment},
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes that answer."""
        return psutil.Process(self.process.pid).children()

    @property
    def processes(self) -> list[psutil.Process]:
        """All processes of the server."""
        return [psutil.Process(self.process.pid), *self.workers]

    @property
    def said(self) -> str:
        """All that the server wrote so far, to its output and to its errors."""
        return self._output.read_text("utf-8", errors="replace")

    def cpu_seconds(self) -> float:
        """The CPU seconds that the workers have used so far."""
        return sum(map(_cpu_seconds, self.workers))

    def wait_for(self, path: str) -> None:
        """Return as soon as the server answers there with anything but a 5xx. Raises `RuntimeError`."""
        deadline = time.monotonic() + SECONDS_TO_START
        while not self._answers(path):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.end()
                raise RuntimeError(f"the server did not come up:\n{self.said}")
            time.sleep(0.05)

    def stop(self) -> int:
        """Ask the server to end, and wait until it has; answers its exit code."""
        self.process.terminate()
        return self.process.wait(SECONDS_TO_STOP)

    def end(self) -> None:
        """Kill whatever is left of the server, workers that have lost it too."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(SECONDS_TO_STOP)

    def _answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}{path}", timeout=5):
                return True
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False


@contextmanager
def served(command: Sequence[str], port: int, environment: Mapping[str, str], path: str) -> Iterator[Served]:
    """A server that listens on a port, once it answers at the path; it is stopped at the end of the block."""
    with tempfile.TemporaryDirectory() as folder:
        server = Served(command, port, environment, Path(folder, "output"))
        try:
            server.wait_for(path)
            yield server
            server.stop()
        finally:
            server.end()


@contextmanager
def leadledger(
    database_url: str, *options: str, port: int | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """The service on a database that is founded, served as people serve it until the end of the block."""
    port = port or free_port()
    command = [LEADLEDGER, "serve", "--port", str(port), *options]
    environment = {**environment_of(database_url), **(settings or {})}
    with served(command, port, environment, "/health/ready") as server:
        yield server


def _cpu_seconds(process: psutil.Process) -> float:
    """What a process has used, on Linux by its own CPU clock: what is accounted elsewhere counts by hundredths."""
    if sys.platform == "linux":
        return time.clock_gettime((~process.pid << 3) | _PROCESS_CPU_CLOCK)
    times = process.cpu_times()
    return times.user + times.system


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
