"""The tables of deals and of what stands in each stage, and how events change them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column

from aggregates.deal import (
    DealArchived,
    DealAssigned,
    DealCreated,
    DealDeleted,
    DealEdited,
    DealEstimated,
    DealEvent,
    DealLabelled,
    DealLost,
    DealMovedToStage,
    DealReopened,
    DealReturned,
    DealRevertedToLead,
    DealUnarchived,
    DealWon,
)
from aggregates.event import Event
from aggregates.signal import SignalRecorded
from projections import board_changes
from projections.details import derived_columns, details_columns
from projections.engine.buckets import EVENT_TIME
from projections.engine.erasing import PERSONAL_TEXT
from projections.engine.read_model import as_json
from projections.engine.rows import Row, Rows
from projections.engine.tables import (
    OF_OPPORTUNITY,
    Number,
    Small,
    SortableText,
    current_index,
    ended_by,
    first_index,
    order_indexes,
    table_with_past,
)
from projections.places import ARCHIVE, DELETED, PIPELINE, REVERTED
from projections.signals import LATEST_SIGNALS, disinterest, latest

DEALS = table_with_past(
    "deals",
    Column("deal_id", Number, primary_key=True, autoincrement=False),
    Column("opportunity_id", SortableText, nullable=False),
    Column("place", SortableText, nullable=False),
    Column("status", SortableText, nullable=False),
    Column("title", SortableText, nullable=False, info=PERSONAL_TEXT),
    Column("title_folded", SortableText, nullable=False, info=PERSONAL_TEXT),
    Column("owner_id", Number, nullable=False),
    Column("creator_id", Number),
    Column("person_id", Number),
    Column("organization_id", Number),
    Column("pipeline_id", Number, nullable=False),
    Column("stage_id", Number, nullable=False),
    Column("label_ids", SortableText, nullable=False),
    Column("follower_ids", SortableText, nullable=False),
    Column("amount", Number, nullable=False),
    Column("currency", SortableText),
    Column("probability", Small),
    Column("lost_reason", SortableText, info=PERSONAL_TEXT),
    Column("expected_close_date", SortableText),
    Column("visible_to", Small, nullable=False),
    Column("origin", SortableText, nullable=False),
    Column("origin_id", SortableText, info=PERSONAL_TEXT),
    Column("channel", Number),
    Column("channel_id", SortableText, info=PERSONAL_TEXT),
    Column("lead_id", SortableText),
    Column("created_position", Number, nullable=False),
    Column("edited_position", Number, nullable=False),
    Column("add_time", SortableText, nullable=False, info=EVENT_TIME),
    Column("update_time", SortableText, nullable=False, info=EVENT_TIME),
    Column("stage_change_time", SortableText, nullable=False),
    Column("won_time", SortableText),
    Column("first_won_time", SortableText),
    Column("lost_time", SortableText),
    Column("close_time", SortableText),
    Column("archive_time", SortableText),
    Column("is_interest_denied", Boolean, nullable=False),
    indexes=[
        *order_indexes("deals_by_id", ["place"], "deal_id"),
        *order_indexes("deals_by_creation", ["place"], "add_time", "deal_id"),
        *order_indexes("deals_by_update", ["place"], "update_time", "deal_id"),
        current_index("deals_by_status", "place", "status", "deal_id"),
        current_index("deals_by_pipeline", "pipeline_id", "place", "deal_id"),
        current_index("deals_by_stage", "stage_id", "place", "deal_id"),
        *order_indexes("deals_by_stage_and_status", ["stage_id", "place", "status"], "deal_id"),
        *order_indexes("deals_by_owner", ["owner_id", "place"], "deal_id"),
        current_index("deals_by_person", "person_id", "place", "deal_id"),
        current_index("deals_by_organization", "organization_id", "place", "deal_id"),
        current_index("deals_by_opportunity", "opportunity_id"),
        *order_indexes("deals_without_interest", ["place", "status"], "deal_id", only=("is_interest_denied", True)),
        first_index("deals_first", "deal_id"),
    ],
    ended=[
        ended_by("deals_ended_by_person", "person_id"),
        ended_by("deals_ended_by_organization", "organization_id"),
        ended_by("deals_ended_by_opportunity", "opportunity_id"),
    ],
    key=("deal_id",),
    restricted=OF_OPPORTUNITY,
)
"""Every deal there ever was. ``place`` says where it is: pipeline, archive, lead (taken back) or deleted;
``amount`` counts its currency's smallest coin (0 where there is no currency), and ``lead_id`` is the lead it
was or is. ``is_interest_denied`` says that the last signal that tells of interest denies it, which is no edit:
``edited_position`` is the position of the last event that is one (`Event.is_edit`)."""

STAGE_TOTALS = table_with_past(
    "stage_totals",
    Column("stage_id", Number, primary_key=True, autoincrement=False),
    Column("currency", SortableText, primary_key=True),
    Column("deals", Number, nullable=False),
    Column("amount", Number, nullable=False),
    Column("amount_by_stage", Number, nullable=False),
    Column("amount_by_deal", Number, nullable=False),
    indexes=[current_index("stage_totals_now", "stage_id", "currency")],
    key=("stage_id", "currency"),
)
"""What the open deals on the board add up to, per stage and currency ("" where a deal names none).

