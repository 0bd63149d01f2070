"""Routes of what auditors take along: all checkpoints that were signed, and the program that checks them."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields

from service.evidence.checkpoints import checkpoints
from service.evidence.verifier_file import verifier_file
from service.http.call import Call
from service.http.ledger.lists import List, behind, page, page_of
from service.http.problem_details import ledger
from service.http.time_fields import Moment

_NAME = ("checkpoints",)
_PROGRAM = "text/x-python"


class SignedCheckpoint(Schema):
    """A checkpoint that was signed: of how many events and of which incarnation, when, and the signed note."""

    number = fields.Integer(required=True)
    size = fields.Integer(required=True)
    life = fields.Integer(required=True)
    when = Moment(required=True)
    note = fields.String(required=True)


@ledger.route(
    "GET",
    "/audit/checkpoints",
    query=List,
    answer=page_of(SignedCheckpoint),
    no_past="checkpoints never change",
    is_unrecorded=True,
)
def get_checkpoints(call: Call) -> dict[str, Any]:
    """Every checkpoint that was signed, the newest first, as the database holds it: its signature tells whether it is
    genuine."""
    limit, after = call.query["limit"], behind(call.query["cursor"], _NAME)
    with call.reading() as reading:
        found = checkpoints(reading.connection, before=after[0] if after else None, limit=limit)

    def shown(row: dict[str, Any]) -> dict[str, Any]:
        told = {name: row[name] for name in ("number", "size", "note")}
        return {**told, "life": row["incarnation"], "when": row["signed_at"]}

    return page(found, limit, _NAME, shown, lambda row: (row["number"],))


@ledger.route("GET", "/audit/verifier", formats=(_PROGRAM,), no_past="it is of this version of the service")
def get_verifier(call: Call) -> Response:
    """The program that checks bundles, databases and proofs, as one file: read it, and run it elsewhere."""
    return Response(verifier_file(), mimetype=_PROGRAM)
