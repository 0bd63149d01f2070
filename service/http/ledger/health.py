"""Routes for monitoring: whether the service answers, and whether it could write."""

from __future__ import annotations

from marshmallow import Schema, fields

from service.http.call import PublicCall
from service.http.problem_details import root


class Health(Schema):
    """How the service is; a warning tells of what does not keep it from serving."""

    status = fields.String(required=True)
    warning = fields.String()


@root.route(
    "GET", "/health/live", answer=Health, is_public=True, no_past="it tells how the service is, and that is now"
)
def get_liveness(call: PublicCall) -> dict[str, str]:
    """Whether the process answers at all."""
    return {"status": "live"}


@root.route(
    "GET", "/health/ready", answer=Health, is_public=True, no_past="it tells how the service is, and that is now"
)
def get_readiness(call: PublicCall) -> dict[str, str]:
    """Whether the next command could be written, as it was seen a second or two ago; a 503 says in words why not."""
    warnings = call.ledger.obstacles.check_ready()
    return {"status": "ready", **({"warning": "; ".join(warnings)} if warnings else {})}
