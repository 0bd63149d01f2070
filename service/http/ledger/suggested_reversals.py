"""Route of the deals that should go back to the inbox, with the reasons."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from marshmallow import Schema, fields, validate

from projections.engine.rows import Row
from service.http.call import Call
from service.http.fields import QueryId
from service.http.ledger.lists import List, behind, page, page_of
from service.http.ledger.values import Money, Named, named, value
from service.http.problem_details import ledger
from service.http.time_fields import Moment
from service.http.times import days_since
from service.readiness.reversal_reasons import REASONS, Reason, suggested


class SuggestionsQuery(List):
    """Which deals: all, or those of one pipeline."""

    pipeline_id = QueryId()


class ReversalReason(Schema):
    """What speaks for it: ``left_alone`` in the first stage for longer than deals may be, or ``no_interest``.

    Evidence is the last event of the opportunity, or the signal that denies interest.
    """

    reason = fields.String(required=True, validate=validate.OneOf(REASONS))
    words = fields.String(required=True)
    evidence = fields.List(fields.Dict(), required=True)


class SuggestedReversal(Schema):
    """An open deal that should be a lead again, and why."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    person = fields.Nested(Named, required=True, allow_none=True)
    organization = fields.Nested(Named, required=True, allow_none=True)
    owner = fields.Nested(Named, required=True)
    value = fields.Nested(Money, required=True, allow_none=True)
    pipeline_id = fields.Integer(required=True)
    stage_id = fields.Integer(required=True)
    days_in_stage = fields.Integer(required=True)
    update_time = Moment(required=True)
    reasons = fields.List(fields.Nested(ReversalReason), required=True)


@ledger.route(
    "GET", "/deals/suggested-reversals", query=SuggestionsQuery, answer=page_of(SuggestedReversal), has_past=True
)
def get_suggested_reversals(call: Call) -> dict[str, Any]:
    """Open deals that should go back to the inbox, each with the reasons; whoever takes one back has them recorded."""
    limit, pipeline_id, now = call.query["limit"], call.query.get("pipeline_id"), call.time.now()
    name = ("suggested-reversals", pipeline_id or 0)
    after = behind(call.query["cursor"], name)
    with call.reading() as reading:
        found = suggested(reading, pipeline_id=pipeline_id, now=now, after=after[0] if after else 0, limit=limit)
    return page(found, limit, name, partial(_item, now=now), lambda item: (item[0]["deal_id"],))


def _item(item: tuple[Row, list[Reason]], now: datetime) -> dict[str, Any]:
    deal, reasons = item
    return {
        "id": deal["deal_id"],
        "title": deal["title"],
        "person": named(deal["person_id"], deal["person_name"]),
        "organization": named(deal["organization_id"], deal["organization_name"]),
        "owner": named(deal["owner_id"], deal["owner_name"]),
        "value": value(deal["amount"], deal["currency"]),
        "pipeline_id": deal["pipeline_id"],
        "stage_id": deal["stage_id"],
        "days_in_stage": days_since(deal["stage_change_time"], now),
        "update_time": deal["update_time"],
        "reasons": [_reason(reason) for reason in reasons],
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {"reason": reason.reason, "words": reason.words, "evidence": list(reason.evidence)}
