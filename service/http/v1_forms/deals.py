"""Deals in version 1 of the wire (version 1's reference 3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from operator import eq
from typing import Any

from marshmallow import fields, post_load, validate

from aggregates.currencies import CURRENCIES
from projections.deal_lists import LIVING
from projections.deals import DEALS
from projections.engine.rows import Row
from service.clock import timestamp
from service.commands import deals as commands
from service.http.call import Call
from service.http.fields import Amount, Flag, Offset, QueryFlag, Refused, Text
from service.http.json import money
from service.http.loose_fields import LabelIds
from service.http.permitted_users import serve_permitted_users
from service.http.times import classic
from service.http.v1_forms.agenda_fields import AGENDA, NEXT_ACTIVITY, NEXT_TOLD
from service.http.v1_forms.forms import TEXT_OR_NULL, Body, form_of, older, serve_as
from service.http.v1_forms.offset_lists import Compared, serve_offset_list
from service.http.v1_forms.references import NAMES, as_number, as_object, is_hidden, referring, says
from service.http.v2 import deals as v2
from service.http.v2.usual_fields import with_whole_agendas
from service.http.wire_fields import WireField, always_null
from service.ledger.ledger import Transaction

_DATED = Refused("a deal is dated by when it was added here")


class DealBody(Body):
    """What commands know in other words."""

    lacking = "Deal title must be given."

    @post_load
    def in_our_words(self, facts: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The facts; a stage decides about the pipeline, and the status ``deleted`` says that the deal is."""
        unsaid = {"pipeline_id"} if "stage_id" in facts else set()
        if facts.get("status") == "deleted":
            unsaid, facts = unsaid | {"status"}, {**facts, "is_deleted": True}
        return {name: value for name, value in facts.items() if name not in unsaid}


