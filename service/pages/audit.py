"""The auditor's desk as a page: events of the log in order, narrowed down by who, what, when and through what."""

from __future__ import annotations

from typing import Any

from eventsourcing.persistence import MapperDeserialisationError
from flask import Response, request
from marshmallow import ValidationError

from service.http.call import Call
from service.http.errors import NotFound, Problem, problem_of
from service.log.history import position_at
from service.pages import api, choices
from service.pages.desk import BEGINNING, DESK, END, NEVER_CHANGES, day_edge
from service.pages.family import pages
from service.pages.showing import show, zone_of

PAGE = 50
EVENTS = "/api/ledger/v1/events"
_LISTED = ("kind", "types", "field", "verdict")
_SUBJECTS = ("lead_id", "deal_id", "person_id", "organization_id")
_FILTERS = (*_LISTED, "user_id", "client", "token_id", *_SUBJECTS)
_DAYS = {"since": BEGINNING, "until": END}


@pages.page("/audit", no_past=NEVER_CHANGES, **DESK)
def show_audit(call: Call) -> Response:
    """Events as the address asks for them; the last ones where it asks nothing."""
    asked, end = _asked(), _end(call)
    after = request.args.get("after", 0 if asked else max(0, end - PAGE), type=int)
    found, refused = _found(call, asked, after)
    return show(
        call,
        "audit.html",
        status=refused.status if refused else 200,
        events=found["items"] if found else [],
        is_unreadable=found is None and refused is None,
        refused=refused,
        asked=asked,
        after=after,
        end=end,
        next=found["next"] if found and found["items"] and found["next"] < end else None,
        page=PAGE,
        users=[(user["id"], user["name"]) for user in api.get(call, "/v1/users")["data"]],
        choices={name: choices.words(EVENTS, name) for name in _LISTED},
        subject=next((name for name in _SUBJECTS if name in asked), None),
    )


def _asked() -> dict[str, str]:
    """What the address asks for; what is named several times means any of these, as one text with commas."""
    given = {name: ",".join(filter(None, request.args.getlist(name))) for name in (*_FILTERS, *_DAYS)}
    return {name: value for name, value in given.items() if value}


def _found(call: Call, asked: dict[str, str], after: int) -> tuple[dict[str, Any] | None, Problem | None]:
    """A page of events, and why what is asked is refused, where it is; neither where one of them cannot be read."""
    days = {name: day_edge(asked[name], edge, zone_of(call)) for name, edge in _DAYS.items() if name in asked}
    try:
        wanted = {**asked, **days, "after": after, "limit": PAGE, "changes": "true"}
        return api.get(call, EVENTS, wanted), None
    except MapperDeserialisationError:
        return None, None
    except (ValidationError, NotFound) as error:
        return None, problem_of(error, "GET")


def _end(call: Call) -> int:
    with call.reading() as reading:
        return position_at(reading.connection)
