"""Routes that record signals of leads and deals, and list them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, fields
from sqlalchemy import Table

from aggregates.refusals import UnknownReference
from aggregates.signal import FREE_KIND, KINDS, LONGEST_KIND, check_kind
from projections.deals import DEALS
from projections.engine.rows import Row
from projections.leads import LEADS
from projections.names import names_of
from projections.signals import SIGNALS, signals_of
from projections.users import USERS
from service.commands import signals
from service.http.call import Call
from service.http.fields import Flag, Text
from service.http.json import raw
from service.http.ledger.lists import List, behind, page, page_of
from service.http.ledger.values import Named, named
from service.http.problem_details import ledger
from service.http.time_fields import Moment
from service.ledger.ledger import Transaction
from service.text import BadText

LARGEST_EVIDENCE = 10_000
"""Bytes of JSON in UTF-8."""


class SignalKind(Text):
    """A kind of signal: one of those that mean something to the policy, or ``x_`` and a name of one's own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(LONGEST_KIND, **options)

    @property
    def pattern(self) -> str:
        """What fits any kind."""
        return f"^({'|'.join(KINDS)}|{FREE_KIND.pattern})$"

    def _by_rule(self, given: str) -> str:
        kind = super()._by_rule(given)
        try:
            check_kind(kind)
        except UnknownReference as unknown:
            raise BadText(str(unknown)) from None
        return kind


class Evidence(fields.Dict):
    """Any JSON object of a bounded size: what was seen, where and by whom. Numbers with a point are kept as text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(keys=fields.String(), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> dict[str, Any]:
        deserialize: Callable[..., Any] = super()._deserialize  # which ``fields.Dict`` leaves without types
        evidence: dict[str, Any] = _plain(deserialize(value, attr, data, **options))
        if len(json.dumps(evidence, ensure_ascii=False).encode()) > LARGEST_EVIDENCE:
            raise ValidationError(f"it must not be larger than {LARGEST_EVIDENCE} bytes")
        return evidence


class NewSignal(Schema):
    """A fact that was learned; ``interest`` says whether interest was shown, ``external_id`` makes it known once."""

    kind = SignalKind(required=True)
    occurred_at = Moment()
    interest = Flag(allow_none=True)
    evidence = Evidence()
    external_id = Text()


class Signal(Schema):
    """A fact that was learned of an opportunity, when it happened, and who recorded it when (null: the system)."""

    id = fields.UUID(required=True)
    opportunity_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    interest = Flag(required=True, allow_none=True)
    evidence = fields.Dict(required=True)
    occurred_at = Moment(required=True)
    external_id = fields.String(required=True, allow_none=True)
    recorded_at = Moment(required=True)
    who = fields.Nested(Named, required=True, allow_none=True)


SignalPage = page_of(Signal)


@ledger.route(
    "POST",
    "/leads/<uuid:lead_id>/signals",
    body=NewSignal,
    answer=Signal,
    status=201,
    missing="there is no such lead",
)
def add_lead_signal(call: Call, lead_id: UUID) -> Any:
    """Record what was learned of a lead; reported again under its external id it stays one signal."""
    return _record(call, partial(signals.record_on_lead, lead_id=lead_id, facts=call.body))


@ledger.route(
    "POST", "/deals/<id:deal_id>/signals", body=NewSignal, answer=Signal, status=201, missing="there is no such deal"
)
def add_deal_signal(call: Call, deal_id: int) -> Any:
    """Record what was learned of a deal; reported again under its external id it stays one signal."""
    return _record(call, partial(signals.record_on_deal, deal_id=deal_id, facts=call.body))


@ledger.route(
    "GET",
    "/leads/<uuid:lead_id>/signals",
    query=List,
    answer=SignalPage,
    missing="there is no such lead",
    has_past=True,
)
def get_lead_signals(call: Call, lead_id: UUID) -> dict[str, Any]:
    """What was learned of a lead, in both of its forms, the last first."""
    return _page(call, LEADS, str(lead_id))


@ledger.route(
    "GET", "/deals/<id:deal_id>/signals", query=List, answer=SignalPage, missing="there is no such deal", has_past=True
)
def get_deal_signals(call: Call, deal_id: int) -> dict[str, Any]:
    """What was learned of a deal, in both of its forms, the last first."""
    return _page(call, DEALS, deal_id)


def _record(call: Call, record: Callable[[Transaction], Row]) -> Any:
    return call.execute(lambda tx: record(tx)["signal_id"], _recorded)


def _recorded(call: Call, signal_id: str) -> dict[str, Any]:
    row = call.row_left(SIGNALS, signal_id)
    with call.reading() as reading:
        return signal_answer(row, names_of(reading, USERS, [row["recorded_by"]]))


def _page(call: Call, table: Table, key: Any) -> dict[str, Any]:
    limit = call.query["limit"]
    with call.reading() as reading:
        opportunity_id = signals.opportunity_id(reading, table, key)
        name = ("signals", opportunity_id)
        after = behind(call.query["cursor"], name)
        found = signals_of(reading, opportunity_id, after=after[0] if after else None, limit=limit)
        names = names_of(reading, USERS, (row["recorded_by"] for row in found))
    return page(found, limit, name, partial(signal_answer, names=names), lambda row: (row["valid_from"],))


def signal_answer(row: Row, names: Mapping[int, str]) -> dict[str, Any]:
    """A signal as our own interface shows it."""
    return {
        "id": row["signal_id"],
        "opportunity_id": row["opportunity_id"],
        "kind": row["kind"],
        "interest": row["interest"],
        "evidence": raw(row["evidence"]),
        "occurred_at": row["occurred_at"],
        "external_id": row["external_id"],
        "recorded_at": row["recorded_at"],
        "who": named(row["recorded_by"], names.get(row["recorded_by"])),
    }


def _plain(value: Any) -> Any:
    """A value as events may hold it: no fractions."""
    match value:
        case Decimal():
            return str(value)
        case dict():
            return {name: _plain(item) for name, item in value.items()}
        case list():
            return list(map(_plain, value))
    return value