class StatusQuery(Offset):
    """Deals of which status."""

    status = fields.String(
        load_default="all_not_deleted", validate=validate.OneOf(["all_not_deleted", "deleted", *LIVING])
    )

    @post_load
    def with_statuses(self, query: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The query with the list of statuses that it means."""
        return {**query, "status": LIVING if query["status"] == "all_not_deleted" else (query["status"],)}


class DealsQuery(StatusQuery):
    """Which deals, in which order."""

    filter_id = Refused("there are no filters yet")
    owned_by_you = QueryFlag()


def _own(call: Call) -> Sequence[Compared]:
    return [("owner_id", eq, call.user.user_id)] if call.query.get("owned_by_you") else []


def _status(row: Row) -> Any:
    return "deleted" if v2.is_deleted(row) else row["status"]


def _stage_change(row: Row) -> str | None:
    return None if row["stage_change_time"] == row["add_time"] else classic(row["stage_change_time"])


def _rotten_time(row: Row) -> str | None:
    """When an open deal has been left alone for as long as its stage allows."""
    stage = row["stage_id"].row
    days = stage["days_to_rotten"] if stage["is_deal_rot_enabled"] and _status(row) == "open" else None
    return None if days is None else classic(timestamp(datetime.fromisoformat(row["update_time"]) + timedelta(days)))


def _likelihood(row: Row) -> Any:
    """How likely the deal is won, in per cent: certain where its pipeline has no probabilities."""
    if not row["pipeline_id"].row["is_deal_probability_enabled"]:
        return 100
    own, usual = row["probability"], row["stage_id"].row["deal_probability"]
    return usual if own is None else own


def formatted(minor: int, currency: str, finer: int = 0) -> str:
    """An amount as people read it: ``€1,500`` or ``€12.50``."""
    known = CURRENCIES[currency]
    whole, rest = divmod(abs(minor), 10 ** (known.exponent + finer))
    cents = f".{rest:0{known.exponent + finer}}"[: known.exponent + 1] if rest and known.exponent else ""
    return f"{'-' if minor < 0 else ''}{known.symbol}{whole:,}{cents}"


def _weighted(row: Row) -> tuple[int, str, int]:
    """The value of a deal times how likely it is won: so many hundredths of its currency's smallest coins."""
    return row["amount"] * _likelihood(row), row["currency"], 2


def _label(stored: str) -> str | None:
    return stored[1:-1].replace(" ", "") or None


def _completed(call: Call, rows: list[Row]) -> list[Row]:
    return with_whole_agendas(call, v2.with_currency(call, rows), "opportunity_id", NEXT_TOLD)


DEAL = form_of(
    v2.DEAL,
    __name__,
    (
        "id",
        as_object(older(v2.DEAL, "creator_user_id")),
        as_object(older(v2.DEAL, "owner_id", "user_id")),
        as_object(older(v2.DEAL, "person_id")),
        as_object(older(v2.DEAL, "org_id")),
        as_number(older(v2.DEAL, "stage_id")),
        as_number(older(v2.DEAL, "pipeline_id")),
        "title",
        replace(older(v2.DEAL, "value"), sorts="amount"),
        "currency",
        WireField("add_time", _DATED, TEXT_OR_NULL, convert=classic, sorts="add_time"),
        "update_time",
        WireField("stage_change_time", shows=TEXT_OR_NULL, source=_stage_change, sorts="stage_change_time"),
        WireField("active", shows=Flag(), source=lambda row: _status(row) == "open"),
        WireField("deleted", shows=Flag(), source=v2.is_deleted),
        "is_archived archive_time",
        WireField("status", fields.String(validate=validate.OneOf(["deleted", *LIVING])), source=_status),
        "probability lost_reason close_time won_time first_won_time lost_time expected_close_date visible_to",
        WireField("label", LabelIds(), TEXT_OR_NULL, source="label_ids", convert=_label),
        "origin",
        replace(older(v2.DEAL, "origin_id"), takes=Text(allow_none=True), in_body="new"),
        "channel channel_id",
        *(name for each in ("acv", "arr", "mrr") for name in (each, always_null(f"{each}_currency", fields.String))),
        *AGENDA,
        *NEXT_ACTIVITY,
        "products_count files_count followers_count email_messages_count participants_count",
        "last_incoming_mail_time last_outgoing_mail_time",
        WireField("stage_order_nr", shows=fields.Integer(), source=says("stage_id", "order_nr")),
        "person_name org_name owner_name",
        WireField(
            "formatted_value", shows=fields.String(), source=lambda row: formatted(row["amount"], row["currency"])
        ),
        WireField("weighted_value", shows=Amount(), source=lambda row: money(*_weighted(row))),
        WireField("weighted_value_currency", shows=fields.String(), source="currency"),
        WireField("formatted_weighted_value", shows=fields.String(), source=lambda row: formatted(*_weighted(row))),
        WireField("rotten_time", shows=TEXT_OR_NULL, source=_rotten_time),
        "cc_email",
        is_hidden("org_hidden", "organization_id"),
        is_hidden("person_hidden", "person_id"),
    ),
    NAMES,
    **referring(
        *("owner_id", "creator_id", "person_id", "organization_id", "stage_id", "pipeline_id"),
        complete=_completed,
        needs=v2.DEAL.needs,
    ),
    body=DealBody,
)


def _also_deleting(command: Callable[..., Row]) -> Callable[..., Row]:
    """A command, behind which a deal is thrown away where the client says that it is deleted."""

    def carry_out(tx: Transaction, *said: Any) -> Row:
        row = command(tx, *said)
        if not said[-1].get("is_deleted"):
            return row
        commands.delete(tx, row["deal_id"])
        return tx.row(DEALS, row["deal_id"])

    return carry_out


serve_offset_list(
    DEAL, "Deals that are not archived, won and lost ones too.", partial(v2.listed, is_archived=False), DealsQuery, _own
)
serve_as(
    DEAL,
    v2.DEAL,
    status=201,
    get=None,
    add=_also_deleting(commands.add),
    update=_also_deleting(commands.edit),
    delete_many="Throw deals away.",
)
serve_permitted_users(DEAL)
