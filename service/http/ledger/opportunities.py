"""Route of an opportunity: its lead and its deal, which form it has now, and every change of form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from aggregates.event import Event
from projections.conversions import changes_of_form
from projections.deals import DEALS
from projections.engine.reading import Reading
from projections.engine.rows import Row, find
from projections.leads import LEADS
from projections.names import names_of
from projections.places import PRESENT_DEALS, PRESENT_LEADS
from projections.users import USERS
from service.http.call import Call
from service.http.errors import NotFound
from service.http.fields import QueryId
from service.http.ledger.values import Named, named
from service.http.problem_details import ledger
from service.http.time_fields import Moment
from service.log.history import events_at


class OneIdentity(Schema):
    """An opportunity by one of its two identities."""

    lead_id = fields.UUID()
    deal_id = QueryId()

    @validates_schema
    def check_one(self, query: dict[str, Any], **_: Any) -> None:
        """Just one identity is given."""
        possible = [name for name in self.fields if name.endswith("_id")]
        if len([name for name in possible if name in query]) != 1:
            raise ValidationError(f"give just one of {', '.join(possible)}", "query")


class ChangeOfForm(Schema):
    """A conversion (``form``: deal) or a reversal (``form``: lead), and who did it (null: the system)."""

    conversion_id = fields.UUID(required=True)
    form = fields.String(required=True, validate=validate.OneOf(["lead", "deal"]))
    position = fields.Integer(required=True)
    when = Moment(required=True)
    who = fields.Nested(Named, required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class Opportunity(Schema):
    """Both identities of an opportunity, the form it has now, and every change of form from the first on."""

    id = fields.UUID(required=True)
    lead_id = fields.UUID(required=True, allow_none=True)
    deal_id = fields.Integer(required=True, allow_none=True)
    form = fields.String(required=True, validate=validate.OneOf(["lead", "deal", "deleted"]))
    changes = fields.List(fields.Nested(ChangeOfForm), required=True)


@ledger.route(
    "GET",
    "/opportunities",
    query=OneIdentity,
    answer=Opportunity,
    problems=frozenset({404}),
    has_past=True,
    has_tag=True,
)
def get_opportunity(call: Call) -> dict[str, Any]:
    """An opportunity by its lead's or its deal's id: what it is now, and every conversion and reversal."""
    with call.reading() as reading:
        opportunity_id, lead, deal = _forms(reading, call.query)
        call.tag(max(form["edited_position"] for form in (lead, deal) if form is not None))
        changes = [] if lead is None else changes_of_form(reading, lead["lead_id"])
        events = events_at(reading.connection, call.ledger.mapper, [change["position"] for change in changes])
        names = names_of(reading, USERS, (event.by for event in events.values()))
    return {
        "id": opportunity_id,
        "lead_id": lead and lead["lead_id"],
        "deal_id": deal and deal["deal_id"],
        "form": _form(lead, deal),
        "changes": [_change(change, events[change["position"]], names) for change in changes],
    }


def who(event: Event, names: Mapping[int, str]) -> dict[str, Any] | None:
    """Who caused an event; null where it was the system."""
    return None if event.by is None else named(event.by, names.get(event.by))


def _forms(reading: Reading, query: Mapping[str, Any]) -> tuple[str, Row | None, Row | None]:
    if "lead_id" in query:
        lead = find(reading, LEADS, str(query["lead_id"]))
        if lead is None:
            raise NotFound("there is no such lead")
        return lead["opportunity_id"], lead, find(reading, DEALS, lead["deal_id"])
    deal = find(reading, DEALS, query["deal_id"])
    if deal is None:
        raise NotFound("there is no such deal")
    return deal["opportunity_id"], find(reading, LEADS, deal["lead_id"]), deal


def _form(lead: Row | None, deal: Row | None) -> str:
    if deal is not None and deal["place"] in PRESENT_DEALS:
        return "deal"
    return "lead" if lead is not None and lead["place"] in PRESENT_LEADS else "deleted"


def _change(change: Row, event: Event, names: Mapping[int, str]) -> dict[str, Any]:
    return {
        "conversion_id": change["conversion_id"],
        "form": change["form"],
        "position": change["position"],
        "when": event.at,
        "who": who(event, names),
        "reason": event.metadata and event.metadata.reason,
    }
