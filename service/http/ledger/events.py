"""Route of the feed: the log's events in the order of positions, a page at a time, without missing any."""

from __future__ import annotations

from itertools import chain, islice
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from service.http.call import Call
from service.http.ledger.event_formats import FORMATS, RecordedEvent, shown
from service.http.ledger.event_search import EventsQuery, Found, Search, search_of
from service.http.problem_details import ledger


class FeedQuery(EventsQuery):
    """Which events, how many of them at the most, and in which format."""

    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))
    format = fields.String(load_default="json", validate=validate.OneOf(["json", *FORMATS]))


class Feed(Schema):
    """Events in order; who asks again with ``next`` as ``after`` misses none and sees none twice."""

    items = fields.List(fields.Nested(RecordedEvent), required=True)
    next = fields.Integer(required=True)


@ledger.route(
    "GET",
    "/events",
    query=FeedQuery,
    answer=Feed,
    formats=tuple(mimetype for mimetype, _ in FORMATS.values()),
    problems=frozenset({404}),
    is_audited=True,
    no_past="events never change; since and until say which are meant",
)
def get_events(call: Call) -> dict[str, Any] | Response:
    """The log behind a position, as JSON, as one line of JSON per event, or as a table for spreadsheets."""
    search, limit = search_of(call), call.query["limit"]
    found, reached = _look(search, max(search.after, call.waiting.reached), limit)
    if not found:
        call.waiting.wait(behind=reached, until=call.waiting.began + call.query["wait"])
    items = shown(call.ledger, found)
    if call.query["format"] == "json":
        return {"items": items, "next": reached}
    mimetype, written = FORMATS[call.query["format"]]
    return Response(written(items, tells_changes=search.tells_changes), mimetype=mimetype)


def _look(search: Search, after: int, limit: int) -> tuple[list[Found], int]:
    """The next events that are asked for, and up to which position that is all there are."""
    batches, end = search.look(after, limit)
    found = list(islice(chain.from_iterable(batches), limit))
    return found, found[-1].position if len(found) == limit else end
