"""Renders the things of a list as JSON: what was rendered of a version before is kept, and only the rest is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from projections.engine.rows import Row, find_versions
from service.http.call import Call
from service.http.json import raw, render
from service.http.kept import Store
from service.http.resource import Resource


def items(resource: Resource, call: Call, kept: Store, rows: list[Row]) -> Any:
    """The things that have these rows as a list of JSON.

    The rows have the columns of `Resource.told`, and were read after what is ``kept`` was asked for.
    """
    return completed_items(resource, call, kept, resource.complete(call, rows))


def completed_items(resource: Resource, call: Call, kept: Store, rows: Sequence[Row]) -> Any:
    """As `items`, of rows that `Resource.complete` has completed."""
    asked = resource.representation.asked(call.query)
    keys = [(resource, asked, *row.values()) for row in rows]
    found = kept.get_all(keys)
    if missing := [place for place, item in enumerate(found) if item is None]:
        rendered = _rendered(resource, call, [rows[place] for place in missing])
        for place, item in zip(missing, rendered, strict=True):
            found[place] = kept.keep(keys[place], item, len(item))
    return raw(b"[%b]" % b",".join(found))


def _rendered(resource: Resource, call: Call, rows: Sequence[Row]) -> list[bytes]:
    """The JSON of each thing, by all columns of the version of its row and what that was completed by."""
    key = resource.key.name
    with call.reading() as reading:
        versions = find_versions(reading, resource.table, {row[key]: row["valid_from"] for row in rows})
    whole = [versions[row[key]] | row for row in rows]
    return list(map(render, resource.representation.show(whole, call.query)))
