"""Routes that convert a lead to a deal and revert a deal to a lead, with a reason."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, post_load, validate

from service.commands import conversions
from service.http.call import Call
from service.http.fields import Id, Text
from service.http.ledger.values import Money, as_facts
from service.http.problem_details import ledger
from service.http.time_fields import Day


class Reason(Schema):
    """The client's reason, as free text."""

    reason = Text(1000, allow_none=True)


class DealToBe(Reason):
    """What the deal has instead of what the lead has, the stage it stands in, and the client's reason."""

    title = Text()
    value = fields.Nested(Money)
    owner_id = Id()
    pipeline_id = Id()
    stage_id = Id()
    expected_close_date = Day(allow_none=True)
    label_ids = fields.List(Id(), validate=validate.Length(max=100))

    @post_load
    def as_facts(self, facts: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The facts as commands take them."""
        return as_facts(facts)


class Conversion(Schema):
    """A conversion or a reversal: the ids of both forms, the one that is current now, and the last event's position."""

    conversion_id = fields.UUID(required=True)
    lead_id = fields.UUID(required=True)
    deal_id = fields.Integer(required=True)
    form = fields.String(required=True, validate=validate.OneOf(["deal", "lead"]))
    position = fields.Integer(required=True)


@ledger.route(
    "POST", "/leads/<uuid:lead_id>/convert", body=DealToBe, answer=Conversion, missing="there is no such lead"
)
def convert_lead(call: Call, lead_id: UUID) -> Any:
    """Convert a lead to the deal that it was before, else to a new one; it can be read as soon as this answers.

    If the policy calls the lead not ready, a reason is needed.
    """
    facts = call.facts(conversions.ConversionFacts)
    convert = partial(conversions.convert, lead_id=lead_id, facts=facts, is_strict=True, needs_reason=True)
    reason, foresight = call.body.get("reason"), conversions.foresight(lead_id)
    return call.execute(lambda tx: asdict(convert(tx)), _as_told, reason, foresight=foresight)


@ledger.route("POST", "/deals/<id:deal_id>/revert", body=Reason, answer=Conversion, missing="there is no such deal")
def revert_deal(call: Call, deal_id: int) -> Any:
    """Revert a deal to the lead that it was before, else to a new one; it can be read as soon as this answers."""
    return call.execute(lambda tx: asdict(conversions.revert(tx, deal_id)), _as_told, call.body.get("reason"))


def _as_told(call: Call, conversion: dict[str, Any]) -> dict[str, Any]:
    return conversion
