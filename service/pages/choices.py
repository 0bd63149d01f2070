"""What there is to choose from in forms, as the API lists it: users, labels, sources, stages, kinds of activities."""

from __future__ import annotations

from typing import Any

from marshmallow import validate

from service.http.call import Call
from service.http.entries import operation
from service.pages import api

Options = list[tuple[Any, str]]
"""Pairs of the value that a form gives, and the text that stands for it."""


def words(path: str, parameter: str) -> list[str]:
    """The words that a parameter of the API takes, as the route itself says."""
    field = operation("GET", path)[1].query.fields[parameter]
    rules = getattr(field, "inner", field).validators
    return next(list(map(str, rule.choices)) for rule in rules if isinstance(rule, validate.OneOf))


def owners(call: Call) -> Options:
    """Users who may own something."""
    return [(user["id"], user["name"]) for user in api.get(call, "/v1/users")["data"] if user["active_flag"]]


def lead_labels(call: Call) -> Options:
    """Labels of leads."""
    return [(label["id"], label["name"]) for label in api.get(call, "/v1/leadLabels")["data"]]


def sources(call: Call) -> Options:
    """Sources that leads come from, by name."""
    return [(source["name"], source["name"]) for source in api.get(call, "/api/ledger/v1/lead-sources")["items"]]


def activity_types(call: Call) -> Options:
    """Kinds of activities."""
    return [(kind["key_string"], kind["name"]) for kind in api.get(call, "/v1/activityTypes")["data"]]


def pipelines(call: Call) -> Options:
    """Pipelines, as they were added."""
    return [
        (pipeline["id"], pipeline["name"]) for pipeline in api.get(call, "/api/v2/pipelines", {"limit": 500})["data"]
    ]


def stages(call: Call) -> Options:
    """Stages of all pipelines, in their order, each with its pipeline's name."""
    found = api.get(call, "/v1/stages", {"limit": 500})["data"] or []
    return [(stage["id"], f"{stage['pipeline_name']}: {stage['name']}") for stage in found]
