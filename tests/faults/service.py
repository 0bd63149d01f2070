"""The service on one database: its serving process, which can be killed and started again, and commands beside it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.faults.client import Client
from tests.served import LEADLEDGER, Served, free_port

TOKEN = "the-administrator-s-token"
SECONDS_FOR_COMMANDS = 120
SECONDS_TO_NOTICE = 30


@contextmanager
def running(url: str, folder: Path) -> Iterator[Service]:
    """A service on an empty database, brought up to date and served; nothing of it runs behind the block."""
    service = Service(url, folder)
    try:
        service.operate("migrate")
        service.start()
        yield service
    finally:
        service.end()


class Service:
    """One company's database, served by two workers at an address that stays the same from start to start.

    Both key files and whatever else is not the database itself are in ``folder``.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.data_keys = folder / "data-keys"
        self.signing_key = folder / "signing-key"
        self._environment = {
            "LEADLEDGER_DATABASE_URL": url,
            "LEADLEDGER_API_TOKEN": TOKEN,
            "LEADLEDGER_DATA_KEYS": str(self.data_keys),
            "LEADLEDGER_SIGNING_KEY": str(self.signing_key),
        }
        self._port = free_port()
        self._served: Served | None = None

    @property
    def address(self) -> str:
        """Where it is served, or was and will be."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def database_file(self) -> Path | None:
        """The file of a SQLite database."""
        return Path(self.url.removeprefix("sqlite:///")) if self.url.startswith("sqlite") else None

    @property
    def served(self) -> Served:
        """The serving process."""
        assert self._served is not None
        return self._served

    @property
    def said(self) -> str:
        """What it wrote to its output since it was started; nothing where it is not served."""
        return "" if self._served is None else self._served.said

    def start(self, workers: int = 2) -> None:
        """Serve, and return when the service is ready."""
        command = [LEADLEDGER, "serve", "--port", str(self._port), "--workers", str(workers)]
        self._served = Served(command, self._port, self._environment, self.folder / "output")
        self._served.wait_for("/health/ready")

    def stop(self) -> None:
        """Stop serving as an operator does."""
        code, self._served = self.served.stop(), None
        assert code == 0

    def kill_worker(self) -> None:
        """Kill one of the workers with SIGKILL, and return when another has taken its place."""
        victim, *others = self.served.workers
        victim.kill()
        while len(set(self.served.workers) - {victim}) <= len(others):
            self.served.wait_for("/health/live")

    def kill_master(self) -> None:
        """Kill the process that minds the workers, and return when they have noticed and gone."""
        workers = self.served.workers
        self.served.process.kill()
        self.served.process.wait()
        _, left = psutil.wait_procs(workers, timeout=SECONDS_TO_NOTICE)
        assert not left, "workers serve on without their master"

    def kill_all(self) -> None:
        """Kill all its processes at the same instant."""
        self.served.end()

    def check_refuses(self, why: str) -> None:
        """It is told that nothing can be written, for a reason that waiting does not mend; lists are answered."""
        client = Client(self.address, TOKEN)
        deadline = time.monotonic() + SECONDS_TO_NOTICE
        while (ready := client.ask("GET", "/health/ready")).status == 200:
            assert time.monotonic() < deadline, "it is told to be ready, but cannot write"
            time.sleep(0.1)
        for answer in (ready, client.ask("POST", "/api/v2/persons", {"name": "Refused"})):
            assert (answer.status, "Retry-After" in answer.headers) == (503, False), answer
            assert why in answer.text
        client.get("/v1/leads")
        client.close()

    def end(self) -> None:
        """Leave nothing running."""
        if self._served is not None:
            self._served.end()

    def begin(self, *words: str) -> subprocess.Popen[bytes]:
        """Begin a command of the command line, and do not wait for it; its output is thrown away."""
        environment = {**os.environ, **self._environment}
        return subprocess.Popen(
            [LEADLEDGER, *words], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the command line beside whatever is served; its output is both of its streams."""
        return subprocess.run(
            [LEADLEDGER, *words],
            env={**os.environ, **self._environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS_FOR_COMMANDS,
            check=False,
        )

    def operate(self, *words: str) -> str:
        """Run a command that must succeed; answers what it printed."""
        done = self.run(*words)
        assert done.returncode == 0, f"leadledger {' '.join(words)} ended with {done.returncode}:\n{done.stdout}"
        return done.stdout
