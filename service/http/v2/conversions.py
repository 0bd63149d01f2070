"""Converts leads into deals and deals back into leads, in version 2 of the wire (wire reference 3)."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from projections.conversions import conversion
from service.commands import conversions
from service.http.call import Call
from service.http.errors import NotFound
from service.http.family import Answer
from service.http.fields import Id
from service.http.pipedrive import v2

_MISSING = "Entity was not found"


class Placement(Schema):
    """Where the deal shall stand; a stage decides and with it the pipeline."""

    stage_id = Id()
    pipeline_id = Id()


class Begun(Schema):
    """A conversion, by the id to ask for its status with."""

    conversion_id = fields.UUID(required=True)


class Status(Begun):
    """What became of a conversion or a reversal, and what it made: a deal or a lead."""

    status = fields.String(required=True)
    deal_id = fields.Integer()
    lead_id = fields.UUID()


@v2.route("POST", "/leads/<uuid:lead_id>/convert/deal", body=Placement, missing=_MISSING, answer=Begun)
def convert_lead_to_deal(call: Call, lead_id: UUID) -> Any:
    """Confirm a lead; the deal is there when this answers."""
    convert = partial(conversions.convert, lead_id=lead_id, facts=call.facts(conversions.ConversionFacts))
    foresight = conversions.foresight(lead_id)
    return call.execute(lambda tx: convert(tx).conversion_id, _begun, foresight=foresight)


@v2.route("POST", "/deals/<id:deal_id>/convert/lead", body=Schema, missing=_MISSING, answer=Begun)
def convert_deal_to_lead(call: Call, deal_id: int) -> Any:
    """Take a deal back to the inbox; the lead is there when this answers."""
    return call.execute(lambda tx: conversions.revert(tx, deal_id).conversion_id, _begun)


@v2.route(
    "GET",
    "/leads/<uuid:lead_id>/convert/status/<uuid:conversion_id>",
    missing=_MISSING,
    answer=Status,
    has_tag=True,
    has_past=True,
)
def get_lead_conversion_status(call: Call, lead_id: UUID, conversion_id: UUID) -> Answer:
    """What became of a conversion: it was completed before anybody could ask."""
    return _status(call, conversion_id, "deal", "lead_id", str(lead_id))


@v2.route(
    "GET",
    "/deals/<id:deal_id>/convert/status/<uuid:conversion_id>",
    missing=_MISSING,
    answer=Status,
    has_tag=True,
    has_past=True,
)
def get_deal_conversion_status(call: Call, deal_id: int, conversion_id: UUID) -> Answer:
    """What became of a reversal: it was completed before anybody could ask."""
    return _status(call, conversion_id, "lead", "deal_id", deal_id)


def _begun(call: Call, conversion_id: str) -> Answer:
    return Answer({"conversion_id": conversion_id}, {"additional_data": None})


def _status(call: Call, conversion_id: UUID, form: str, source: str, source_id: Any) -> Answer:
    with call.reading() as reading:
        found = conversion(reading, str(conversion_id))
    if found is None or found["form"] != form or found[source] != source_id:
        raise NotFound(_MISSING)
    call.tag(found["position"])
    made = f"{form}_id"
    status = {"conversion_id": found["conversion_id"], "status": "completed", made: found[made]}
    return Answer(status, {"additional_data": None})
