"""Makes requests to any route that must be refused, by what is wrong for each kind of field."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from service.http import fields as ours
from service.http import time_fields
from service.http.family import Family
from service.http.ledger.arrivals import ByIdOrName, SourceName
from service.http.ledger.signals import SignalKind
from service.http.loose_fields import Loose
from service.http.route import Route
from service.http.routes import FAMILIES
from tests.service.http.wrong import BLANK, BROKEN_CURSORS, UNKNOWN_KEYS, WRONG_IN_BODY, WRONG_IN_QUERY

Ids = Mapping[str, str]
"""What to put into a path for each of its parameters."""


def routes() -> Iterator[tuple[Family, Route]]:
    """Every route of all families."""
    for family in FAMILIES:
        for route in family.routes:
            yield family, route


def address(family: Family, route: Route, ids: Ids) -> str:
    """Where a route is, under the family's first prefix, with these ids in its path."""
    return family.prefixes[0] + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ids[found[1]], route.path)


def parameters(route: Route) -> list[str]:
    """The names of what is in a route's path."""
    return re.findall(r"<(?:\w+:)?(\w+)>", route.path)


def unknown_ids(ids: Ids) -> Iterator[Ids]:
    """Ids of the right form that nothing has."""
    yield {name: "999999999" if value.isdigit() else str(uuid.uuid4()) for name, value in ids.items()}


def malformed_ids(ids: Ids) -> Iterator[Ids]:
    """What is no id at all."""
    for word in ("0", "-1", "1.5", "x", "9" * 16, "9" * 1000, "%00", "%ED%A0%80", "%FF", "'", "1%20", "{}", "x" * 5000):
        yield dict.fromkeys(ids, word)


def good(field: fields.Field[Any]) -> Any:
    """A value that a field of a body takes."""
    for rule in field.validators:
        if isinstance(rule, validate.OneOf):
            return next(iter(rule.choices))
        if isinstance(rule, validate.Length) and rule.equal == 3:
            return "NOK"
        if isinstance(rule, validate.Range):
            return 3 if rule.max == 7 else rule.min
    match field:
        case fields.Nested():
            return good_body(field.schema)
        case fields.List():
            is_needed = any(isinstance(rule, validate.Length) and rule.min for rule in field.validators)
            return [good(field.inner)] if is_needed else []
        case ours.Flag() | ours.NumberFlag():
            return True
        case Loose():
            return good(field.strict)
        case ours.Amount():
            return 10
        case time_fields.Day():
            return "2026-12-31"
        case time_fields.AsOf():
            return 0
        case time_fields.Moment():
            return "2026-12-31T10:00:00Z"
        case fields.UUID():
            return str(uuid.uuid4())
        case SignalKind():
            return "email_sent"
        case SourceName():
            return "API"
    return field.metadata.get("example", "Good")


def good_body(schema: Schema) -> dict[str, Any]:
    """The least that a schema takes, linked to a person where it can be."""
    wanted = {
        name: field
        for name, field in schema.load_fields.items()
        if field.required
        or (name in ("person_id", "person") and not isinstance(field, ours.Refused))
        or (name == "name" and isinstance(schema, ByIdOrName))
    }
    return {field.data_key or name: good(field) for name, field in wanted.items()}


def good_query(schema: Schema, ids: Ids) -> dict[str, str]:
    """The least that a query needs; where it must say what it is about, that is a lead."""
    wanted = {name: field for name, field in schema.load_fields.items() if field.required}
    query = {field.data_key or name: str(good(field)) for name, field in wanted.items()}
    return query if query or "lead_id" not in schema.load_fields else {"lead_id": ids["lead_id"]}


def wrong_bodies(schema: Schema) -> Iterator[dict[str, Any]]:
    """Bodies that would be good but for one field of one schema, however deep."""
    base = good_body(schema)
    for name, field in schema.load_fields.items():
        for value in wrong(field):
            yield {**base, field.data_key or name: value}
    for key in UNKNOWN_KEYS:
        if key not in schema.load_fields:
            yield {**base, key: 1}


def wrong(field: fields.Field[Any]) -> Iterator[Any]:
    """Values of a body that a field must not take."""
    if not field.allow_none and not isinstance(field, ours.Refused):
        yield None
    yield from _kind(WRONG_IN_BODY, field)
    if isinstance(field, fields.List):
        yield from ([value] for value in wrong(field.inner))
    if isinstance(field, fields.Nested):
        inner = wrong_bodies(field.schema)
        yield from ([value] for value in inner) if field.many else inner


def wrong_queries(schema: Schema, ids: Ids) -> Iterator[dict[str, str]]:
    """Queries, percent-encoded, that would be good but for one parameter."""
    base = good_query(schema, ids)
    for name, field in schema.load_fields.items():
        values = BROKEN_CURSORS if name == "cursor" else _kind(WRONG_IN_QUERY, field)
        if name == "limit":
            values = (*values, "0", "501", "1000000")
        for value in values:
            yield {**base, field.data_key or name: value}


def _kind(table: Mapping[type[fields.Field[Any]], tuple[Any, ...]], field: fields.Field[Any]) -> tuple[Any, ...]:
    may_be_blank = any(
        isinstance(rule, validate.Length) and not rule.min and not rule.equal for rule in field.validators
    )
    for kind in type(field).__mro__:
        if kind in table:
            return tuple(value for value in table[kind] if not (may_be_blank and value in BLANK))
    raise LookupError(f"say in {__name__} what is wrong for a field of kind {type(field).__name__}")
