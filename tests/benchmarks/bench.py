"""Every figure flows out of here beside its baseline: what an answer costs, how fast commands commit, and replay."""

from __future__ import annotations

import itertools
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text

from service.clock import wall_clock
from service.database import Database
from service.settings import Settings
from service.startup import prepare
from tests.benchmarks import plain
from tests.benchmarks.load import TOKEN, Cost, connected, measure, request_bytes
from tests.benchmarks.servers import served

LEAD = {"title": "Rør og mer", "person_id": 1, "value": {"amount": 12500.5, "currency": "NOK"}}


def commits_per_second(database_url: str, count: int = 500) -> float:
    """How often the bare database commits one small row, one writer at a time, durably."""
    database = Database(database_url)
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS bare (id INTEGER, state TEXT)"))
    begun = time.perf_counter()
    for number in range(count):
        with database.writing() as connection:
            connection.execute(text("INSERT INTO bare VALUES (:id, :state)"), {"id": number, "state": "x" * 400})
    elapsed = time.perf_counter() - begun
    database.close()
    return count / elapsed


def create_and_convert(application: str, database_url: str, count: int, clients: int) -> tuple[Cost, Cost]:
    with served(application, database_url) as (address, cpu):
        new = itertools.repeat(request_bytes("POST", "/v1/leads", LEAD))
        measure(address, new, count=200, clients=clients, expected=201, cpu=cpu)
        with connected(address) as client:
            ids = [json.loads(client.ask(next(new))[1])["data"]["id"] for _ in range(count)]
        created = measure(address, new, count=count, clients=clients, expected=201, cpu=cpu)
        converting = (request_bytes("POST", f"/api/v2/leads/{lead_id}/convert/deal", {}) for lead_id in ids)
        converted = measure(address, converting, count=count, clients=clients, expected=200, cpu=cpu)
    return created, converted


def main() -> None:
    for url in sys.argv[1:] or [f"sqlite:///{tempfile.mkdtemp(dir=Path.cwd() / 'var')}/bench.db"]:
        prepare(Settings(url, TOKEN), wall_clock)
        plain.prepare(url)
        print(url.split(":")[0], "bare commits/s", round(commits_per_second(url)))
        with served("static", url) as (address, cpu):
            st = measure(address, itertools.repeat(request_bytes("GET", "/static")), count=4000, clients=8, expected=200, cpu=cpu)
        print("static", st)
        with served("leadledger", url) as (address, cpu):
            with connected(address) as client:
                print(client.ask(request_bytes("POST", "/api/v2/persons", {"name": "Kari Nordmann"})))
        for clients in (1, 8):
            for app in ("plain", "leadledger"):
                print(app, clients, *create_and_convert(app, url, 1500, clients), sep="\n   ")


if __name__ == "__main__":
    main()
