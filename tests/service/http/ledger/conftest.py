"""What tests of our own interface begin with: a company with leads that people and companies sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.databases import Databases
from tests.service.serving import client_of, founded, serving

OURS = "/api/ledger/v1"


class Company:
    """One company's service, asked by its administrator; its time goes on only when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2100, 1, 4, 8, tzinfo=UTC)
        self.client: FlaskClient

    def clock(self) -> datetime:
        """The time it is in this company."""
        return self.now

    def wait(self, **time: float) -> None:
        """Let time go by."""
        self.now += timedelta(**time)

    def get(self, path: str, **query: Any) -> Any:
        """What our own interface answers."""
        answer = self.client.get(OURS + path, query_string=query)
        assert answer.status_code == 200, answer.text
        return answer.json

    def post(self, path: str, **body: Any) -> Any:
        """What any interface answers to a body."""
        answer = self.client.post(path, json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json

    def person(self, name: str) -> int:
        """A new person's id."""
        number: int = self.post("/api/v2/persons", name=name)["data"]["id"]
        return number

    def lead(self, title: str, **facts: Any) -> str:
        """A new lead's id; it is about the first person unless said otherwise."""
        lead_id: str = self.post("/v1/leads", title=title, **{"person_id": 1, **facts})["data"]["id"]
        return lead_id

    def deal(self, title: str, **facts: Any) -> int:
        """A new deal's id."""
        number: int = self.post("/api/v2/deals", title=title, **{"person_id": 1, **facts})["data"]["id"]
        return number


@pytest.fixture
def company(databases: Databases) -> Iterator[Company]:
    """A company that knows two persons: Kari Nordmann and Ola Hansen."""
    company = Company()
    with databases.fresh(founded) as url, serving(url, company.clock) as app:
        company.client = client_of(app)
        company.person("Kari Nordmann")
        company.person("Ola Hansen")
        yield company
