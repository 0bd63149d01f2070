"""Lists and searches of version 2: what clients ask of them, and the pages they get (wire reference 1.7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from marshmallow import Schema, fields, validate

from projections.engine.pages import Part
from projections.engine.reading import Reading
from projections.engine.rows import Row
from service.http import cursors
from service.http.answers import found
from service.http.call import Call
from service.http.family import Answer
from service.http.fields import Listed, Page, QueryFlag, QueryId, Refused
from service.http.items import items
from service.http.pipedrive import cursor_page
from service.http.representation import Representation
from service.http.resource import Complete, Resource, as_stored, with_include_fields
from service.http.search import BY_CURSOR, Paging, Search
from service.http.time_fields import Moment
from service.http.wire_fields import WireField, schema, shown

Listing = Callable[[Reading, Part], list[Row]]
Narrow = Callable[[Reading, Mapping[str, Any]], list[tuple[str, Any]]]
"""Says what a query wants columns to be."""


class Shown(Schema):
    """How a deal, a person or an organization is shown; nothing has custom fields yet."""

    custom_fields = Listed(fields.String(validate=validate.Regexp(r"[0-9a-f]{40}\Z")), most=15)
    include_option_labels = QueryFlag()
    include_labels = QueryFlag(load_default=False)


class SortedPage(Page):
    """How much of a list, in which order."""

    sort_by = fields.String(load_default="id")
    sort_direction = fields.String(load_default="asc", validate=validate.OneOf(["asc", "desc"]))


class FilteredPage(SortedPage):
    """Which part of a list, in which order."""

    filter_id = Refused("there are no filters yet")
    ids = Listed(QueryId(), most=100)
    updated_since = Moment()
    updated_until = Moment()


class ListQuery(Shown, FilteredPage):
    """Which part of a list, in which order, and how it is shown."""


def serve_list(
    resource: Resource,
    summary: str,
    listing: Listing,
    query: type[Schema] = ListQuery,
    narrow: Narrow | None = None,
) -> None:
    """Let clients list things, a page at a time; ``narrow`` filters by what is not simply a column."""

    def view(call: Call) -> Answer:
        return page(resource, call, listing, narrow)

    resource.ordinary["list"] = summary, listing
    name, asks = f"get_{resource.plural}", list_query(resource, query)
    resource.serve("GET", resource.path, name, summary, view, query=asks, many=True)


@dataclass(frozen=True)
class Finding:
    """How things of a kind are found by a term, whatever the version.

    ``search`` is that of the read model, and ``wire_fields`` is how what is found is shown; ``narrowed_by`` names the
    query's other parameters that the search takes.
    """

    summary: str
    search: Callable[..., list[Row]]
    wire_fields: Sequence[WireField]
    query: type[Search]
    narrowed_by: Sequence[str] = ()
    complete: Complete = as_stored
    name: str = ""


def serve_search(resource: Resource, finding: Finding, paging: Paging = BY_CURSOR) -> None:
    """Let clients find things by a term."""
    representation = Representation(finding.wire_fields)
    found_one = resource.described("Found{}", "as a search shows it", shown(finding.wire_fields))

    def show(call: Call, rows: list[Row]) -> list[Any]:
        return representation.show(finding.complete(call, rows), call.query)

    def view(call: Call) -> Answer:
        query, key = call.query, resource.key.name
        narrowed = {name: query[name] for name in finding.narrowed_by if name in query}
        begins = paging.begins(query, key)
        with call.reading() as reading:
            rows = finding.search(reading, query["sought"], **begins, limit=query["limit"], **narrowed)
        return paging.answer(rows, query, partial(show, call), key)

    resource.ordinary["search"] = finding.summary, finding
    name, asks = finding.name or f"search_{resource.plural}", with_include_fields(finding.query, representation)
    resource.serve("GET", f"{resource.path}/search", name, finding.summary, view, query=asks, answer=found(found_one))


def list_query(resource: Resource, base: type[Schema] = ListQuery) -> type[Schema]:
    """A list's query: the base, and what the resource's fields are asked for, filtered and sorted by.

    Raises `TypeError` for a resource without a field ``id`` to sort by, as a list is unless it is asked otherwise.
    """
    if "id" not in resource.sorts:
        raise TypeError(f"lists of {resource.plural} are sorted by id, and no field id sorts")
    parts: dict[str, Any] = {field.name: field.filters for field in resource.filters}
    parts["sort_by"] = fields.String(load_default="id", validate=validate.OneOf(list(resource.sorts)))
    return schema("List", __name__, "", parts, with_include_fields(base, resource.representation))


def page(resource: Resource, call: Call, listing: Listing, narrow: Narrow | None = None) -> Answer:
    """The page of a list that a call asks for. Raises `BrokenCursor`."""
    query, key = call.query, resource.key
    order = tuple(dict.fromkeys((resource.sorts[query["sort_by"]], key.name)))
    listed = (key.name, query["sort_by"], query["sort_direction"])
    types = [key.table.c[name].type for name in order]
    only = [(field.column, query[field.name]) for field in resource.filters if field.name in query]
    if "ids" in query:
        only.append((key.name, query["ids"]))
    kept = call.kept
    with call.reading() as reading:
        part = Part(
            only=only + narrow(reading, query) if narrow else only,
            updated_since=query.get("updated_since"),
            updated_until=query.get("updated_until"),
            order=order,
            descending=query["sort_direction"] == "desc",
            after=None if query["cursor"] is None else cursors.behind(query["cursor"], listed, types),
            limit=query["limit"],
            told=tuple(dict.fromkeys((*resource.told, *order))),
        )
        found = listing(reading, part)
    return cursor_page(found, query, partial(items, resource, call, kept), *order, listed=listed)
