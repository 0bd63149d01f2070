"""Route that tells what became of a request's commands, for a client that did not get the answer."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from eventsourcing.persistence import OperationalError
from marshmallow import Schema, fields, validate
from sqlalchemy import Connection

from service.http.call import Call
from service.http.problem_details import ledger
from service.http.time_fields import Moment
from service.log.history import position_at, times_at
from service.log.receipts import Receipt, swept_position

LISTED = 100
"""Commands that are listed of one request id; more have it only where a client uses one id all the time."""

_OUTCOMES = {
    "committed": "what is listed here was committed",
    "not_committed": (
        "nothing was committed under this id within the positions named here; a request that was answered, "
        "with 504 too, cannot commit any more, one that is still at work can"
    ),
    "unknown": "somebody is still committing, so it is not known yet whether anything will be committed under this id",
}


_LAST = attrgetter("last_position")


class Committed(Schema):
    """One command that was committed: its events' positions, when, and the status of the answer."""

    first_position = fields.Integer(required=True)
    last_position = fields.Integer(required=True)
    when = Moment(required=True)
    status = fields.Integer(required=True, allow_none=True)


class Outcome(Schema):
    """What became of the commands that the caller gave in requests of this id, or under this key, the last first.

    It was looked for behind position ``since``, before which receipts are kept no more, and up to ``until``.
    """

    request_id = fields.String(required=True)
    outcome = fields.String(required=True, validate=validate.OneOf(list(_OUTCOMES)))
    detail = fields.String(required=True)
    commands = fields.List(fields.Nested(Committed), required=True)
    has_more = fields.Boolean(required=True)
    since = fields.Integer(required=True)
    until = fields.Integer(required=True)


@ledger.route(
    "GET", "/commands/<request_id:request_id>", answer=Outcome, no_past="what became of a command stays the same"
)
def get_command(call: Call, request_id: str) -> dict[str, Any]:
    """Whether what the caller commanded in a request was committed, and at which positions: kept for a week.

    The request is named by its id, or by the key in its header Idempotency-Key.
    """
    with call.reading() as reading:
        until, found = position_at(reading.connection), _look(call, reading.connection, request_id)
        is_certain = bool(found) or _is_settled(call, reading.connection)
        if not found:
            until, found = position_at(reading.connection), _look(call, reading.connection, request_id)
        outcome = "committed" if found else "not_committed" if is_certain else "unknown"
        times = times_at(reading.connection, [receipt.last_position for receipt in found[:LISTED]])
        return {
            "request_id": request_id,
            "outcome": outcome,
            "detail": _OUTCOMES[outcome],
            "commands": [{**vars(receipt), "when": times[receipt.last_position]} for receipt in found[:LISTED]],
            "has_more": len(found) > LISTED,
            "since": swept_position(reading.connection),
            "until": until,
        }


def _look(call: Call, connection: Connection, request_id: str) -> list[Receipt]:
    """The receipts of requests of that id, or under that idempotency key, the last first."""
    found = call.ledger.receipts.find(connection, call.user.user_id, request_id, LISTED)
    keyed = call.ledger.keyed_receipts.recorded(connection, call.user.user_id, request_id)
    return found if keyed is None or keyed in found else sorted([*found, keyed], key=_LAST, reverse=True)


def _is_settled(call: Call, connection: Connection) -> bool:
    """Whether nobody is committing any more who was when this began; they are waited for a few seconds."""
    try:
        call.ledger.event_log.settle(connection)
    except OperationalError:
        return False
    return True
