"""Tells a page that the log has grown, as server-sent events (WHATWG HTML, 9.2), so that it shows what others did."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from flask import Response
from marshmallow import Schema, fields, validate

from service.http.call import Call
from service.http.fields import LARGEST_ID
from service.log.history import position_at
from service.pages.family import pages

SECONDS = 300
"""How long one answer lasts; a browser asks for the next one by itself."""

_SILENCE_SECONDS = 5


class LiveQuery(Schema):
    """Behind which position of the log there would be something new."""

    after = fields.Integer(required=True, validate=validate.Range(min=0, max=LARGEST_ID))


@pages.page(
    "/live", query=LiveQuery, formats=("text/event-stream",), no_past="the past does not change", is_unrecorded=True
)
def get_live(call: Call) -> Response:
    """Each position that the log comes to, as soon as it does; nothing of what happened there."""
    answer = Response(_messages(replace(call, open_reading=None)), mimetype="text/event-stream")
    answer.headers["X-Accel-Buffering"] = "no"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def position_shown(call: Call) -> int:
    """Where the log ends before a page is read: behind that, there is something that it does not show."""
    with call.reading() as reading:
        return position_at(reading.connection)


def _messages(call: Call) -> Iterator[str]:
    reached, until = call.query["after"], time.monotonic() + SECONDS
    yield "retry: 1000\n\n"
    while (now := time.monotonic()) < until:
        call.waiting.wait(behind=reached, until=min(until, now + _SILENCE_SECONDS))
        yield ""
        call.check_token()
        position = position_shown(call)
        yield f"data: {position}\n\n" if position > reached else ":\n\n"
        reached = max(reached, position)
