"""What was acknowledged is there after a restart, whoever was erased and whatever an operator typed meanwhile."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from tests.databases import Databases
from tests.served import leadledger
from tests.service.serving import TOKEN, founded

GROUNDS = {"reason": "Asked for it by letter", "legal_basis": "GDPR Art. 17(1)(b)"}
ROUNDS, WRITERS, EACH = 2, 4, 6


def ask(address: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """The answer to a request, which must succeed."""
    return json.loads(text(address, path, body))


def text(address: str, path: str, body: dict[str, Any] | None = None) -> str:
    headers = {"x-api-token": TOKEN, "content-type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address + path, data, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        said: bytes = answer.read()
        return said.decode()


def signed_size(address: str) -> int:
    """How many events the newest checkpoint covers."""
    return int(text(address, "/api/ledger/v1/audit/checkpoint").splitlines()[1])


def operate(url: str, *words: str) -> str:
    """What a command says, in a process of its own; it must succeed."""
    command = [sys.executable, "-c", "from service.cli import main; main()", *words]
    environment = {**os.environ, "LEADLEDGER_DATABASE_URL": url}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def add(address: str, name: str) -> int:
    number: int = ask(address, "/api/v2/persons", {"name": name})["data"]["id"]
    return number


def write_and_erase(address: str, name: str) -> list[str]:
    """Add persons and erase one in between; answers the names that were acknowledged and are to stay."""
    erased = add(address, f"{name} erased")
    before = [f"{name} {number}" for number in range(EACH)]
    after = [f"{name} {number}" for number in range(EACH, 2 * EACH)]
    for each in before:
        add(address, each)
    ask(address, f"/api/ledger/v1/persons/{erased}/erase", GROUNDS)
    for each in after:
        add(address, each)
    return before + after


def names(address: str) -> list[str]:
    found = ask(address, "/api/v2/persons?limit=500")
    assert found["additional_data"]["next_cursor"] is None
    return [person["name"] for person in found["data"]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("databases", "workers"), [("sqlite", 1), ("sqlite", 2), ("postgresql", 2)], indirect=["databases"]
)
def test_no_acknowledged_write_is_lost_when_persons_are_erased_and_commands_run_beside(
    databases: Databases, workers: int
) -> None:
    stay: list[str] = []
    with databases.fresh(founded) as url:
        with leadledger(url, workers) as address, ThreadPoolExecutor(WRITERS) as threads:
            for turn in range(ROUNDS):
                writing = [threads.submit(write_and_erase, address, f"{turn}.{each}") for each in range(WRITERS)]
                operate(url, "user", "list")
                stay += [name for each in writing for name in each.result()]
                operate(url, "user", "list")
                stay += write_and_erase(address, f"{turn} alone")
            assert sorted(names(address)) == sorted(stay)
            signed = signed_size(address)
        if databases.kind == "sqlite":
            with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert f"{signed} events" in operate(url, "verify")
        with leadledger(url, workers) as address:
            assert sorted(names(address)) == sorted(stay)
            assert signed_size(address) >= signed
