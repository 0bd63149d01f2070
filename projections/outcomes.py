"""The table of outcomes: what became of each lead, whether converted, reverted, won or lost, at any position."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Boolean, Column, Index

from aggregates.deal import (
    DealAssigned,
    DealCreated,
    DealDeleted,
    DealEvent,
    DealLost,
    DealReopened,
    DealReturned,
    DealRevertedToLead,
    DealWon,
)
from aggregates.event import Event
from aggregates.lead import (
    LeadAssigned,
    LeadBecameReady,
    LeadConvertedToDeal,
    LeadCreated,
    LeadEvent,
    LeadReturned,
)
from aggregates.policy import READY
from projections.deals import DEALS
from projections.engine.rows import Row, Rows
from projections.engine.tables import Number, Restricted, SortableText, table_with_past

OUTCOMES = table_with_past(
    "outcomes",
    Column("lead_id", SortableText, primary_key=True),
    Column("source_name", SortableText, nullable=False),
    Column("channel", Number),
    Column("owner_id", Number, nullable=False),
    Column("came_at", SortableText, nullable=False),
    Column("cohort", SortableText, nullable=False),
    Column("status", SortableText, nullable=False),
    Column("was_ready", Boolean, nullable=False),
    Column("was_reverted", Boolean, nullable=False),
    Column("seconds_to_convert", Number),
    Column("policy_version", Number),
    Column("pipeline_id", Number),
    Column("rules_met", SortableText),
    indexes=[Index("outcomes_by_arrival", "came_at")],
    key=("lead_id",),
    restricted=Restricted({"lead_id": "subject_id"}),
)
"""Every lead that came in by a door, not those that began as deals, so that its id is its opportunity's, too.
``status`` is lead, open, won, lost or deleted (as a deal), ``cohort`` the month it came in, ``was_ready`` whether the
policy ever said so, ``seconds_to_convert`` the time until it first became a deal; by what policy and into which
pipeline that happened last, and the JSON list of rules that were met then, are told by newer events."""


def apply(rows: Rows, event: Event, position: int) -> None:
    """Let what happened to a lead, or to the deal it became, change what became of it."""
    match event:
        case LeadCreated(deal_id=None):
            rows.insert(OUTCOMES, position, _arrived(event))
        case LeadEvent() if (columns := _of_lead(event)) is not None:
            _change(rows, position, event.lead_id, columns)
        case DealEvent() if (columns := _of_deal(event)) is not None:
            deal = rows.current(DEALS, event.deal_id)
            if deal is not None and deal["lead_id"] is not None:
                _change(rows, position, deal["lead_id"], columns)


def _arrived(event: LeadCreated) -> Row:
    not_yet = dict.fromkeys(("seconds_to_convert", "policy_version", "pipeline_id", "rules_met"))
    return {
        **not_yet,
        "lead_id": event.lead_id,
        "source_name": event.source_name,
        "channel": event.channel,
        "owner_id": event.owner_id,
        "came_at": event.at,
        "cohort": event.at[: len("2026-01")],
        "status": "lead",
        "was_ready": False,
        "was_reverted": False,
    }


def _of_lead(event: LeadEvent) -> Row | None:
    match event:
        case LeadAssigned(owner_id=owner_id):
            return {"owner_id": owner_id}
        case LeadReturned(owner_id=owner_id):
            return {"owner_id": owner_id, "status": "lead"}
        case LeadBecameReady():
            return {"was_ready": True}
        case LeadConvertedToDeal(policy_version=version, pipeline_id=pipeline_id, rules_met=met):
            advice = {"policy_version": version, "rules_met": None if met is None else json.dumps(met)}
            readiness = {"was_ready": True} if event.verdict == READY else {}
            return {**advice, **readiness, "pipeline_id": pipeline_id, "status": "open", "converted_at": event.at}
        case _:
            return None


def _of_deal(event: DealEvent) -> Row | None:
    match event:
        case DealCreated(owner_id=owner_id) | DealAssigned(owner_id=owner_id) | DealReturned(owner_id=owner_id):
            return {"owner_id": owner_id}
        case DealWon():
            return {"status": "won"}
        case DealLost():
            return {"status": "lost"}
        case DealReopened():
            return {"status": "open"}
        case DealDeleted():
            return {"status": "deleted"}
        case DealRevertedToLead():
            return {"status": "lead", "was_reverted": True}
        case _:
            return None


def _change(rows: Rows, position: int, lead_id: str, columns: Row) -> None:
    """Begin a version only where something is different: most of what happens changes nothing here."""
    before = rows.current(OUTCOMES, lead_id)
    if before is None:
        return
    converted_at = columns.pop("converted_at", None)
    if converted_at is not None and before["seconds_to_convert"] is None:
        columns["seconds_to_convert"] = _seconds(before["came_at"], converted_at)
    if any(before[name] != value for name, value in columns.items()):
        rows.change(OUTCOMES, position, (lead_id,), **columns)


def _seconds(since: str, until: str) -> int:
    passed = datetime.fromisoformat(until) - datetime.fromisoformat(since)
    return int(passed.total_seconds())
