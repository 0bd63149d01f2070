"""Deals in version 2 of the wire (wire reference 4.1, 4.2)."""

from __future__ import annotations

from functools import partial
from typing import Any

from marshmallow import fields, validate

from projections import deal_lists
from projections.deal_lists import LIVING
from projections.deals import DEALS
from projections.engine.pages import Part
from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.places import DELETED, REVERTED
from service.clock import timestamp
from service.commands import deals as commands
from service.http import found_fields
from service.http.answer_time import AnswerTime
from service.http.call import Call
from service.http.family import Answer
from service.http.fields import Amount, Flag, Id, Listed, Page, QueryId, Refused, Text, Whole
from service.http.followers import serve_followers
from service.http.json import money
from service.http.operations import serve_add, serve_delete, serve_get, serve_update
from service.http.pipedrive import v2
from service.http.resource import DELETED_STAY, Resource, row_or_404
from service.http.search import Search, SearchedFields
from service.http.time_fields import Day, Moment
from service.http.v2 import usual_fields as usual
from service.http.v2.lists import Finding, ListQuery, Shown, list_query, page, serve_search
from service.http.wire_fields import Constant, WireField, always_null

_DELETED_OTHERWISE = Refused("a deal is deleted by DELETE /api/v2/deals/{id}, not by a field")


class DealsQuery(ListQuery):
    """Which deals, in which order."""

    status = Listed(fields.String(validate=validate.OneOf([*LIVING, "deleted"])), load_default=LIVING)


class ArchivedDealsQuery(DealsQuery):
    """As for all other deals, but their labels stay ids."""

    class Meta:
        """What is left out."""

        exclude = ("include_option_labels", "include_labels")


class DealSearch(Search, Page):
    """What to look for in deals."""

    searched = SearchedFields("notes", "title")
    person_id = QueryId()
    organization_id = QueryId()
    status = fields.String(validate=validate.OneOf(LIVING))


def is_deleted(row: Row) -> bool:
    """Whether a deal was thrown away or is a lead at present: the wire calls both deleted (wire reference 3.2)."""
    return row["place"] in (DELETED, REVERTED)


def _readable(row: Row | None, time: AnswerTime) -> Row:
    return row_or_404(None if row is None else {**row, "is_deleted": is_deleted(row)}, time)


def with_currency(call: Call, rows: list[Row]) -> list[Row]:
    """The rows; a deal without a value is worth 0 of the caller's currency."""
    nothing = {"amount": 0, "currency": call.user.default_currency}
    return [row | nothing if row["currency"] is None else row for row in rows]


def _value(row: Row) -> Any:
    return money(row["amount"], row["currency"])


def _source_lead(row: Row) -> str | None:
    return None if row["place"] == REVERTED else row["lead_id"]


def _completed(call: Call, rows: list[Row]) -> list[Row]:
    return usual.with_agendas(call, with_currency(call, rows), "opportunity_id")


