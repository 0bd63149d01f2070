"""Leads in version 1 of the wire (wire reference 2)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any
from uuid import UUID

import orjson
from marshmallow import Schema, fields, post_load, validate

from projections.agendas import next_activities
from projections.engine.rows import Row
from projections.lead_labels import lead_labels
from projections.leads import LEADS, leads
from projections.places import ARCHIVE, PRESENT_LEADS
from projections.users import permitted_users
from service.commands import leads as commands
from service.http.call import Call
from service.http.errors import NotFound
from service.http.family import Answer
from service.http.fields import Amount, Flag, Id, Offset, Order, QueryId, Text, recorded_amount
from service.http.json import money
from service.http.operations import serve_add, serve_delete, serve_get, serve_update
from service.http.pipedrive import offset_page, v1
from service.http.resource import Resource
from service.http.time_fields import Day, Moment
from service.http.times import with_milliseconds
from service.http.wire_fields import WireField

_SORTED_BY = {
    "id": "lead_id",
    "title": "title",
    "owner_id": "owner_id",
    "creator_id": "creator_id",
    "was_seen": "was_seen",
    "expected_close_date": "expected_close_date",
    "next_activity_id": "next_activity_id",
    "add_time": "created_position",
    "update_time": "update_time",
}
_FILTERS = ("owner_id", "person_id", "organization_id")


class Value(Schema):
    """An amount of money and its currency."""

    amount = Amount(required=True)
    currency = fields.String(required=True, validate=validate.Length(equal=3))


class LeadBody(Schema):
    """What commands know in other words."""

    @post_load
    def as_recorded(self, facts: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The facts in the domain's words."""
        if "value" in facts:
            value = facts.pop("value") or {"amount": None, "currency": None}
            if value["amount"] is not None:
                value["amount"] = recorded_amount(value["amount"], value["currency"], "value.amount")
            facts |= value
        if "visible_to" in facts:
            facts["visible_to"] = int(facts["visible_to"])
        if "label_ids" in facts:
            facts["label_ids"] = list(dict.fromkeys(str(label_id) for label_id in facts["label_ids"]))
        return facts


class ArchivedLeadQuery(Offset):
    """Which leads, and in which order."""

    owner_id = QueryId()
    person_id = QueryId()
    organization_id = QueryId()
    sort = Order(_SORTED_BY)


class UpdatedLeads(Offset):
    """Which leads."""

    updated_since = Moment()


class LeadQuery(ArchivedLeadQuery, UpdatedLeads):
    """Which leads, and in which order."""


def _living(row: Row | None, now: datetime) -> Row:
    """A lead that is in the inbox or archived."""
    if row is None or row["place"] not in PRESENT_LEADS:
        raise NotFound("it does not exist")
    return row


def _looked_up(call: Call, rows: list[Row]) -> list[Row]:
    """The rows, with what is to be done next, and without labels that were given up, though the log has them."""
    with call.reading() as reading:
        planned = next_activities(reading, (row["opportunity_id"] for row in rows))
        borne = [orjson.loads(row["label_ids"]) for row in rows]
        present = {label["lead_label_id"] for label in lead_labels(reading)} if any(borne) else set()
    return [
        {
            **row,
            "label_ids": [label_id for label_id in label_ids if label_id in present],
            "next_activity_id": planned.get(row["opportunity_id"]),
        }
        for row, label_ids in zip(rows, borne, strict=True)
    ]


def _value(row: Row) -> dict[str, Any] | None:
    amount = money(row["amount"], row["currency"])
    return None if amount is None else {"amount": amount, "currency": row["currency"]}


_VISIBLE_TO = fields.String(validate=validate.OneOf(["1", "3", "5", "7"]))

LEAD = Resource(
    __name__,
    v1,
    "a lead",
    "leads",
    "requested lead not found",
    LEADS,
    (
        WireField("id", shows=fields.UUID(), source="lead_id"),
        WireField("title", Text(), needed=True),
        WireField("owner_id", Id()),
        WireField("creator_id", shows=fields.Integer(allow_none=True)),
        WireField("label_ids", fields.List(fields.UUID()), source=itemgetter("label_ids")),
        WireField("person_id", Id(allow_none=True)),
        WireField("organization_id", Id(allow_none=True)),
        WireField("source_name", shows=fields.String()),
        WireField("origin", shows=fields.String()),
        WireField("origin_id", Text(allow_none=True), only="new"),
        WireField("channel", Id(allow_none=True)),
        WireField("channel_id", Text(allow_none=True)),
        WireField("source_deal_id", shows=fields.Integer(allow_none=True)),
        WireField("is_archived", Flag(), source=lambda row: row["place"] == ARCHIVE, only="changed"),
        WireField("was_seen", Flag()),
        WireField("value", fields.Nested(Value, allow_none=True), source=_value),
        WireField("expected_close_date", Day(allow_none=True)),
        WireField("next_activity_id", shows=fields.Integer(allow_none=True)),
        WireField("add_time", shows=Moment(), convert=with_milliseconds),
        WireField("update_time", shows=Moment(), convert=with_milliseconds),
        WireField("visible_to", _VISIBLE_TO, convert=str),
        WireField("cc_email", shows=fields.String(), source=lambda row: f"lead+{row['lead_id']}@leadledger.invalid"),
    ),
    complete=_looked_up,
    readable=_living,
    body=LeadBody,
)


@v1.route("GET", "/leads", query=LeadQuery, answer=LEAD.answer, many=True, has_past=True)
def get_leads(call: Call) -> Answer:
    """Leads in the inbox, in the order they came in unless another is asked for."""
    return _page(call, "inbox")


@v1.route("GET", "/leads/archived", query=ArchivedLeadQuery, answer=LEAD.answer, many=True, has_past=True)
def get_archived_leads(call: Call) -> Answer:
    """Leads that were put aside."""
    return _page(call, "archive")


serve_get(LEAD, "One lead that is in the inbox or archived.")


@v1.route(
    "GET", "/leads/<uuid:lead_id>/permittedUsers", missing=LEAD.missing, answer=fields.Integer, many=True, has_past=True
)
def get_lead_users(call: Call, lead_id: UUID) -> list[int]:
    """Who may see a lead."""
    row = LEAD.row(call, lead_id)
    with call.reading() as reading:
        return permitted_users(reading, row["visible_to"], row["owner_id"])


serve_add(LEAD, "Let a lead come in.", commands.add, status=201)
serve_update(LEAD, "Correct a lead, label it, note it as seen, archive it or fetch it back.", commands.edit)
serve_delete(LEAD, "Throw a lead away.", commands.delete)


def _page(call: Call, place: str) -> Answer:
    query = call.query
    with call.reading() as reading:
        found = leads(
            reading,
            place,
            only={name: query[name] for name in _FILTERS if name in query},
            updated_since=query.get("updated_since"),
            order=query.get("sort", ()),
            start=query["start"],
            limit=query["limit"],
        )
    return offset_page(found, query, partial(LEAD.show, call))
