"""Deals flow in and out here as version 2 of the wire has them (wire reference 4.1, 4.2)."""

from __future__ import annotations

from functools import partial
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from projections import deal_lists as lists_of_deals
from projections.deal_lists import LIVING
from projections.deals import DEALS
from projections.engine.rows import find
from service.clock import timestamp
from service.commands import deals
from service.http.answers import Deleted, NoCustomFields, found
from service.http.call import Call
from service.http.family import Answer
from service.http.fields import (
    Amount,
    Flag,
    Id,
    IncludedFields,
    Listed,
    Page,
    QueryId,
    Refused,
    Text,
    Visibility,
    Whole,
)
from service.http.pipedrive import v2
from service.http.search import Search, SearchedFields, after, found_by_cursor
from service.http.time_fields import Day, Moment
from service.http.v2 import lists
from service.http.v2.deletion import KEPT, readable
from service.http.v2.lists import ListQuery, Shown
from service.http.v2.shown_deals import (
    INCLUDED,
    DealAnswer,
    FoundDeal,
    deal_answer,
    found_deal,
    is_deleted,
    with_agendas,
)

_MISSING = "Deal not found"
_FILTERS = {
    "owner_id": "owner_id",
    "person_id": "person_id",
    "org_id": "organization_id",
    "pipeline_id": "pipeline_id",
    "stage_id": "stage_id",
}


class DealFacts(Schema):
    """What a client may say of a deal, and may leave out."""

    title = Text()
    owner_id = Id()
    person_id = Id(allow_none=True)
    organization_id = Id(allow_none=True, data_key="org_id")
    pipeline_id = Id()
    stage_id = Id()
    amount = Amount(data_key="value")
    currency = fields.String(validate=validate.Length(equal=3))
    status = fields.String(validate=validate.OneOf(LIVING))
    probability = Whole(0, 100, allow_none=True)
    lost_reason = Text(allow_none=True)
    won_time = Moment(allow_none=True)
    lost_time = Moment(allow_none=True)
    close_time = Moment(allow_none=True)
    expected_close_date = Day(allow_none=True)
    is_archived = Flag()
    archive_time = Moment(allow_none=True)
    is_deleted = Refused("a deal is deleted by DELETE /api/v2/deals/{id}, not by a field")
    label_ids = fields.List(Id())
    visible_to = Visibility()
    channel = Id(allow_none=True)
    channel_id = Text(allow_none=True)
    custom_fields = fields.Nested(NoCustomFields)

    @post_load
    def as_recorded(self, facts: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The facts in the domain's words."""
        facts.pop("custom_fields", None)
        if "label_ids" in facts:
            facts["label_ids"] = list(dict.fromkeys(facts["label_ids"]))
        return facts


class NewDeal(DealFacts):
    """A deal as a client adds it."""

    title = Text(required=True)


class ShownDeal(Shown):
    """How a deal is shown."""

    include_fields = IncludedFields(*INCLUDED)


class DealQuery(ListQuery):
    """Which deals, in which order, and how they are shown."""

    status = Listed(fields.String(validate=validate.OneOf([*LIVING, "deleted"])), load_default=LIVING)
    include_fields = IncludedFields(*INCLUDED)
    owner_id = QueryId()
    person_id = QueryId()
    org_id = QueryId()
    pipeline_id = QueryId()
    stage_id = QueryId()


class ArchivedDealQuery(DealQuery):
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
    include_fields = IncludedFields("deal.cc_email")


@v2.route("GET", "/deals", query=DealQuery, answer=DealAnswer, many=True, has_past=True)
def get_deals(call: Call) -> Answer:
    """Deals that are not archived, won and lost ones too."""
    return _page(call, is_archived=False)


@v2.route("GET", "/deals/archived", query=ArchivedDealQuery, answer=DealAnswer, many=True, has_past=True)
def get_archived_deals(call: Call) -> Answer:
    """Deals that were put aside."""
    return _page(call, is_archived=True)


@v2.route("GET", "/deals/search", query=DealSearch, answer=found(FoundDeal), has_past=True)
def search_deals(call: Call) -> Answer:
    """Deals that a term finds, archived ones too, the best match first."""
    query = call.query
    only = {name: query[name] for name in ("person_id", "organization_id", "status") if name in query}
    with call.reading() as reading:
        found = lists_of_deals.search_deals(
            reading, query["sought"], only, after=after(query, "deal_id"), limit=query["limit"]
        )
    return found_by_cursor(found, query, lambda row: found_deal(row, call), "deal_id")


@v2.route("POST", "/deals", body=NewDeal, answer=DealAnswer)
def add_deal(call: Call) -> dict[str, Any]:
    """Let a deal enter a pipeline."""
    return deal_answer(call.execute(partial(deals.add, facts=call.facts(deals.DealFacts))), call)


@v2.route("GET", "/deals/<id:deal_id>", query=ShownDeal, missing=_MISSING, answer=DealAnswer, has_past=True)
def get_deal(call: Call, deal_id: int) -> dict[str, Any]:
    """One deal; what was deleted, or taken back to the inbox, can still be read for a while."""
    with call.reading() as reading:
        row = find(reading, DEALS, deal_id)
        known = None if row is None else {**row, "is_deleted": is_deleted(row)}
        [shown] = with_agendas(reading, [readable(known, call.now)], call)
    return deal_answer(shown, call)


@v2.route("PATCH", "/deals/<id:deal_id>", body=DealFacts, missing=_MISSING, answer=DealAnswer)
def update_deal(call: Call, deal_id: int) -> dict[str, Any]:
    """Correct a deal, move it on, win or lose it, put it aside or fetch it back."""
    return deal_answer(call.execute(partial(deals.edit, deal_id=deal_id, facts=call.facts(deals.DealFacts))), call)


@v2.route("DELETE", "/deals/<id:deal_id>", missing=_MISSING, answer=Deleted)
def delete_deal(call: Call, deal_id: int) -> dict[str, Any]:
    """Throw a deal away."""
    call.execute(partial(deals.delete, deal_id=deal_id))
    return {"id": deal_id}


def _page(call: Call, *, is_archived: bool) -> Answer:
    query = call.query
    only = [(column, query[name]) for name, column in _FILTERS.items() if name in query]
    with call.reading() as reading:
        found = lists_of_deals.deals(
            reading,
            lists.part(query, DEALS.c.deal_id, only),
            query["status"],
            is_archived=is_archived,
            deleted_since=timestamp(call.now - KEPT),
        )
        found = with_agendas(reading, found, call)
    return lists.page(found, query, "deal_id", lambda row: deal_answer(row, call))
