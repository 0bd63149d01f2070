"""The paths of all families as one URL map, which is compiled once in a process and shared by its applications."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from flask import Flask
from werkzeug.routing import BaseConverter, Map

from service.http.family import Family
from service.http.idempotency import LONGEST_KEY


class IdConverter(BaseConverter):
    """A whole number that any database can hold; other words name nothing that exists."""

    regex = r"[1-9]\d{0,14}"
    weight = 50

    def to_python(self, value: str) -> int:
        """The number."""
        return int(value)


class TokenIdConverter(BaseConverter):
    """The id of a token."""

    regex = "[0-9a-f]{32}"


class RequestIdConverter(BaseConverter):
    """A request's id or its idempotency key, whatever signs it is made of; a key may be the longer one."""

    regex = f"[ -~]{{1,{LONGEST_KEY}}}"
    part_isolating = False


@cache
def url_map(families: Sequence[Family]) -> Map:
    """Every path of families with its method and endpoint; an application adds a view for each endpoint.

    Compiling it takes most of the time that an application takes to be made.
    """
    paths = Flask("paths", static_folder=None)
    paths.url_map.converters |= {
        "id": IdConverter,
        "request_id": RequestIdConverter,
        "token_id": TokenIdConverter,
    }
    paths.url_map.merge_slashes = False
    for family in families:
        for route in family.routes:
            for prefix in family.prefixes:
                paths.add_url_rule(prefix + route.path, route.endpoint(prefix), methods=[route.method])
    return paths.url_map
