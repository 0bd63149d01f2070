"""Rows of deals flow through here into what version 2 of the wire shows (wire reference 4.2)."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from projections.agendas import NOTHING, agendas
from projections.engine.reading import Reading
from projections.engine.rows import Row
from service.http.answers import Linked, NoCustomFields, Owner
from service.http.call import Call
from service.http.fields import Amount, Flag, in_order
from service.http.json import money, raw
from service.http.search import found_notes, linked
from service.http.time_fields import Day, Moment
from service.http.times import whole_seconds

_NONE_YET: dict[str, Any] = {
    **NOTHING,
    "products_count": 0,
    "files_count": 0,
    "followers_count": 0,
    "email_messages_count": 0,
    "participants_count": 0,
    "last_incoming_mail_time": None,
    "last_outgoing_mail_time": None,
    "smart_bcc_email": None,
}
INCLUDED = (*_NONE_YET, "first_won_time", "source_lead_id")
"""What an answer has on request only; nothing counts or dates files and mail yet."""


@in_order(
    "id",
    "title",
    "creator_user_id",
    "owner_id",
    "person_id",
    "org_id",
    "pipeline_id",
    "stage_id",
    "value",
    "currency",
    "status",
    "probability",
    "lost_reason",
    "won_time",
    "lost_time",
    "close_time",
    "stage_change_time",
    "add_time",
    "update_time",
    "expected_close_date",
    "is_deleted",
    "is_archived",
    "archive_time",
    "label_ids",
    "visible_to",
    "origin",
    "origin_id",
    "channel",
    "channel_id",
    "acv",
    "arr",
    "mrr",
    "custom_fields",
    "next_activity_id",
    "last_activity_id",
    "activities_count",
    "done_activities_count",
    "undone_activities_count",
    "notes_count",
    "products_count",
    "files_count",
    "followers_count",
    "email_messages_count",
    "participants_count",
    "last_incoming_mail_time",
    "last_outgoing_mail_time",
    "smart_bcc_email",
    "first_won_time",
    "source_lead_id",
)
class DealAnswer(Schema):
    """A deal as version 2 shows it; what follows the custom fields on request only."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    creator_user_id = fields.Integer(required=True, allow_none=True)
    owner_id = fields.Integer(required=True)
    person_id = fields.Integer(required=True, allow_none=True)
    org_id = fields.Integer(required=True, allow_none=True)
    pipeline_id = fields.Integer(required=True)
    stage_id = fields.Integer(required=True)
    value = Amount(required=True)
    currency = fields.String(required=True)
    status = fields.String(required=True)
    probability = fields.Integer(required=True, allow_none=True)
    lost_reason = fields.String(required=True, allow_none=True)
    won_time = Moment(required=True, allow_none=True)
    lost_time = Moment(required=True, allow_none=True)
    close_time = Moment(required=True, allow_none=True)
    stage_change_time = Moment(required=True)
    add_time = Moment(required=True)
    update_time = Moment(required=True)
    expected_close_date = Day(required=True, allow_none=True)
    is_deleted = Flag(required=True)
    is_archived = Flag(required=True)
    archive_time = Moment(required=True, allow_none=True)
    label_ids = fields.List(fields.Integer(), required=True)
    visible_to = fields.Integer(required=True)
    origin = fields.String(required=True)
    origin_id = fields.String(required=True, allow_none=True)
    channel = fields.Integer(required=True, allow_none=True)
    channel_id = fields.String(required=True, allow_none=True)
    acv = Amount(required=True, allow_none=True)
    arr = Amount(required=True, allow_none=True)
    mrr = Amount(required=True, allow_none=True)
    custom_fields = fields.Nested(NoCustomFields, required=True)
    first_won_time = Moment(allow_none=True)
    source_lead_id = fields.UUID(allow_none=True)
    next_activity_id = fields.Integer(allow_none=True)
    last_activity_id = fields.Integer(allow_none=True)
    products_count = fields.Integer()
    files_count = fields.Integer()
    notes_count = fields.Integer()
    followers_count = fields.Integer()
    email_messages_count = fields.Integer()
    activities_count = fields.Integer()
    done_activities_count = fields.Integer()
    undone_activities_count = fields.Integer()
    participants_count = fields.Integer()
    last_incoming_mail_time = Moment(allow_none=True)
    last_outgoing_mail_time = Moment(allow_none=True)
    smart_bcc_email = fields.String(allow_none=True)


