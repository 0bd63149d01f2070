"""What tests of lost, exchanged and older files ask of a service, over HTTP and on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import make_url

from service.cli import main
from tests.databases import environment_of
from tests.service.serving import client_of, ledger_of

OURS = "/api/ledger/v1"


def beside(url: str, kind: str) -> Path:
    """A file that the service keeps beside a database, or where the tests run."""
    return Path(f"{make_url(url).database}.{kind}").absolute()


def operate(url: str, *words: str, environment: Mapping[str, str] | None = None) -> Result:
    """What comes of words that an operator types, in an environment that fits the database, or in another."""
    return CliRunner().invoke(main, words, env=environment or environment_of(url))


def add(app: Flask, name: str) -> int:
    """The status of a command's answer."""
    return client_of(app).post("/api/v2/persons", json={"name": name}).status_code


def names(app: Flask) -> list[str]:
    """Who was ever added, as the events tell."""
    told = client_of(app).get(f"{OURS}/events?types=PersonAdded&limit=500")
    assert told.status_code == 200, told.text
    return [item["data"]["name"] for item in told.json["items"]]


def check_refused(app: Flask, why: str) -> None:
    """Commands are refused for a reason that waiting does not mend, and so is readiness; lists are served."""
    client = client_of(app)
    ledger_of(app).obstacles.look()
    answers = client.post("/api/v2/persons", json={"name": "Refused"}), client.get("/health/ready")
    for answer in answers:
        assert answer.status_code == 503, answer.text
        assert why in answer.text
        assert "Retry-After" not in answer.headers
        assert str(Path.cwd()) not in answer.text
        assert "/tmp" not in answer.text
    assert client.get("/health/live").status_code == 200
    assert "Refused" not in client.get("/api/v2/persons").text


def check_writable(app: Flask, name: str) -> None:
    """Commands are carried out, and it is said that they will be."""
    ledger_of(app).obstacles.look()
    ready = client_of(app).get("/health/ready")
    assert ready.status_code == 200, ready.text
    assert add(app, name) == 200
    assert name in client_of(app).get("/api/v2/persons").text
