"""Routes that convert a lead to a deal and revert a deal to a lead, with a reason."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, post_load, validate

from service.commands import conversions, placement
from service.http.call import Call
from service.http.fields import Id, Text
from service.http.ledger.values import Money
from service.http.problem_details import ledger
from service.http.time_fields import Day


class Reason(Schema):
    """Why somebody does it, in his own words."""

    reason = Text(1000, allow_none=True)


class DealToBe(Reason):
    """What the deal shall be like where it shall differ from the lead, where it shall stand, and why."""

    title = Text()
    value = fields.Nested(Money)
    owner_id = Id()
    pipeline_id = Id()
    stage_id = Id()
    expected_close_date = Day(allow_none=True)
    label_ids = fields.List(Id(), validate=validate.Length(max=100))

    @post_load
    def as_recorded(self, facts: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The facts in the domain's words."""
        if "label_ids" in facts:
            facts["label_ids"] = list(dict.fromkeys(facts["label_ids"]))
        value: dict[str, Any] = facts.pop("value", {})
        return facts | value


class Conversion(Schema):
    """What came of it: both identities, the form that is current now, and where the log tells of it."""

    conversion_id = fields.UUID(required=True)
    lead_id = fields.UUID(required=True)
    deal_id = fields.Integer(required=True)
    form = fields.String(required=True, validate=validate.OneOf(["deal", "lead"]))
    position = fields.Integer(required=True)


@ledger.route(
    "POST", "/leads/<uuid:lead_id>/convert", body=DealToBe, answer=Conversion, missing="there is no such lead"
)
def convert_lead(call: Call, lead_id: UUID) -> dict[str, Any]:
    """Confirm a lead: it becomes the deal it was before or a new one, which is there when this answers.

    Where the policy says that the lead is not ready yet, a reason is needed.
    """
    facts = call.facts(conversions.ConversionFacts)
    convert = partial(
        conversions.convert, lead_id=lead_id, facts=facts, place=placement.stage_for_strictly, is_advised=True
    )
    return asdict(call.execute(convert, call.body.get("reason")))


@ledger.route("POST", "/deals/<id:deal_id>/revert", body=Reason, answer=Conversion, missing="there is no such deal")
def revert_deal(call: Call, deal_id: int) -> dict[str, Any]:
    """Take a deal back to the inbox: it becomes the lead it was before or a new one, which is there at once."""
    return asdict(call.execute(partial(conversions.revert, deal_id=deal_id), call.body.get("reason")))
