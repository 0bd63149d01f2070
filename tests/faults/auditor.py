"""An auditor keeps the checkpoints that the service hands out, and checks the log against them in the end."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

from service.evidence.verifier.command import SOUND
from service.evidence.verifier_file import verifier_file
from tests.faults.client import BrokenOff, Client, NotSent
from tests.faults.service import TOKEN, Service

PAUSE_SECONDS = 0.1


class Auditor:
    """Asks for a checkpoint again and again until the end of the block, and keeps each that comes."""

    def __init__(self, service: Service) -> None:
        self.kept = list[str]()
        self.keys = list[str]()
        self._service = service
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Auditor:
        client = Client(self._service.address, TOKEN)
        self.keys = client.get("/api/ledger/v1/audit/key").text.split("\n")[:-1]
        client.close()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def check(self) -> list[str]:
        """Check a service that is stopped, without trusting it; the request id of each event, in order."""
        bundle, known = self._service.folder / "bundle", self._service.folder / "known"
        known.write_text("\n".join(self.kept), "utf-8")
        self._service.operate("verify")
        self._service.operate("audit", "export", "--out", str(bundle))
        trusted = [*(word for key in self.keys for word in ("--key", key)), "--known", str(known)]
        program = self._service.folder / "verifier.py"
        program.write_text(verifier_file(), "utf-8")
        for log in (str(bundle), self._service.url):
            verified = subprocess.run(
                [sys.executable, program, log, *trusted], capture_output=True, text=True, check=False
            )
            assert verified.returncode == SOUND, f"{verified.stdout}\n{verified.stderr}"
        return [_request_id(line) for line in (bundle / "entries.jsonl").read_text("utf-8").split("\n")[:-1]]

    def _watch(self) -> None:
        client = Client(self._service.address, TOKEN)
        while not self._stopped.wait(PAUSE_SECONDS):
            try:
                answer = client.ask("GET", "/api/ledger/v1/audit/checkpoint")
            except (NotSent, BrokenOff):
                continue
            if answer.status == 200 and answer.text not in self.kept[-1:]:
                self.kept.append(answer.text)
        client.close()


def check_file(path: Path) -> None:
    """A SQLite file that nobody uses is sound in itself."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def _request_id(line: str) -> str:
    """The request that an exported event came of."""
    request_id: str = json.loads(line)["state"]["metadata"]["request_id"]
    return request_id