DEAL = Resource(
    __name__,
    v2,
    noun="a deal",
    plural="deals",
    missing="Deal not found",
    table=DEALS,
    wire_fields=(
        usual.id_of("deal_id"),
        WireField("title", Text(), needed=True),
        WireField("creator_user_id", shows=fields.Integer(allow_none=True), source="creator_id"),
        usual.OWNER_ID,
        WireField("person_id", Id(allow_none=True), filters=QueryId()),
        WireField("org_id", Id(allow_none=True), source="organization_id", filters=QueryId()),
        WireField("pipeline_id", Id(), filters=QueryId()),
        WireField("stage_id", Id(), filters=QueryId()),
        WireField("value", Amount(), source=_value, fact="amount"),
        WireField("currency", fields.String(validate=validate.Length(equal=3))),
        WireField("status", fields.String(validate=validate.OneOf(LIVING))),
        WireField("probability", Whole(0, 100, allow_none=True)),
        WireField("lost_reason", Text(allow_none=True)),
        WireField("won_time", Moment(allow_none=True)),
        WireField("lost_time", Moment(allow_none=True)),
        WireField("close_time", Moment(allow_none=True)),
        WireField("stage_change_time", shows=Moment()),
        usual.ADD_TIME,
        usual.UPDATE_TIME,
        WireField("expected_close_date", Day(allow_none=True)),
        WireField("is_deleted", _DELETED_OTHERWISE, Flag(), source=is_deleted),
        WireField("is_archived", Flag(), source=lambda row: row["archive_time"] is not None),
        WireField("archive_time", Moment(allow_none=True)),
        WireField("label_ids", usual.Labels(Id()), fields.List(fields.Integer())),
        usual.VISIBLE_TO,
        WireField("origin", shows=fields.String()),
        WireField("origin_id", shows=fields.String(allow_none=True)),
        WireField("channel", Id(allow_none=True)),
        WireField("channel_id", Text(allow_none=True)),
        always_null("acv", Amount),
        always_null("arr", Amount),
        always_null("mrr", Amount),
        usual.CUSTOM_FIELDS,
        *usual.AGENDA,
        *usual.numbers_on_request(("products_count", "files_count"), Constant(0)),
        usual.FOLLOWERS_COUNT,
        *usual.numbers_on_request(("email_messages_count", "participants_count"), Constant(0)),
        always_null("last_incoming_mail_time", Moment, on_request="last_incoming_mail_time"),
        always_null("last_outgoing_mail_time", Moment, on_request="last_outgoing_mail_time"),
        *usual.nothing_on_request("smart_bcc_email"),
        WireField("first_won_time", shows=Moment(allow_none=True), on_request="first_won_time"),
        WireField(
            "source_lead_id", shows=fields.UUID(allow_none=True), source=_source_lead, on_request="source_lead_id"
        ),
    ),
    complete=_completed,
    needs=("opportunity_id", "currency"),
    readable=_readable,
    remark="; what follows the custom fields on request only",
)
FOUND = (
    usual.id_of("deal_id"),
    found_fields.type_of("deal"),
    WireField("title", shows=fields.String()),
    WireField("value", shows=Amount(), source=_value),
    WireField("currency", shows=fields.String()),
    WireField("status", shows=fields.String()),
    found_fields.VISIBLE_TO,
    found_fields.OWNER,
    found_fields.linked("stage", always=True),
    found_fields.linked("person"),
    found_fields.linked("organization"),
    found_fields.CUSTOM_FIELDS,
    found_fields.NOTES,
    WireField("is_archived", shows=Flag(), source=lambda row: row["archive_time"] is not None),
    WireField(
        "cc_email",
        shows=fields.String(),
        source=lambda row: f"deal+{row['deal_id']}@leadledger.invalid",
        on_request="deal.cc_email",
    ),
)


@v2.route("GET", "/deals", query=list_query(DEAL, DealsQuery), answer=DEAL.answer, many=True, has_past=True)
def get_deals(call: Call) -> Answer:
    """Deals that are not archived, won and lost ones too."""
    return page(DEAL, call, partial(listed, call, is_archived=False))


@v2.route(
    "GET", "/deals/archived", query=list_query(DEAL, ArchivedDealsQuery), answer=DEAL.answer, many=True, has_past=True
)
def get_archived_deals(call: Call) -> Answer:
    """Deals that were put aside."""
    return page(DEAL, call, partial(listed, call, is_archived=True))


def listed(call: Call, reading: Reading, part: Part, *, is_archived: bool) -> list[Row]:
    """The part that is asked for of deals of the statuses that a call asks for."""
    statuses = call.query["status"]
    deleted_since = timestamp(call.time.now() - DELETED_STAY) if "deleted" in statuses else None
    return deal_lists.deals(reading, part, statuses, is_archived=is_archived, deleted_since=deleted_since)


FINDING = Finding(
    "Deals that a term finds, archived ones too, the best match first.",
    deal_lists.search_deals,
    FOUND,
    DealSearch,
    narrowed_by=["person_id", "organization_id", "status"],
    complete=with_currency,
)

serve_search(DEAL, FINDING)
serve_get(DEAL, "One deal; what was deleted, or taken back to the inbox, can still be read for a while.", Shown)
serve_add(DEAL, "Let a deal enter a pipeline.", commands.add)
serve_update(DEAL, "Correct a deal, move it on, win or lose it, put it aside or fetch it back.", commands.edit)
serve_delete(DEAL, "Throw a deal away.", commands.delete)
serve_followers(DEAL, named="deal_id")
