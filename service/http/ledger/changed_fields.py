"""The fields that an event changed, as answers tell them: from what to what."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from projections.differences import Amount
from projections.field_changes import FieldChange
from service.http.ledger.values import value


class ChangedField(Schema):
    """A field that an event changed, and what it said before and since; null where it said nothing."""

    field = fields.String(required=True)
    before = fields.Raw(required=True, allow_none=True)
    after = fields.Raw(required=True, allow_none=True)


def shown_change(change: FieldChange) -> dict[str, Any]:
    """A change as `ChangedField` describes it."""
    return {"field": change.field, "before": shown_fact(change.before), "after": shown_fact(change.after)}


def shown_fact(fact: Any) -> Any:
    """What a field says, in JSON: an amount with its currency."""
    return value(*fact) if isinstance(fact, Amount) else fact
