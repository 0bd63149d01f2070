"""Whoever watches over the service asks here: whether it lives, and whether it can serve."""

from __future__ import annotations

from marshmallow import Schema, fields

from service.http.call import Call
from service.http.problem_details import root
from service.log.errors import as_persistence_errors
from service.log.history import ahead_in_words
from service.schema import check_current


class Health(Schema):
    """How the service is; a warning tells of what does not keep it from serving."""

    status = fields.String(required=True)
    warning = fields.String()


@root.route("GET", "/health/live", answer=Health, is_public=True)
def get_liveness(call: Call) -> dict[str, str]:
    """Whether the process answers at all."""
    return {"status": "live"}


@root.route("GET", "/health/ready", answer=Health, is_public=True)
def get_readiness(call: Call) -> dict[str, str]:
    """Whether the database can be reached and has the form this version needs; a 503 says what is missing."""
    ledger = call.ledger
    with as_persistence_errors():
        check_current(ledger.database)
        ledger.check_clock()
        with ledger.database.reading() as connection:
            warning = ahead_in_words(connection, ledger.clock())
    return {"status": "ready", **({"warning": warning} if warning else {})}
