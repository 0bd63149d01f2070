"""Route of the inbox: leads that nobody has confirmed yet, filtered, sorted and paged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any

import orjson
from marshmallow import Schema, fields, validate

from aggregates.policy import VERDICTS
from projections.agendas import agendas
from projections.engine.folding import folded
from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.inbox import ORDERS, ListedLead, OpenLead, ends_at, open_leads, whole_leads
from projections.lead_labels import lead_labels
from projections.lead_sources import source_named
from projections.names import Whole
from service.http.answer_time import AnswerTime
from service.http.call import Call
from service.http.fields import Flag, IncludedFields, QueryFlag, QueryId, Text
from service.http.json import raw, render
from service.http.ledger.kept_items import kept_items, unkept_items
from service.http.ledger.lists import List, behind, page, page_of
from service.http.ledger.values import Money, Named, named, value
from service.http.problem_details import ledger
from service.http.time_fields import Day, Moment

_FILTERS = {"owner_id": "owner_id", "person_id": "person_id", "organization_id": "organization_id"}
_FILTERS |= {"label_id": "label_id", "source": "source_name", "was_seen": "was_seen"}
_NEXT_ACTIVITY = "next_activity"


class InboxQuery(List):
    """Which leads, and in which order; ``-`` before the order's name turns it round.

    A ``term`` is sought in titles and in the names of persons and organizations, in any spelling.
    """

    term = Text()
    include_fields = IncludedFields(_NEXT_ACTIVITY)

    owner_id = QueryId()
    person_id = QueryId()
    organization_id = QueryId()
    label_id = fields.UUID()
    source = Text()
    was_seen = QueryFlag()
    readiness = fields.String(validate=validate.OneOf(VERDICTS))
    sort = fields.String(
        load_default="-added", validate=validate.OneOf([sign + name for name in ORDERS for sign in ("", "-")])
    )


class Label(Schema):
    """A label of a lead."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    color = fields.String(required=True)


class NextActivity(Schema):
    """What is to be done next about a lead, and when."""

    id = fields.Integer(required=True)
    subject = fields.String(required=True)
    due_date = Day(required=True, allow_none=True)


class InboxLead(Schema):
    """A lead in the inbox; ``age`` is the whole days since it was added, ``readiness`` what the policy last said.

    ``next_activity`` is there where ``include_fields`` asks for it.
    """

    id = fields.UUID(required=True)
    title = fields.String(required=True)
    person = fields.Nested(Named, required=True, allow_none=True)
    organization = fields.Nested(Named, required=True, allow_none=True)
    owner = fields.Nested(Named, required=True)
    source = fields.String(required=True)
    labels = fields.List(fields.Nested(Label), required=True)
    value = fields.Nested(Money, required=True, allow_none=True)
    age = fields.Integer(required=True)
    was_seen = Flag(required=True)
    readiness = fields.String(required=True, validate=validate.OneOf(VERDICTS))
    expected_close_date = Day(required=True, allow_none=True)
    add_time = Moment(required=True)
    update_time = Moment(required=True)
    next_activity = fields.Nested(NextActivity, allow_none=True)


@ledger.route("GET", "/inbox", query=InboxQuery, answer=page_of(InboxLead), has_past=True)
def get_inbox(call: Call) -> dict[str, Any]:
    """Leads waiting in the inbox, the newest first unless another order is asked for."""
    query, sort = call.query, call.query["sort"]
    order, name = sort.removeprefix("-"), ("inbox", sort)
    after = behind(query["cursor"], name, [column.type for column in ORDERS[order]])
    with call.reading() as reading:
        found: list[ListedLead] = []
        if "label_id" not in query or str(query["label_id"]) in _labels(reading):
            found = open_leads(
                reading,
                only=_only(reading, query),
                order=order,
                descending=sort != order,
                after=after,
                limit=query["limit"],
            )
        items = _items(call, reading, found[: query["limit"]])
    return page(found, query["limit"], name, lambda lead: items.get(lead.lead_id), partial(ends_at, order=order))


