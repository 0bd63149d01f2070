"""Tells which routes are version 1's form of what version 2 has, and asks each of them something that it answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from service.http.family import Family
from service.http.route import Route

NOT_RETIRED = re.compile("/(followers|permittedUsers)")
OF_BOTH_VERSIONS = re.compile(r"/(deals|persons|organizations|activities|pipelines|stages)\b")

Ask = Callable[..., Any]
"""Asks by a method, a path and a body, and answers what was told."""


def is_second_form(family: Family, route: Route) -> bool:
    """Whether a route is version 1's about things that are version 2's own, and the vendor has retired it."""
    if family.name != "v1" or NOT_RETIRED.search(route.path):
        return False
    return OF_BOTH_VERSIONS.match(route.path) is not None or (route.method, route.path) == ("DELETE", "/activityTypes")


def ask_second_forms(ask: Ask) -> None:
    """Ask each of these routes, in a company with a first pipeline."""
    _ask_about_pipelines(ask)
    _ask_about_deals(ask)
    _ask_about_contacts(ask)
    _ask_about_activities(ask)


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


def _ask_about_contacts(ask: Ask) -> None:
    facts = {"name": "Rør AS", "address": "Torget 1", "address_locality": "Bergen", "label": 1}
    companies = [ask("POST", "/v1/organizations", facts)["data"]["id"] for _ in range(3)]
    ways = {"email": "kari@example.org", "phone": [{"value": "+47 1", "primary": "true"}, "+47 2"]}
    people = [ask("POST", "/v1/persons", {"name": "Kari", "org_id": companies[0], **ways})["data"]["id"] for _ in "abc"]
    deal = ask("POST", "/v1/deals", {"title": "Boiler", "person_id": people[0], "org_id": companies[0]})["data"]["id"]
    ask("PUT", f"/v1/persons/{people[0]}", {"email": [], "label_ids": ["1"]})
    ask("PUT", f"/v1/organizations/{companies[0]}", {"address": None})
    for path in (
        *("/v1/persons?limit=2", f"/v1/persons/{people[0]}", f"/v1/persons/{people[0]}/deals", "/v1/organizations"),
        *(f"/v1/organizations/{companies[1]}", f"/v1/organizations/{companies[0]}/deals"),
        *(f"/v1/organizations/{companies[0]}/persons?limit=1", f"/v1/deals/{deal}/persons"),
        *("/v1/persons/search?term=kari&fields=name", "/v1/organizations/search?term=torget&fields=address"),
    ):
        ask("GET", path)
    for kind, (first, *rest) in {"persons": people, "organizations": companies}.items():
        ask("DELETE", f"/v1/{kind}/{first}")
        ask("DELETE", f"/v1/{kind}?ids={','.join(map(str, rest))}")


def _ask_about_activities(ask: Ask) -> None:
    person = ask("POST", "/v1/persons", {"name": "Kari"})["data"]["id"]
    organization = ask("POST", "/v1/organizations", {"name": "Rør AS"})["data"]["id"]
    deal = ask("POST", "/v1/deals", {"title": "Boiler", "person_id": person})["data"]["id"]
    links = {"deal_id": str(deal), "person_id": str(person), "org_id": str(organization)}
    facts = {"subject": "Visit", "due_date": "2030-01-07", "due_time": "09:30", "location": "Torget 1", **links}
    invited = [{"email_address": "kari@example.org", "is_organizer": 0}]
    made = [ask("POST", "/v1/activities", {**facts, "attendees": invited})["data"]["id"] for _ in range(3)]
    ask("PUT", f"/v1/activities/{made[0]}", {"done": 1, "busy_flag": True, "participants": [{"person_id": person}]})
    ask("GET", f"/v1/activities/{made[0]}")
    ask("GET", "/v1/activities?user_id=0&limit=1")
    for path in (f"/v1/deals/{deal}", f"/v1/persons/{person}", f"/v1/organizations/{organization}"):
        ask("GET", f"{path}/activities?done=0&exclude={made[1]}")
    ask("DELETE", f"/v1/activities/{made[0]}")
    ask("DELETE", f"/v1/activities?ids={made[1]},{made[2]}")
    ask("DELETE", "/v1/activityTypes?ids=5,6")
