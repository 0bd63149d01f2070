"""The operations that nearly every resource has: get one thing, add, update and delete it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal
from uuid import UUID

from marshmallow import Schema

from projections.engine.rows import Row
from service.http.answers import Deleted, DeletedByUuid
from service.http.call import Call
from service.http.resource import Resource, with_include_fields
from service.ledger.ledger import Transaction

Add = Callable[[Transaction, Any], Row]
Edit = Callable[[Transaction, Any, Any], Row]
Delete = Callable[[Transaction, Any], object]


def serve_get(resource: Resource, summary: str, query: type[Schema] = Schema) -> None:
    """Let clients get one thing by its id."""

    def view(call: Call, **path: Any) -> Any:
        [thing_id] = path.values()
        return resource.answer_of(call, resource.row(call, thing_id))

    resource.ordinary["get"] = summary, None
    name, asks = f"get_{resource.singular}", with_include_fields(query, resource.representation)
    resource.serve("GET", resource.path_of_one, name, summary, view, query=asks)


def serve_add(resource: Resource, summary: str, add: Add, status: int = 200) -> None:
    """Let clients add a thing."""

    def view(call: Call) -> Any:
        return resource.execute(call, lambda tx: add(tx, call.body))

    resource.ordinary["add"] = summary, add
    name = f"add_{resource.singular}"
    resource.serve("POST", resource.path, name, summary, view, body=resource.new, status=status)


def serve_update(resource: Resource, summary: str, edit: Edit, method: Literal["PATCH", "PUT"] = "PATCH") -> None:
    """Let clients change what they name of a thing."""

    def view(call: Call, **path: Any) -> Any:
        [thing_id] = path.values()
        return resource.execute(call, lambda tx: edit(tx, thing_id, call.body))

    resource.ordinary["update"] = summary, edit
    name = f"update_{resource.singular}"
    resource.serve(method, resource.path_of_one, name, summary, view, body=resource.changed)


def serve_delete(resource: Resource, summary: str, delete: Delete) -> None:
    """Let clients delete a thing; its id is what is left to answer."""

    def view(call: Call, **path: Any) -> Any:
        [thing_id] = path.values()
        left = {"id": str(thing_id) if isinstance(thing_id, UUID) else thing_id}
        return call.execute(lambda tx: delete(tx, thing_id), lambda *_: left)

    resource.ordinary["delete"] = summary, delete
    name, answer = f"delete_{resource.singular}", Deleted if resource.has_numbers else DeletedByUuid
    resource.serve("DELETE", resource.path_of_one, name, summary, view, answer=answer)
