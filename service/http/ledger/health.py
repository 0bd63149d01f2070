"""Routes for monitoring: whether the service answers, and whether it could write."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from service.clock import timestamp
from service.http.call import PublicCall
from service.http.problem_details import root


class CopyOf(Schema):
    """The moment that a copy is of: where its log ends, and where its clock stands."""

    position = fields.Integer(required=True)
    time = fields.String(required=True)


class Health(Schema):
    """How the service is; a warning tells of what does not keep it from serving, and a copy says of which moment."""

    status = fields.String(required=True)
    warning = fields.String()
    copy_of = fields.Nested(CopyOf)


@root.route(
    "GET", "/health/live", answer=Health, is_public=True, no_past="it tells how the service is, and that is now"
)
def get_liveness(call: PublicCall) -> dict[str, Any]:
    """Whether the process answers at all."""
    return {"status": "live", **_copy_of(call)}


@root.route(
    "GET", "/health/ready", answer=Health, is_public=True, no_past="it tells how the service is, and that is now"
)
def get_readiness(call: PublicCall) -> dict[str, Any]:
    """Whether the next command could be written, as it was seen a second or two ago; a 503 says in words why not."""
    warnings = call.ledger.obstacles.check_ready()
    return {"status": "ready", **({"warning": "; ".join(warnings)} if warnings else {}), **_copy_of(call)}


def _copy_of(call: PublicCall) -> dict[str, Any]:
    then = call.ledger.stands_at
    return {} if then is None else {"copy_of": {"position": then.position, "time": timestamp(then.now)}}
