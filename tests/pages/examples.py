"""Says where an example of each page is: the one place that a new page is added to, where its address names a thing."""

from __future__ import annotations

import re

from service.http.route import Route
from service.pages.addresses import pages
from service.pages.family import HTML
from tests.service.http.attacks import Ids

PAGES = [route for route in pages.routes if route.method == "GET" and HTML in route.formats]
"""Every page: what is no HTML, such as a stylesheet or a file of CSV, names the format that it is in."""

_NAMES = {"name": "auditors", "kind": "person"}
"""What addresses name that is no thing of a company."""

_QUERIES = {
    "/audit/bridge": "pipeline_id={pipeline_id}&from=2020-01-01",
    "/pipelines/<id:pipeline_id>/stages/<id:stage_id>": "cursor={cursor}",
}
"""What a page has to be asked, beside its address."""


def example(route: Route, things: Ids) -> str:
    """The address of an example of a page, of the things of a company. Fails for a page that has none."""
    known = {**things, **_NAMES}
    unknown = set(re.findall(r"<(?:\w+:)?(\w+)>", route.path)) - known.keys()
    assert not unknown, f"say in {__name__} what an example of {route.path} is of: {unknown}"
    address = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: known[found[1]], route.path)
    query = _QUERIES.get(route.path)
    return f"{address}?{query.format(**known)}" if query else address
