"""The labels of leads flow in and out here as version 1 of the wire has them (wire reference 2.6)."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from projections.engine.rows import Row
from projections.lead_labels import lead_labels
from service.commands import lead_labels as commands
from service.http.answers import DeletedByUuid
from service.http.call import Call
from service.http.fields import Text
from service.http.pipedrive import v1
from service.http.time_fields import Moment
from service.http.times import with_milliseconds

COLORS = ("blue", "brown", "dark-gray", "gray", "green", "orange", "pink", "purple", "red", "yellow")
_MISSING = "requested lead label not found"
_COLOR = validate.OneOf(COLORS)


class NewLeadLabel(Schema):
    """A lead label as a client adds it."""

    name = Text(required=True)
    color = fields.String(required=True, validate=_COLOR)


class LeadLabelFacts(Schema):
    """What a client may say of a lead label, and may leave out."""

    name = Text()
    color = fields.String(validate=_COLOR)


class LeadLabelAnswer(Schema):
    """A lead label as version 1 shows it."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    color = fields.String(required=True)
    add_time = Moment(required=True)
    update_time = Moment(required=True)


@v1.route("GET", "/leadLabels", answer=LeadLabelAnswer, many=True, has_past=True)
def get_lead_labels(call: Call) -> list[Any]:
    """All labels that leads can be sorted by."""
    with call.reading() as reading:
        return [lead_label_answer(row) for row in lead_labels(reading)]


@v1.route("POST", "/leadLabels", body=NewLeadLabel, answer=LeadLabelAnswer)
def add_lead_label(call: Call) -> Any:
    """Have a new label to sort leads by."""
    return lead_label_answer(call.execute(partial(commands.add, facts=call.body)))


@v1.route("PATCH", "/leadLabels/<uuid:lead_label_id>", body=LeadLabelFacts, missing=_MISSING, answer=LeadLabelAnswer)
def update_lead_label(call: Call, lead_label_id: UUID) -> Any:
    """Rename a label or paint it anew."""
    return lead_label_answer(call.execute(partial(commands.edit, lead_label_id=lead_label_id, facts=call.body)))


@v1.route("DELETE", "/leadLabels/<uuid:lead_label_id>", missing=_MISSING, answer=DeletedByUuid)
def delete_lead_label(call: Call, lead_label_id: UUID) -> Any:
    """Give a label up."""
    call.execute(partial(commands.delete, lead_label_id=lead_label_id))
    return {"id": str(lead_label_id)}


def lead_label_answer(row: Row) -> dict[str, Any]:
    """A lead label as version 1 shows it."""
    return {
        "id": row["lead_label_id"],
        "name": row["name"],
        "color": row["color"],
        "add_time": with_milliseconds(row["add_time"]),
        "update_time": with_milliseconds(row["update_time"]),
    }
