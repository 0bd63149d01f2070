"""Schemas of what many answers have in common: deleted things, search results, linked things."""

from __future__ import annotations

from marshmallow import Schema, fields

from service.http.wire_fields import schema


class Deleted(Schema):
    """What is left of a numbered thing."""

    id = fields.Integer(required=True)


class DeletedByUuid(Schema):
    """What is left of a thing that has a UUID."""

    id = fields.UUID(required=True)


class Owner(Schema):
    """The owner of what was found."""

    id = fields.Integer(required=True)


class Linked(Owner):
    """What a found thing points at."""

    name = fields.String(required=True, allow_none=True)


class NoCustomFields(Schema):
    """The values of custom fields: there are none yet."""


def found(item: type[Schema]) -> type[Schema]:
    """What a search answers whose items look like that: each with how well it fits."""
    scored = {"result_score": fields.Float(required=True), "item": fields.Nested(item, required=True)}
    one = schema(f"Scored{item.__name__}", item.__module__, "What was found, and how well it fits the term.", scored)
    all_found = {"items": fields.List(fields.Nested(one), required=True)}
    return schema(f"{item.__name__}s", item.__module__, "What a search found.", all_found)
