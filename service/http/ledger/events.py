"""The log itself flows out here, event by event in the order of positions: a feed that misses nothing."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Sequence
from typing import Any, cast

from flask import Response
from marshmallow import Schema, fields, validate

from aggregates.event import EVENTS, Event
from projections.names import names_of
from projections.users import USERS
from service.http.call import Call, reading
from service.http.fields import Listed, Moment, QueryId
from service.http.json import render
from service.http.ledger.opportunities import who
from service.http.ledger.values import Named
from service.http.problem_details import ledger
from service.ledger import Ledger
from service.log.history import position_at

LONGEST_WAIT = 25
"""Seconds a request may wait for the next event."""

LOOK_SECONDS = 0.1
READ_AT_ONCE = 1000


class EventsQuery(Schema):
    """Which events: behind a position, recorded since a time and before another, of some types, by some user.

    Where there is none yet, the answer waits for so many seconds.
    """

    after = fields.Integer(load_default=0, validate=validate.Range(min=0, max=2**53))
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))
    types = Listed(fields.String(validate=validate.OneOf(list(EVENTS))), load_default=None)
    user_id = QueryId(load_default=None)
    since = Moment(load_default=None)
    until = Moment(load_default=None)
    wait = fields.Integer(load_default=0, validate=validate.Range(min=0, max=LONGEST_WAIT))
    format = fields.String(load_default="json", validate=validate.OneOf(["json", "ndjson", "csv"]))


class RecordedEvent(Schema):
    """One event: its place in the log and in its stream, who caused it (null: the system), when, and why."""

    position = fields.Integer(required=True)
    stream_id = fields.UUID(required=True)
    version = fields.Integer(required=True)
    event = fields.String(required=True)
    when = Moment(required=True)
    who = fields.Nested(Named, required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    request_id = fields.String(required=True)
    client = fields.String(required=True)
    data = fields.Dict(required=True)


class Feed(Schema):
    """Events in order; who asks again with ``next`` as ``after`` misses none and sees none twice."""

    items = fields.List(fields.Nested(RecordedEvent), required=True)
    next = fields.Integer(required=True)


@ledger.route("GET", "/events", query=EventsQuery, answer=Feed, is_audited=True)
def get_events(call: Call) -> dict[str, Any] | Response:
    """The log behind a position, as JSON, as one line of JSON per event, or as a table for spreadsheets."""
    found, reached = _behind(call)
    deadline = time.monotonic() + call.query["wait"]
    while not found and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
        found, reached = _behind(call)
    with reading(call.ledger) as connection:
        names = names_of(connection, USERS, (event.by for _, event in found))
    items = [_shown(position, event, names) for position, event in found]
    if call.query["format"] == "json":
        return {"items": items, "next": reached}
    return _WRITTEN[call.query["format"]](items)


def _behind(call: Call) -> tuple[list[tuple[int, Event]], int]:
    """The next events that are asked for, and up to which position that is all there are."""
    query = call.query
    first, last = query["after"], _last(call.ledger, query["until"])
    if query["since"] is not None:
        first = max(first, _before(call.ledger, query["since"]))
    found: list[tuple[int, Event]] = []
    wanted, types = query["limit"], query["types"] or ()
    while first < last and len(found) < wanted:
        stored = call.ledger.event_log.select_notifications(first, READ_AT_ONCE, last, types, inclusive_of_start=False)
        for notification in stored:
            event = cast(Event, call.ledger.mapper.to_domain_event(notification))
            first = notification.id
            if query["user_id"] in (None, event.by):
                found.append((notification.id, event))
                if len(found) == wanted:
                    return found, first
        if len(stored) < READ_AT_ONCE:
            first = last
    return found, max(first, query["after"])


def _last(ledger: Ledger, until: str | None) -> int:
    """The last position there is, or the last before a time."""
    return (ledger.event_log.max_notification_id() or 0) if until is None else _before(ledger, until)


def _before(ledger: Ledger, moment: str) -> int:
    """The last position that was recorded before a time."""
    with reading(ledger) as connection:
        position = position_at(connection, ledger.mapper, moment)
    while position and _at(ledger, position).at >= moment:
        position -= 1
    return position


def _at(ledger: Ledger, position: int) -> Event:
    (stored,) = ledger.event_log.select_notifications(position, 1)
    return cast(Event, ledger.mapper.to_domain_event(stored))


def _shown(position: int, event: Event, names: dict[int, str]) -> dict[str, Any]:
    metadata = event.metadata
    assert metadata is not None
    return {
        "position": position,
        "stream_id": str(event.originator_id),
        "version": event.originator_version,
        "event": type(event).__name__,
        "when": event.at,
        "who": who(event, names),
        "reason": metadata.reason,
        "request_id": metadata.request_id,
        "client": metadata.client,
        "data": event.facts(),
    }


def _as_lines(items: Sequence[dict[str, Any]]) -> Response:
    return Response("".join(f"{_text(item)}\n" for item in items), mimetype="application/x-ndjson")


def _as_table(items: Sequence[dict[str, Any]]) -> Response:
    """A table in which no cell begins as a formula does: spreadsheets would run it."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(RecordedEvent().fields)
    for item in items:
        cells = [_text(value) if isinstance(value, dict) else value for value in item.values()]
        writer.writerow([f"'{cell}" if str(cell)[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in cells])
    return Response(table.getvalue(), mimetype="text/csv")


def _text(value: Any) -> str:
    return render(value).decode()


_WRITTEN: dict[str, Callable[[Sequence[dict[str, Any]]], Response]] = {"ndjson": _as_lines, "csv": _as_table}