``amount_by_stage`` is the part weighted by the stage's probability; ``amount_by_deal`` the rest, each
amount already multiplied by its deal's own per cent.
"""


def apply(rows: Rows, event: Event, position: int) -> None:
    """Let a deal's event change its row, and what its stage adds up to; a signal may deny interest, or show it."""
    if isinstance(event, SignalRecorded) and event.deal_id is not None:
        _tell_interest(rows, event.deal_id, event.opportunity_id, position)
    if not isinstance(event, DealEvent):
        return
    before = rows.current(DEALS, event.deal_id) if not isinstance(event, DealCreated) else None
    if isinstance(event, DealCreated):
        rows.insert(DEALS, position, _entered(rows, event, position))
    elif before is not None and (columns := _changes(event, before)) is not None:
        before = dict(before)
        if event.is_edit:
            columns["edited_position"] = position
        rows.change(DEALS, position, (event.deal_id,), update_time=event.at, **columns)
    _recount(rows, event, position, before, rows.current(DEALS, event.deal_id))


def _tell_interest(rows: Rows, deal_id: int, opportunity_id: str, position: int) -> None:
    deal, is_denied = rows.current(DEALS, deal_id), _is_interest_denied(rows, opportunity_id)
    if deal is not None and deal["is_interest_denied"] != is_denied:
        rows.change(DEALS, position, (deal_id,), is_interest_denied=is_denied)


def _is_interest_denied(rows: Rows, opportunity_id: str) -> bool:
    return disinterest(latest(rows.current(LATEST_SIGNALS, opportunity_id))) is not None


def _entered(rows: Rows, event: DealCreated, position: int) -> Row:
    unset = dict.fromkeys(("lost_reason", "won_time", "first_won_time", "lost_time", "close_time", "archive_time"))
    return {
        **unset,
        **details_columns(event),
        "deal_id": event.deal_id,
        "opportunity_id": event.opportunity_id,
        "place": PIPELINE,
        "status": "open",
        "creator_id": event.by,
        "pipeline_id": event.pipeline_id,
        "stage_id": event.stage_id,
        "label_ids": as_json(event.label_ids),
        "follower_ids": "[]",
        "probability": event.probability,
        "origin": event.origin,
        "origin_id": event.origin_id,
        "lead_id": event.lead_id,
        "created_position": position,
        "edited_position": position,
        "add_time": event.at,
        "update_time": event.at,
        "stage_change_time": event.at,
        "is_interest_denied": event.lead_id is not None and _is_interest_denied(rows, event.opportunity_id),
    }


def _changes(event: DealEvent, before: Row) -> Row | None:
    match event:
        case DealEdited(changes=changes):
            return {**changes, **derived_columns(changes)}
        case DealAssigned(owner_id=owner_id):
            return {"owner_id": owner_id}
        case DealLabelled(label_ids=label_ids):
            return {"label_ids": as_json(label_ids)}
        case DealEstimated(probability=probability):
            return {"probability": probability}
        case DealMovedToStage():
            return _placed(event)
        case DealWon(won_at=won_at):
            won = won_at or event.at
            return {**_REOPENED, "status": "won", "won_time": won, "close_time": won} | {
                "first_won_time": before["first_won_time"] or won
            }
        case DealLost(lost_reason=reason, lost_at=lost_at):
            lost = lost_at or before["lost_time"] or event.at
            return {
                **_REOPENED,
                "status": "lost",
                "lost_time": lost,
                "close_time": lost,
                "lost_reason": reason,
            }
        case DealReopened():
            return dict(_REOPENED)
        case DealArchived(archived_at=archived_at):
            return {"place": ARCHIVE, "archive_time": archived_at or event.at}
        case DealUnarchived():
            return {"place": PIPELINE, "archive_time": None}
        case DealDeleted():
            return {"place": DELETED}
        case DealRevertedToLead(lead_id=lead_id):
            return {"place": REVERTED, "lead_id": lead_id}
        case DealReturned():
            details = details_columns(event)
            return {**details, **_REOPENED, **_placed(event), "place": PIPELINE, "archive_time": None}
        case _:
            return None


_REOPENED: Row = {
    "status": "open",
    "won_time": None,
    "lost_time": None,
    "close_time": None,
    "lost_reason": None,
}


def _placed(event: DealMovedToStage | DealReturned) -> Row:
    return {
        "pipeline_id": event.pipeline_id,
        "stage_id": event.stage_id,
        "stage_change_time": event.at,
    }


def _recount(rows: Rows, event: DealEvent, position: int, before: Row | None, after: Row | None) -> None:
    counted, counts = _counts(before), _counts(after)
    if counted == counts:
        return
    board_changes.keep(rows, event, position, counted and before, counts and after)
    for sign, row in ((-1, counted), (1, counts)):
        if row is not None:
            _add_to_total(rows, position, sign, row)


def _counts(deal: Row | None) -> Row | None:
    if deal is None or deal["place"] != PIPELINE or deal["status"] != "open":
        return None
    amount, probability = deal["amount"], deal["probability"]
    return {
        "stage_id": deal["stage_id"],
        "currency": deal["currency"] or "",
        "deals": 1,
        "amount": amount,
        "amount_by_stage": amount if probability is None else 0,
        "amount_by_deal": 0 if probability is None else amount * probability,
    }


_SUMMED = ("deals", "amount", "amount_by_stage", "amount_by_deal")


def _add_to_total(rows: Rows, position: int, sign: int, row: Row) -> None:
    key = (row["stage_id"], row["currency"])
    total = rows.current(STAGE_TOTALS, *key)
    if total is None:
        rows.insert(STAGE_TOTALS, position, {**row, **{name: sign * row[name] for name in _SUMMED}})
    else:
        summed = {name: total[name] + sign * row[name] for name in _SUMMED}
        rows.change(STAGE_TOTALS, position, key, **summed)
