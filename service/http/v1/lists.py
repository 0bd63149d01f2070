"""Lists of version 1: as a whole, or by offset (wire reference 1.7)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from marshmallow import Schema

from projections.engine.reading import Reading
from projections.engine.rows import Row
from service.http.call import Call
from service.http.family import Answer
from service.http.fields import Order
from service.http.items import items
from service.http.pipedrive import offset_page
from service.http.resource import Resource
from service.http.wire_fields import schema


def serve_whole_list(resource: Resource, summary: str, listing: Callable[[Reading], list[Row]]) -> None:
    """Let clients list all things of a kind at once."""

    def view(call: Call) -> list[Any]:
        with call.reading() as reading:
            return resource.show(call, listing(reading))

    resource.serve("GET", resource.path, f"get_{resource.plural}", summary, view, many=True)


def list_query(resource: Resource, base: type[Schema]) -> type[Schema]:
    """The query of a list by offset: the base, and what the resource's fields are filtered and sorted by."""
    parts: dict[str, Any] = {field.name: field.filters for field in resource.filters}
    return schema("List", __name__, "", {**parts, "sort": Order(resource.sorts)}, base)


def page(resource: Resource, call: Call, listing: Callable[..., list[Row]]) -> Answer:
    """The page that a call asks for of a list by offset."""
    query, kept = call.query, call.kept
    with call.reading() as reading:
        found = listing(
            reading,
            only={field.column: query[field.name] for field in resource.filters if field.name in query},
            updated_since=query.get("updated_since"),
            order=query.get("sort", ()),
            start=query["start"],
            limit=query["limit"],
            told=resource.told,
        )
    return offset_page(found, query, partial(items, resource, call, kept))
