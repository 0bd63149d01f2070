"""Leads flow in and out here as version 1 of the wire has them (wire reference 2)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from marshmallow import Schema, fields, post_load, validate

from projections.agendas import next_activities
from projections.engine.reading import Reading
from projections.engine.rows import Row, find
from projections.lead_labels import lead_labels
from projections.leads import LEADS, leads
from projections.users import permitted_users
from service.commands import leads as commands
from service.http.answers import DeletedByUuid
from service.http.call import Call
from service.http.errors import NotFound
from service.http.family import Answer
from service.http.fields import Amount, Flag, Id, Offset, Order, QueryId, Text, in_order, recorded_amount
from service.http.json import money
from service.http.pipedrive import offset_page, v1
from service.http.time_fields import Day, Moment
from service.http.times import with_milliseconds

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
_MISSING = "requested lead not found"


class Value(Schema):
    """An amount of money and its currency."""

    amount = Amount(required=True)
    currency = fields.String(required=True, validate=validate.Length(equal=3))


class LeadBody(Schema):
    """What every body has."""

    title = Text()
    owner_id = Id()
    label_ids = fields.List(fields.UUID())
    person_id = Id(allow_none=True)
    organization_id = Id(allow_none=True)
    value = fields.Nested(Value, allow_none=True)
    expected_close_date = Day(allow_none=True)
    visible_to = fields.String(validate=validate.OneOf(["1", "3", "5", "7"]))
    was_seen = Flag()
    channel = Id(allow_none=True)
    channel_id = Text(allow_none=True)

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


@in_order(
    "title",
    "owner_id",
    "label_ids",
    "person_id",
    "organization_id",
    "origin_id",
    "channel",
    "channel_id",
    "was_seen",
    "value",
    "expected_close_date",
    "visible_to",
)
class NewLead(LeadBody):
    """A lead as a client adds it."""

    title = Text(required=True)
    origin_id = Text(allow_none=True)


@in_order(
    "title",
    "owner_id",
    "label_ids",
    "person_id",
    "organization_id",
    "channel",
    "channel_id",
    "is_archived",
    "was_seen",
    "value",
    "expected_close_date",
    "visible_to",
)
class LeadFacts(LeadBody):
    """What a client may say of a lead, and may leave out."""

    is_archived = Flag()


class LeadAnswer(Schema):
    """A lead as version 1 shows it."""

    id = fields.UUID(required=True)
    title = fields.String(required=True)
    owner_id = fields.Integer(required=True)
    creator_id = fields.Integer(required=True, allow_none=True)
    label_ids = fields.List(fields.UUID(), required=True)
    person_id = fields.Integer(required=True, allow_none=True)
    organization_id = fields.Integer(required=True, allow_none=True)
    source_name = fields.String(required=True)
    origin = fields.String(required=True)
    origin_id = fields.String(required=True, allow_none=True)
    channel = fields.Integer(required=True, allow_none=True)
    channel_id = fields.String(required=True, allow_none=True)
    source_deal_id = fields.Integer(required=True, allow_none=True)
    is_archived = Flag(required=True)
    was_seen = Flag(required=True)
    value = fields.Nested(Value, required=True, allow_none=True)
    expected_close_date = Day(required=True, allow_none=True)
    next_activity_id = fields.Integer(required=True, allow_none=True)
    add_time = Moment(required=True)
    update_time = Moment(required=True)
    visible_to = fields.String(required=True)
    cc_email = fields.String(required=True)


class ArchivedLeadQuery(Offset):
    """Which leads, and in which order."""

    owner_id = QueryId()
    person_id = QueryId()
    organization_id = QueryId()
    sort = Order(_SORTED_BY)


class LeadQuery(ArchivedLeadQuery):
    """Which leads, and in which order."""

    updated_since = Moment()


@v1.route("GET", "/leads", query=LeadQuery, answer=LeadAnswer, many=True, has_past=True)
def get_leads(call: Call) -> Answer:
    """Leads in the inbox, in the order they came in unless another is asked for."""
    return _page(call, "inbox")


@v1.route("GET", "/leads/archived", query=ArchivedLeadQuery, answer=LeadAnswer, many=True, has_past=True)
def get_archived_leads(call: Call) -> Answer:
    """Leads that were put aside."""
    return _page(call, "archive")


@v1.route("GET", "/leads/<uuid:lead_id>", missing=_MISSING, answer=LeadAnswer, has_past=True)
def get_lead(call: Call, lead_id: UUID) -> Any:
    """One lead that is in the inbox or archived."""
    with call.reading() as reading:
        return lead_answers(reading, [_found(reading, lead_id)])[0]


@v1.route(
    "GET", "/leads/<uuid:lead_id>/permittedUsers", missing=_MISSING, answer=fields.Integer, many=True, has_past=True
)
def get_lead_users(call: Call, lead_id: UUID) -> list[int]:
    """Who may see a lead."""
    with call.reading() as reading:
        row = _found(reading, lead_id)
        return permitted_users(reading, row["visible_to"], row["owner_id"])


@v1.route("POST", "/leads", body=NewLead, status=201, answer=LeadAnswer)
def add_lead(call: Call) -> Any:
    """Let a lead come in."""
    return _shown(call, call.execute(partial(commands.add, facts=call.facts(commands.LeadFacts))))


@v1.route("PATCH", "/leads/<uuid:lead_id>", body=LeadFacts, missing=_MISSING, answer=LeadAnswer)
def update_lead(call: Call, lead_id: UUID) -> Any:
    """Correct a lead, label it, note it as seen, archive it or fetch it back."""
    return _shown(call, call.execute(partial(commands.edit, lead_id=lead_id, facts=call.facts(commands.LeadFacts))))


@v1.route("DELETE", "/leads/<uuid:lead_id>", missing=_MISSING, answer=DeletedByUuid)
def delete_lead(call: Call, lead_id: UUID) -> Any:
    """Throw a lead away."""
    call.execute(partial(commands.delete, lead_id=lead_id))
    return {"id": str(lead_id)}


def _found(reading: Reading, lead_id: UUID) -> Row:
    row = find(reading, LEADS, str(lead_id))
    if row is None or row["place"] not in ("inbox", "archive"):
        raise NotFound(_MISSING)
    return row


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
        return offset_page(lead_answers(reading, found), query)


def _shown(call: Call, row: Row) -> dict[str, Any]:
    with call.reading() as reading:
        return lead_answers(reading, [row])[0]


def lead_answers(reading: Reading, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Leads as version 1 shows them, what is to be done next looked up for all of them at once, and so are labels.

    A label that was given up is shown no longer, though leads bear it in the log.
    """
    planned = next_activities(reading, (row["opportunity_id"] for row in rows))
    borne = [orjson.loads(row["label_ids"]) for row in rows]
    present = {label["lead_label_id"] for label in lead_labels(reading)} if any(borne) else set()
    return [
        _answer(row, [label_id for label_id in label_ids if label_id in present], planned.get(row["opportunity_id"]))
        for row, label_ids in zip(rows, borne, strict=True)
    ]


def _answer(row: Row, label_ids: list[str], next_activity_id: int | None) -> dict[str, Any]:
    """A lead as version 1 shows it (wire reference 2.2)."""
    amount = money(row["amount"], row["currency"])
    return {
        "id": row["lead_id"],
        "title": row["title"],
        "owner_id": row["owner_id"],
        "creator_id": row["creator_id"],
        "label_ids": label_ids,
        "person_id": row["person_id"],
        "organization_id": row["organization_id"],
        "source_name": row["source_name"],
        "origin": row["origin"],
        "origin_id": row["origin_id"],
        "channel": row["channel"],
        "channel_id": row["channel_id"],
        "source_deal_id": row["source_deal_id"],
        "is_archived": row["place"] == "archive",
        "was_seen": bool(row["was_seen"]),
        "value": None if amount is None else {"amount": amount, "currency": row["currency"]},
        "expected_close_date": row["expected_close_date"],
        "next_activity_id": next_activity_id,
        "add_time": with_milliseconds(row["add_time"]),
        "update_time": with_milliseconds(row["update_time"]),
        "visible_to": str(row["visible_to"]),
        "cc_email": f"lead+{row['lead_id']}@leadledger.invalid",
    }
