"""Lists by offset that version 1 has of the kinds of version 2, by the same read models (wire reference 1.7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from marshmallow import Schema

from projections.engine.pages import Compare, Part
from projections.engine.reading import Reading
from projections.engine.rows import Row
from service.http.call import Call
from service.http.family import Answer
from service.http.fields import Offset
from service.http.items import completed_items
from service.http.pipedrive import offset_page
from service.http.resource import Resource
from service.http.v1.lists import list_query

Listing = Callable[[Call, Reading, Part], list[Row]]
Compared = tuple[str, Compare, Any]
"""A column, how it compares with a value, and the value."""

Narrow = Callable[[Call], Sequence[Compared]]
"""Says how columns must compare; what it says of one counts instead of the filter by it."""


def plain(listing: Callable[[Reading, Part], list[Row]]) -> Listing:
    """A listing for which it does not matter who asks."""
    return lambda call, reading, part: listing(reading, part)


def no_more(call: Call) -> Sequence[Compared]:
    """Nothing: a list is filtered by its resource's fields alone."""
    return ()


def serve_offset_list(
    resource: Resource, summary: str, listing: Listing, query: type[Schema] = Offset, narrow: Narrow = no_more
) -> None:
    """Let clients list things from an offset on, sorted and filtered by the resource's fields."""

    def view(call: Call) -> Answer:
        return offset_answer(resource, call, listing, narrow(call))

    resource.ordinary["list"] = summary, listing
    name, asks = f"get_{resource.plural}", list_query(resource, query)
    resource.serve("GET", resource.path, name, summary, view, query=asks, many=True)


def offset_answer(resource: Resource, call: Call, listing: Listing, compared: Sequence[Compared]) -> Answer:
    """The page of a list that a call asks for, in the order of the ids unless another is asked for."""
    query, named = call.query, {column for column, _, _ in compared}
    order = [*query.get("sort", ()), (resource.key.name, False)]
    filters = [(field.column, query[field.name]) for field in resource.filters if field.name in query]
    part = Part(
        only=[(column, value) for column, value in filters if column not in named],
        compared=compared,
        order=tuple(name for name, _ in order),
        descending=tuple(descends for _, descends in order),
        start=query["start"],
        limit=query["limit"],
        told=resource.told,
    )
    kept = call.kept
    with call.reading() as reading:
        found = listing(call, reading, part)
    rows = resource.complete(call, found[: query["limit"]])
    page = offset_page(found, query, lambda _: completed_items(resource, call, kept, rows))
    return page if resource.beside is None else Answer(page.data, {**page.beside, **resource.beside(rows)})
