"""One event as a page: who, when, why and through what, what it changed, and what proves it."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

from eventsourcing.persistence import MapperDeserialisationError
from flask import Response
from marshmallow import ValidationError

from service.http.call import Call
from service.http.errors import NotFound
from service.log.history import position_at
from service.obstacles import Obstacle
from service.pages import api
from service.pages.audit import EVENTS
from service.pages.desk import DESK, NEVER_CHANGES, keys, outside
from service.pages.family import pages
from service.pages.showing import show

_MISSING = "there is no such event"
_EVENT = {"no_past": NEVER_CHANGES, "missing": _MISSING, **DESK}


@pages.page("/audit/events/<id:event_position>", **_EVENT)
def show_event(call: Call, event_position: int) -> Response:
    """An event with its proof, which the browser checks: the service says nothing of whether it holds."""
    with call.reading() as reading:
        end = position_at(reading.connection)
    if event_position > end:
        raise NotFound(_MISSING)
    proof, obstacle = _proof(call, event_position)
    return show(
        call,
        "event.html",
        position=event_position,
        end=end,
        event=_event(call, event_position),
        proof=proof and _text(proof),
        stored=proof and b64decode(proof["event"]["state"]).decode(errors="replace"),
        place=proof and proof["event"],
        obstacle=obstacle,
        keys=keys(call),
    )


@pages.page("/audit/events/<id:event_position>/proof", formats=("application/json",), **_EVENT)
def download_proof(call: Call, event_position: int) -> Response:
    """The proof file of an event, which the verifier checks anywhere."""
    proof, obstacle = _proof(call, event_position)
    if proof is None:
        raise NotFound(obstacle)
    answer = Response(_text(proof), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="event-{event_position}.json"'
    return answer


def _event(call: Call, position: int) -> dict[str, Any] | None:
    """The event as the API tells it; None where it cannot be read, or is there no more."""
    try:
        found = api.get(call, EVENTS, {"after": position - 1, "limit": 1, "changes": "true"})
    except MapperDeserialisationError:
        return None
    event: dict[str, Any] | None = next(iter(found["items"]), None)
    return event if event is not None and event["position"] == position else None


def _proof(call: Call, position: int) -> tuple[dict[str, Any] | None, str]:
    """What the database holds to prove an event, fitting or not; or None, and why that cannot be put together."""
    try:
        return api.get(call, "/api/ledger/v1/audit/proof", {"position": position, "unchecked": "true"}), ""
    except ValidationError as error:
        return None, "; ".join(reason for reasons in error.messages_dict.values() for reason in reasons)
    except Obstacle as obstacle:
        return None, outside(call, obstacle)


def _text(proof: dict[str, Any]) -> str:
    return json.dumps(proof, ensure_ascii=False, indent=1) + "\n"
