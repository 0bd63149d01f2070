"""The sample company, asked about its past by every route that can be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from aggregates.deal import DealCreated, DealDeleted
from aggregates.event import Event
from aggregates.lead import LeadCreated, LeadDeleted
from service.maintenance.replay import batches
from tests.service.http.attacks import address, good_query, parameters, routes
from tests.service.serving import ledger_of
from tests.service.whole import ends_of_commands

ONE_OF_EACH = {
    **dict.fromkeys(("person_id", "organization_id", "deal_id", "note_id", "activity_id", "activity_type_id"), "1"),
    **dict.fromkeys(("pipeline_id", "stage_id", "user_id"), "1"),
}
BOTH_FORMS = ("/v1/leads", "/v1/leads/archived", "/api/v2/deals", "/api/v2/deals/archived")


class Sample:
    """The sample company, asked at any time."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.ledger = ledger_of(client.application)
        self.ends = ends_of_commands(self.ledger)
        self.events: dict[int, Event] = {at: event for batch in batches(self.ledger, 0) for at, event in batch}
        self.opportunities: dict[str | int, str] = {}
        for event in self.events.values():
            if isinstance(event, LeadCreated | DealCreated):
                form = event.lead_id if isinstance(event, LeadCreated) else event.deal_id
                self.opportunities[form] = event.opportunity_id
        self.paths = list(self._paths())

    def _paths(self) -> Iterator[str]:
        """Every route that can be asked as of a moment, with a query that it takes."""
        lead_id = self.client.get("/v1/leads?limit=1").json["data"][0]["id"]
        ids = {**ONE_OF_EACH, "lead_id": lead_id}
        for family, route in routes():
            if "as_of" in route.query.fields and ids.keys() >= set(parameters(route)):
                query = good_query(route.query, ids)
                words = "&".join(f"{name}={value}" for name, value in query.items())
                yield f"{address(family, route, ids)}?{words}&"

    def as_of(self, path: str, moment: Any) -> TestResponse:
        joint = "" if path.endswith("&") else "&" if "?" in path else "?"
        return self.client.get(f"{path}{joint}as_of={moment}", headers={"X-Request-Id": "the same"})

    def inside(self) -> list[int]:
        """The positions that are not their commands' ends."""
        return [position for position, end in self.ends.items() if position < end]

    def begun(self, position: int) -> set[str]:
        """The opportunities that were there when the log had reached a position."""
        told = [event for at, event in self.events.items() if at <= position]
        born = {event.opportunity_id: event for event in told if isinstance(event, LeadCreated | DealCreated)}
        streams = {event.originator_id: event.opportunity_id for event in told if hasattr(event, "opportunity_id")}
        gone = {streams[event.originator_id] for event in told if isinstance(event, LeadDeleted | DealDeleted)}
        return born.keys() - gone

    def listed(self, position: int) -> list[str]:
        """The opportunities in the lists of leads and deals, each as often as it is there."""
        return [number for path in BOTH_FORMS for number in self._opportunities(path, position)]

    def _opportunities(self, path: str, position: int) -> list[str]:
        data = self.as_of(f"{path}?limit=500", position).json["data"]
        return [self.opportunities[row["id"]] for row in data]

    def check(self, position: int) -> None:
        """Every route answers as of a position, and that is the end of the command there."""
        end = self.ends[position]
        for path in self.paths:
            answer = self.as_of(path, position)
            assert answer.status_code in ((200, 404) if _names_a_thing(path) else (200,)), (path, position, answer.text)
            if position != end:
                assert answer.json == self.as_of(path, end).json, (path, position)
            if answer.status_code == 200:
                assert answer.headers["X-As-Of-Position"] == str(end)
                assert answer.headers["X-As-Of-Time"] == self.events[end].at
        listed = self.listed(position)
        assert len(listed) == len(set(listed))
        assert set(listed) == self.begun(end), position


def _names_a_thing(path: str) -> bool:
    """Whether a route is about one thing, which may not have been there."""
    return any(part.isdigit() or len(part) == 36 for part in path.partition("?")[0].split("/")) or "_id=" in path
