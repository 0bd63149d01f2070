"""Deletes many things of a kind at once, as version 1 has it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from aggregates.refusals import Gone, Refusal
from service.http.call import Call
from service.http.fields import Listed, QueryId
from service.http.operations import Delete
from service.http.resource import Resource
from service.ledger.ledger import Transaction


class ManyQuery(Schema):
    """Which things to delete; the ids may stand in a JSON body instead."""

    ids = Listed(QueryId(), load_default=list)


class ManyDeleted(Schema):
    """What is left of many numbered things."""

    id = fields.List(fields.Integer(), required=True)


def serve_bulk_delete(resource: Resource, summary: str, delete: Delete) -> None:
    """Let clients delete the things that have certain ids: all that are there, or none where a rule forbids one."""

    def view(call: Call) -> Any:
        ids = list(dict.fromkeys(call.query["ids"]))
        return call.execute(lambda tx: _delete_all(tx, ids, delete), lambda after, deleted: {"id": deleted})

    options = {"query": ManyQuery, "answer": ManyDeleted, "may_ask_in_body": True}
    resource.serve("DELETE", resource.path, f"delete_{resource.plural}", summary, view, **options)


def _delete_all(tx: Transaction, ids: list[int], delete: Delete) -> list[int]:
    deleted = [thing_id for thing_id in ids if _is_deleted(tx, thing_id, delete)]
    if not deleted:
        raise Refusal("Please provide at least one item to delete")
    return deleted


def _is_deleted(tx: Transaction, thing_id: int, delete: Delete) -> bool:
    try:
        delete(tx, thing_id)
    except Gone:
        return False
    return True
