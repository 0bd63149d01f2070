"""Lists of version 1 that are answered as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from projections.engine.reading import Reading
from projections.engine.rows import Row
from service.http.call import Call
from service.http.resource import Resource


def serve_whole_list(resource: Resource, summary: str, listing: Callable[[Reading], list[Row]]) -> None:
    """Let clients list all things of a kind at once."""

    def view(call: Call) -> list[Any]:
        with call.reading() as reading:
            return resource.show(call, listing(reading))

    resource.serve("GET", resource.path, f"get_{resource.plural}", summary, view, many=True)
