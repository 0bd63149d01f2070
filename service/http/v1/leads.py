"""Leads in version 1 of the wire (wire reference 2)."""

from __future__ import annotations

from functools import partial
from operator import itemgetter
from typing import Any

import orjson
from marshmallow import Schema, fields, post_load, validate

from projections.agendas import next_activities
from projections.engine.rows import Row
from projections.lead_labels import lead_labels
from projections.leads import LEADS, leads, planned_lead
from projections.places import ARCHIVE, INBOX, PRESENT_LEADS
from service.commands import leads as commands
from service.http.answer_time import AnswerTime
from service.http.call import Call
from service.http.errors import NotFound
from service.http.family import Answer
from service.http.fields import Amount, Flag, Id, Offset, QueryId, Text, recorded_amount
from service.http.json import money
from service.http.operations import serve_add, serve_delete, serve_get, serve_update
from service.http.permitted_users import serve_permitted_users
from service.http.pipedrive import v1
from service.http.resource import Resource
from service.http.time_fields import Day, Moment
from service.http.times import with_milliseconds
from service.http.v1.lists import list_query, page
from service.http.wire_fields import WireField


class Value(Schema):
    """An amount of money and its currency."""

    amount = Amount(required=True)
    currency = fields.String(required=True, validate=validate.Length(equal=3))


class LeadBody(Schema):
    """What commands know in other words."""

    @post_load
    def as_facts(self, facts: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The facts as commands take them."""
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


class LeadsQuery(Offset):
    """Which leads."""

    updated_since = Moment()


def _living(row: Row | None, _time: AnswerTime) -> Row:
    """A lead that is in the inbox or archived."""
    if row is None or row["place"] not in PRESENT_LEADS:
        raise NotFound("it does not exist")
    return row


def _looked_up(call: Call, rows: list[Row]) -> list[Row]:
    """The rows, with what is to be done next, and without labels that were given up, though the log has them."""
    borne = [() if row["label_ids"] == "[]" else orjson.loads(row["label_ids"]) for row in rows]
    bare = [row for row in rows if "next_activity_id" not in row]  # as a command left them
    older = [row["opportunity_id"] for row in bare if not call.has_added(row) or row["source_deal_id"] is not None]
    planned, present = dict[str, int](), set[str]()
    if older or any(borne):
        with call.reading() as reading:
            planned = next_activities(reading, older)
            present = {label["lead_label_id"] for label in lead_labels(reading)} if any(borne) else set()
    for row, label_ids in zip(rows, borne, strict=True):
        row["label_ids"] = tuple([label_id for label_id in label_ids if label_id in present])
    for row in bare:
        row["next_activity_id"] = planned.get(row["opportunity_id"])
    return rows


def _value(row: Row) -> dict[str, Any] | None:
    amount = money(row["amount"], row["currency"])
    return None if amount is None else {"amount": amount, "currency": row["currency"]}


_VISIBLE_TO = fields.String(validate=validate.OneOf(["1", "3", "5", "7"]))

LEAD = Resource(
    __name__,
    v1,
    noun="a lead",
    plural="leads",
    missing="requested lead not found",
    table=LEADS,
    wire_fields=(
        WireField("id", shows=fields.UUID(), source="lead_id", sorts="lead_id"),
        WireField("title", Text(), needed=True, sorts="title"),
        WireField("owner_id", Id(), filters=QueryId(), sorts="owner_id"),
        WireField("creator_id", shows=fields.Integer(allow_none=True), sorts="creator_id"),
        WireField("label_ids", fields.List(fields.UUID()), source=itemgetter("label_ids")),
        WireField("person_id", Id(allow_none=True), filters=QueryId()),
        WireField("organization_id", Id(allow_none=True), filters=QueryId()),
        WireField("source_name", shows=fields.String()),
        WireField("origin", shows=fields.String()),
        WireField("origin_id", Text(allow_none=True), in_body="new"),
        WireField("channel", Id(allow_none=True)),
        WireField("channel_id", Text(allow_none=True)),
        WireField("source_deal_id", shows=fields.Integer(allow_none=True)),
        WireField("is_archived", Flag(), source=lambda row: row["place"] == ARCHIVE, in_body="changed"),
        WireField("was_seen", Flag(), sorts="was_seen"),
        WireField("value", fields.Nested(Value, allow_none=True), source=_value),
        WireField("expected_close_date", Day(allow_none=True), sorts="expected_close_date"),
        WireField("next_activity_id", shows=fields.Integer(allow_none=True), sorts="next_activity_id"),
        WireField("add_time", shows=Moment(), convert=with_milliseconds, sorts="created_position"),
        WireField("update_time", shows=Moment(), convert=with_milliseconds, sorts="update_time"),
        WireField("visible_to", _VISIBLE_TO, convert=str),
        WireField("cc_email", shows=fields.String(), source=lambda row: f"lead+{row['lead_id']}@leadledger.invalid"),
    ),
    complete=_looked_up,
    needs=("label_ids", "next_activity_id"),
    find=planned_lead,
    readable=_living,
    body=LeadBody,
)


@v1.route("GET", "/leads", query=list_query(LEAD, LeadsQuery), answer=LEAD.answer, many=True, has_past=True)
def get_leads(call: Call) -> Answer:
    """Leads in the inbox, in the order they came in unless another is asked for."""
    return page(LEAD, call, partial(leads, place=INBOX))


@v1.route("GET", "/leads/archived", query=list_query(LEAD, Offset), answer=LEAD.answer, many=True, has_past=True)
def get_archived_leads(call: Call) -> Answer:
    """Leads that were put aside."""
    return page(LEAD, call, partial(leads, place=ARCHIVE))


serve_get(LEAD, "One lead that is in the inbox or archived.")


serve_permitted_users(LEAD)
serve_add(LEAD, "Let a lead come in.", commands.add, status=201)
serve_update(LEAD, "Correct a lead, label it, note it as seen, archive it or fetch it back.", commands.edit)
serve_delete(LEAD, "Throw a lead away.", commands.delete)
