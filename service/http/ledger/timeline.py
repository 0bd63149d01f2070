"""Route of a timeline: what happened to one lead, deal, person or organization, in order, as sentences."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from aggregates.event import Event
from projections import timeline
from projections.names import names_of
from projections.sentences import sentences
from projections.users import USERS
from service.http.call import Call
from service.http.fields import LARGEST_ID
from service.http.ledger.lists import List, behind, page, page_of
from service.http.ledger.opportunities import OneIdentity, who
from service.http.ledger.subjects import SubjectQuery, subject_of
from service.http.ledger.values import Named
from service.http.problem_details import ledger
from service.http.time_fields import Moment
from service.log.history import events_at


class TimelineQuery(OneIdentity, SubjectQuery, List):
    """Whose timeline, and from which end; ``after`` is a position of the log behind which it begins, in that order."""

    after = fields.Integer(validate=validate.Range(min=0, max=LARGEST_ID))
    order = fields.String(load_default="newest", validate=validate.OneOf(["newest", "oldest"]))


class Happening(Schema):
    """An event of the log: who caused it (null: the system), when, through what and perhaps why.

    ``sentence`` says it in words; ``data`` are the facts it told, as ``aggregates/EVENTS.md`` describes them.
    """

    position = fields.Integer(required=True)
    who = fields.Nested(Named, required=True, allow_none=True)
    when = Moment(required=True)
    event = fields.String(required=True)
    sentence = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    request_id = fields.String(required=True)
    client = fields.String(required=True)
    data = fields.Dict(required=True)


@ledger.route(
    "GET", "/timeline", query=TimelineQuery, answer=page_of(Happening), problems=frozenset({404}), has_past=True
)
def get_timeline(call: Call) -> dict[str, Any]:
    """Everything that happened to a lead or deal, in both of its forms, or touched a person or an organization."""
    query = call.query
    with call.reading() as reading:
        subject = subject_of(reading, query)
        name = ("timeline", str(subject), query["order"])
        place = behind(query["cursor"], name)
        positions = timeline.positions(
            reading,
            subject,
            oldest_first=query["order"] == "oldest",
            after=place[0] if place else query.get("after"),
            limit=query["limit"],
        )
        events = events_at(reading.connection, call.ledger.mapper, positions)
        in_order = [events[position] for position in positions]
        said = dict(zip(positions, sentences(reading, in_order), strict=True))
        names = names_of(reading, USERS, (event.by for event in in_order))

    def happening(position: int) -> dict[str, Any]:
        return _happening(position, events[position], said[position], names)

    return page(positions, query["limit"], name, happening, lambda position: (position,))


def _happening(position: int, event: Event, sentence: str, names: dict[int, str]) -> dict[str, Any]:
    metadata = event.metadata
    assert metadata is not None
    return {
        "position": position,
        "who": who(event, names),
        "when": event.at,
        "event": type(event).__name__,
        "sentence": sentence,
        "reason": metadata.reason,
        "request_id": metadata.request_id,
        "client": metadata.client,
        "data": event.facts(),
    }