class FoundDeal(Schema):
    """A deal as a search shows it."""

    id = fields.Integer(required=True)
    type = fields.String(required=True)
    title = fields.String(required=True)
    value = Amount(required=True)
    currency = fields.String(required=True)
    status = fields.String(required=True)
    visible_to = fields.Integer(required=True)
    owner = fields.Nested(Owner, required=True)
    stage = fields.Nested(Linked, required=True)
    person = fields.Nested(Linked, required=True, allow_none=True)
    organization = fields.Nested(Linked, required=True, allow_none=True)
    custom_fields = fields.List(fields.String(), required=True)
    notes = fields.List(fields.String(), required=True)
    is_archived = Flag(required=True)
    cc_email = fields.String()


def deal_answer(row: Row, call: Call) -> dict[str, Any]:
    """A deal as version 2 shows it (wire reference 4.2); one without a value is worth 0 of the caller's currency."""
    answer = {
        "id": row["deal_id"],
        "title": row["title"],
        "creator_user_id": row["creator_id"],
        "owner_id": row["owner_id"],
        "person_id": row["person_id"],
        "org_id": row["organization_id"],
        "pipeline_id": row["pipeline_id"],
        "stage_id": row["stage_id"],
        **_value(row, call),
        "status": row["status"],
        "probability": row["probability"],
        "lost_reason": row["lost_reason"],
        "won_time": whole_seconds(row["won_time"]),
        "lost_time": whole_seconds(row["lost_time"]),
        "close_time": whole_seconds(row["close_time"]),
        "stage_change_time": whole_seconds(row["stage_change_time"]),
        "add_time": whole_seconds(row["add_time"]),
        "update_time": whole_seconds(row["update_time"]),
        "expected_close_date": row["expected_close_date"],
        "is_deleted": is_deleted(row),
        "is_archived": row["archive_time"] is not None,
        "archive_time": whole_seconds(row["archive_time"]),
        "label_ids": raw(row["label_ids"]),
        "visible_to": row["visible_to"],
        "origin": row["origin"],
        "origin_id": row["origin_id"],
        "channel": row["channel"],
        "channel_id": row["channel_id"],
        "acv": None,
        "arr": None,
        "mrr": None,
        "custom_fields": {},
    }
    if included := call.query.get("include_fields"):
        answer |= {name: _included(name, row) for name in included}
    return answer


def with_agendas(reading: Reading, rows: list[Row], call: Call) -> list[Row]:
    """The rows, with what is planned for the deals and written about them where that is asked for."""
    if NOTHING.keys().isdisjoint(call.query["include_fields"]):
        return rows
    found = agendas(reading, "opportunity_id", (row["opportunity_id"] for row in rows))
    return [row | found[row["opportunity_id"]] for row in rows]


def found_deal(row: Row, call: Call) -> dict[str, Any]:
    """A deal as a search shows it."""
    item = {
        "id": row["deal_id"],
        "type": "deal",
        "title": row["title"],
        **_value(row, call),
        "status": row["status"],
        "visible_to": row["visible_to"],
        "owner": {"id": row["owner_id"]},
        "stage": linked(row["stage_id"], row["stage_name"]),
        "person": linked(row["person_id"], row["person_name"]),
        "organization": linked(row["organization_id"], row["organization_name"]),
        "custom_fields": [],
        "notes": found_notes(row),
        "is_archived": row["archive_time"] is not None,
    }
    if call.query["include_fields"]:
        item["cc_email"] = f"deal+{row['deal_id']}@leadledger.invalid"
    return item


def is_deleted(row: Row) -> bool:
    """Whether a deal was thrown away or is a lead at present: the wire calls both deleted (wire reference 3.2)."""
    return row["place"] in ("deleted", "lead")


def _value(row: Row, call: Call) -> dict[str, Any]:
    currency = row["currency"]
    if currency is None:
        return {"value": 0, "currency": call.user.default_currency}
    return {"value": money(row["amount"], currency), "currency": currency}


def _included(name: str, row: Row) -> Any:
    if name == "first_won_time":
        return whole_seconds(row["first_won_time"])
    if name == "source_lead_id":
        return None if row["place"] == "lead" else row["lead_id"]
    return row.get(name, _NONE_YET[name])
