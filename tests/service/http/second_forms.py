"""Tells which routes are version 1's form of what version 2 has, and asks each of them something that it answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from service.http.family import Family, Route

OF_BOTH_VERSIONS = re.compile(r"/(deals|persons|organizations|activities|pipelines|stages)\b")

Ask = Callable[..., Any]
"""Asks by a method, a path and a body, and answers what was told."""


def is_second_form(family: Family, route: Route) -> bool:
    """Whether a route is version 1's about things that are version 2's own; those of followers are both versions'."""
    is_of_both = OF_BOTH_VERSIONS.match(route.path) is not None and "/followers" not in route.path
    return family.name == "v1" and is_of_both


def ask_second_forms(ask: Ask) -> None:
    """Ask each of these routes, in a company with a first pipeline."""
    _ask_about_pipelines(ask)
    _ask_about_deals(ask)


def _ask_about_pipelines(ask: Ask) -> None:
    pipeline = ask("POST", "/v1/pipelines", {"name": "After sales", "deal_probability": 1})["data"]["id"]
    stages = [ask("POST", "/v1/stages", {"name": "Asked", "pipeline_id": pipeline})["data"]["id"] for _ in range(2)]
    ask("PUT", f"/v1/stages/{stages[0]}", {"rotten_flag": "1", "rotten_days": 3})
    ask("PUT", f"/v1/pipelines/{pipeline}", {"name": "Service"})
    for path in ("/v1/pipelines", f"/v1/pipelines/{pipeline}", "/v1/stages", f"/v1/stages/{stages[0]}"):
        ask("GET", path)
    ask("DELETE", f"/v1/stages/{stages[0]}")
    ask("DELETE", f"/v1/stages?ids={stages[1]}")
    ask("DELETE", f"/v1/pipelines/{pipeline}")


def _ask_about_deals(ask: Ask) -> None:
    organization = ask("POST", "/api/v2/organizations", {"name": "Rør AS"})["data"]["id"]
    facts = {"title": "Heat pump", "value": "900", "currency": "NOK", "org_id": f"{organization}", "label": "1,2"}
    deals = [ask("POST", "/v1/deals", facts)["data"]["id"] for _ in range(3)]
    ask("PUT", f"/v1/deals/{deals[0]}", {"stage_id": 2, "value": 12.5, "label": None})
    for path in ("/v1/deals?limit=1&sort=value DESC", f"/v1/deals/{deals[0]}", "/v1/deals/search?term=heat"):
        ask("GET", path)
    ask("DELETE", f"/v1/deals/{deals[0]}")
    ask("DELETE", f"/v1/deals?ids={deals[1]},{deals[2]}")
