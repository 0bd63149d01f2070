"""Describes what an operation may answer: by status, with which media types and headers."""

from __future__ import annotations

from typing import Any

from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow.fields import Field

from service.http.description.fields import Described
from service.http.description.headers import DIGEST, response
from service.http.description.problems import is_wire, problems
from service.http.family import Family
from service.http.route import Route
from service.http.time_fields import AsOf, Moment

_OFFSETS: Described = {
    "start": {"type": "integer"},
    "limit": {"type": "integer"},
    "next_start": {"type": "integer"},
    "more_items_in_collection": {"type": "boolean"},
}


def answers(converter: OpenAPIConverter, family: Family, route: Route) -> Described:
    """All answers of an operation, by status."""
    statuses = [route.status, *([202] if route.may_take_longer else [])]
    successes = {str(status): _success(converter, family, route, status) for status in statuses}
    tag = _tag(route)
    unchanged = {"304": response(304, {}, tag)} if tag is not None and not route.is_command else {}
    return {**successes, **unchanged, **problems(family, route)}


def _success(converter: OpenAPIConverter, family: Family, route: Route, status: int) -> Described:
    content: Described = {kind: {"schema": {"type": "string"}} for kind in route.formats}
    if route.answer is not None:
        shape = converter.field2property(route.answer) if isinstance(route.answer, Field) else route.answer
        data: Any = {"type": "array", "items": shape} if route.many else shape
        schema = _enveloped(route, data) if is_wire(family) else data
        content = {"application/json": {"schema": schema}, **content}
    more = {
        "X-As-Of-Position": "as_of" in route.query.fields,
        "X-Assumed-Time-Zone": _takes_times(route),
        "Idempotent-Replayed": route.is_command,
        "Location": 300 <= status < 400,
    }
    tag = _tag(route)
    named = [name for name, is_there in more.items() if is_there]
    return response(status, content, *named, *([] if tag is None else [tag]))


def _tag(route: Route) -> str | None:
    """The component that describes the tag of an operation's answers, if they have one."""
    return "ETag" if route.has_tag else DIGEST if route.is_of_log else None


def _takes_times(route: Route) -> bool:
    schemas = [route.query, *([] if route.body is None else [route.body])]
    return any(isinstance(field, AsOf | Moment) for schema in schemas for field in schema.fields.values())


def _enveloped(route: Route, data: Any) -> Described:
    beside: Described = {}
    if "cursor" in route.query.fields:
        beside = {"type": "object", "properties": {"next_cursor": {"type": ["string", "null"]}}}
    elif "start" in route.query.fields:
        pagination = {"type": "object", "properties": _OFFSETS}
        beside = {"type": "object", "properties": {"pagination": pagination, **_OFFSETS}}
    properties = {"success": {"const": True}, "data": data, "additional_data": beside}
    return {"type": "object", "required": ["success", "data"], "properties": properties}
