"""Every list that can be asked as of a moment, in the ways in which it is filtered and sorted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flask.testing import FlaskClient

from service.http.family import Family
from service.http.route import Route
from tests.service.http.attacks import address, good_query, parameters, routes

ONE_OF_EACH = {
    **dict.fromkeys(("person_id", "organization_id", "deal_id", "note_id", "activity_id", "activity_type_id"), "1"),
    **dict.fromkeys(("pipeline_id", "stage_id", "user_id"), "1"),
}
FILTERS = ("owner_id=1", "user_id=1", "person_id=7", "org_id=7", "organization_id=7", "label_id=1", "term=nobody")
EARLY = "2100-01-04T08:12:00Z"
"""A time early in the logs of `tests.service.past_costs`, and before the end of the shortest of them."""

SORTS = (
    *("sort_by=update_time", "sort_by=update_time&sort_direction=desc", "sort_direction=desc"),
    f"sort_by=update_time&sort_direction=desc&updated_until={EARLY}",
    *("sort=added", "sort=-added", "sort=updated", "sort=-updated"),
)


def lists(client: FlaskClient) -> Iterator[str]:
    """Every list, and its filters and orders that have indexes over the past; more can be added to each query."""
    lead_id = client.get("/v1/leads?limit=1").json["data"][0]["id"]
    ids = {**ONE_OF_EACH, "lead_id": lead_id}
    for family, route in routes():
        if route.no_past is None and "limit" in route.query.fields and ids.keys() >= set(parameters(route)):
            whole = _listed(family, route, ids)
            yield whole
            for query in (*FILTERS, *SORTS):
                if _is_taken(client, f"{whole}&{query}", query, route):
                    yield f"{whole}&{query}"


def _listed(family: Family, route: Route, ids: Mapping[str, str]) -> str:
    """The list with no more in its query than it needs."""
    needed = {name for name, field in route.query.load_fields.items() if field.required}
    words = good_query(route.query, ids) if needed or "/timeline" in route.path else {}
    return f"{address(family, route, ids)}?{'&'.join(f'{name}={value}' for name, value in words.items())}"


def _is_taken(client: FlaskClient, path: str, query: str, route: Route) -> bool:
    named = {word.partition("=")[0] for word in query.split("&")}
    known = {field.data_key or name for name, field in route.query.load_fields.items()}
    return named <= known and client.get(f"{path}&limit=1").status_code == 200