def _only(reading: Reading, query: Mapping[str, Any]) -> dict[str, Any]:
    """The values that columns must have; a source is meant by any spelling of its name that arrivals take, too."""
    only = {column: query[name] for name, column in _FILTERS.items() if name in query}
    if "source" in query and (source := source_named(reading, query["source"])) is not None:
        only["source_name"] = source.name
    if "term" in query:
        only["term"] = folded(query["term"])
    return only | ({"readiness": VERDICTS.index(query["readiness"])} if "readiness" in query else {})


def _items(call: Call, reading: Reading, leads: Sequence[ListedLead]) -> Mapping[str, Any]:
    """How leads are shown, by their ids."""
    is_planned = _NEXT_ACTIVITY in call.query["include_fields"]
    planned = _planned(reading, leads) if is_planned else {}

    @cache
    def labels() -> Mapping[str, bytes]:
        return _labels(reading)

    def borne(lead: ListedLead | OpenLead) -> Sequence[bytes]:
        return () if lead.label_ids == "[]" else _borne(lead, labels())

    def show(lead: OpenLead, time: AnswerTime) -> dict[str, Any]:
        return _item(lead, borne(lead), planned, time)

    def look_up(some: Sequence[ListedLead]) -> list[Whole[OpenLead] | None]:
        return list(map(whole_leads(reading, some).get, [lead.lead_id for lead in some]))

    if is_planned:
        shown = unkept_items(call, look_up(leads), show)
    else:
        told = {("inbox", *lead[:2], *(() if call.then is None else borne(lead))): lead for lead in leads}
        shown = kept_items(call, told, look_up, show)
    return {lead.lead_id: item for lead, item in zip(leads, shown, strict=True)}


def _planned(reading: Reading, leads: Iterable[ListedLead]) -> dict[str, dict[str, Any]]:
    """What is to be done next about each lead, by its opportunity."""
    found = agendas(reading, "opportunity_id", {lead.opportunity_id for lead in leads}, ("subject", "due_date"))
    return {opportunity_id: {_NEXT_ACTIVITY: _next_activity(agenda)} for opportunity_id, agenda in found.items()}


def _next_activity(agenda: Row) -> dict[str, Any] | None:
    if agenda["next_activity_id"] is None:
        return None
    return {name: agenda[f"next_activity_{name}"] for name in ("id", "subject", "due_date")}


def _labels(reading: Reading) -> dict[str, bytes]:
    """The labels that leads may bear, as JSON, by their ids."""
    return {
        row["lead_label_id"]: render({"id": row["lead_label_id"], "name": row["name"], "color": row["color"]})
        for row in lead_labels(reading)
    }


def _borne(lead: ListedLead | OpenLead, labels: Mapping[str, bytes]) -> list[bytes]:
    """The labels that a lead bears."""
    return [labels[label_id] for label_id in orjson.loads(lead.label_ids) if label_id in labels]


def _item(
    lead: OpenLead, labels: Iterable[bytes], planned: Mapping[str, dict[str, Any]], time: AnswerTime
) -> dict[str, Any]:
    return {
        "id": lead.lead_id,
        "title": lead.title,
        "person": named(lead.person_id, lead.person_name),
        "organization": named(lead.organization_id, lead.organization_name),
        "owner": named(lead.owner_id, lead.owner_name),
        "source": lead.source_name,
        "labels": list(map(raw, labels)),
        "value": value(lead.amount, lead.currency),
        "age": time.days_since(lead.add_time),
        "was_seen": lead.was_seen,
        "readiness": VERDICTS[lead.readiness],
        "expected_close_date": lead.expected_close_date,
        "add_time": lead.add_time,
        "update_time": lead.update_time,
        **planned.get(lead.opportunity_id, {}),
    }
