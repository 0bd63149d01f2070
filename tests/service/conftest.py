"""What tests of the service ask for by name: the service on a fresh, founded database, once of each kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.commands import batches
from tests.databases import Databases
from tests.service.serving import client_of, founded, serving


@pytest.fixture
def app(databases: Databases) -> Iterator[Flask]:
    """The application, with its first administrator, pipeline and stages and nothing else."""
    with databases.fresh(founded) as url, serving(url) as application:
        yield application


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """The first administrator's client."""
    return client_of(app)


@pytest.fixture
def time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, no batch takes too long."""
    monkeypatch.setattr(batches, "LONGEST_SECONDS", 60.0)
