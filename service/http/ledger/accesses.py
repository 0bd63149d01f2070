"""Route of the access records: whatever auditors read, and every look at the evidence."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from projections.names import names_of
from projections.users import USERS
from service.evidence.access import accesses
from service.http.call import Call
from service.http.fields import QueryId
from service.http.ledger.lists import List, behind, page, page_of
from service.http.ledger.values import Named, named
from service.http.problem_details import ledger
from service.http.time_fields import Moment


class AccessQuery(List):
    """Which page, and whose reads where not everybody's."""

    user_id = QueryId(load_default=None)


class AccessRecord(Schema):
    """One request that was audited."""

    number = fields.Integer(required=True)
    when = Moment(required=True)
    who = fields.Nested(Named, required=True)
    request_id = fields.String(required=True)
    client = fields.String(required=True)
    path = fields.String(required=True)
    query = fields.String(required=True)


@ledger.route(
    "GET",
    "/audit/access",
    query=AccessQuery,
    answer=page_of(AccessRecord),
    is_for_administrators=True,
    is_audited=True,
    no_past="access records never change",
)
def get_access_records(call: Call) -> dict[str, Any]:
    """Who read what of that which is audited, the newest first; for administrators and auditors."""
    user_id, limit = call.query["user_id"], call.query["limit"]
    name = ("access", user_id or 0)
    after = behind(call.query["cursor"], name)
    with call.reading() as reading:
        found = accesses(reading.connection, before=after[0] if after else None, user_id=user_id, limit=limit)
        names = names_of(reading, USERS, {record["user_id"] for record in found})

    def shown(record: dict[str, Any]) -> dict[str, Any]:
        told = {part: record[part] for part in ("number", "request_id", "client", "path", "query")}
        return {**told, "when": record["at"], "who": named(record["user_id"], names.get(record["user_id"]))}

    return page(found, limit, name, shown, lambda record: (record["number"],))
