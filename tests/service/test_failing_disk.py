"""Where the disk fails, whoever met it first is told that nobody knows, and the others are told why they may not."""

from __future__ import annotations

import psutil

from tests.databases import SqliteDatabases
from tests.faults.disks import nothing_grows
from tests.service.serving import client_of, founded, serving

PERSON = {"name": "Kari Nordmann"}


def test_a_disk_that_fails_keeps_commands_from_being_tried_until_it_works_again(
    sqlite_databases: SqliteDatabases,
) -> None:
    with sqlite_databases.fresh(founded) as url, serving(url) as app:
        client = client_of(app)
        assert client.post("/api/v2/persons", json=PERSON).status_code == 200
        assert client.get("/health/ready").status_code == 200
        with nothing_grows([psutil.Process()]):
            assert client.post("/api/v2/persons", json=PERSON).status_code == 504
            for _ in range(3):
                for answer in (client.post("/api/v2/persons", json=PERSON), client.get("/health/ready")):
                    assert (answer.status_code, "disk fails" in answer.text) == (503, True)
                    assert "Retry-After" not in answer.headers
            assert client.get("/api/v2/persons").status_code == 200
        assert client.post("/api/v2/persons", json=PERSON).status_code == 200
        assert client.get("/health/ready").status_code == 200
