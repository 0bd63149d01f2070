"""Describes each kind of field in JSON Schema."""

from __future__ import annotations

from typing import Any

from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema, validate

from aggregates.money import LARGEST
from service.http.fields import Amount, Flag, Listed, NumberFlag, Order, QueryFlag, Refused, Text
from service.http.loose_fields import Either, LabelIds, Loose
from service.http.time_fields import AsOf, Day, Moment, TimeOfDay
from service.log.moments import LONGEST_POSITION

Described = dict[str, Any]
"""A part of an OpenAPI document."""

_TYPES: dict[type, tuple[str | None, str | None]] = {
    Amount: ("number", None),
    AsOf: (None, None),
    Day: ("string", "date"),
    Moment: ("string", "date-time"),
    TimeOfDay: ("string", None),
    Flag: ("boolean", None),
    QueryFlag: ("boolean", None),
    NumberFlag: (None, None),
    Loose: (None, None),
    LabelIds: (None, None),
    Either: (None, None),
    Order: ("string", None),
    Listed: ("array", None),
}
_POSITION: Described = {"type": "integer", "minimum": 0, "maximum": 10**LONGEST_POSITION - 1}
_TIME: Described = {"type": "string", "format": "date-time"}
_END = r"\Z"
_TIME_OF_DAY = "^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"


def teach(converter: OpenAPIConverter) -> None:
    """Tell the converter what our own fields are."""

    def shape(field: Any, ret: Described) -> Described:
        match field:
            case Listed():
                fewest = next((rule.min for rule in field.validators if isinstance(rule, validate.Length)), 0)
                return {"items": converter.field2property(field.inner), "minItems": fewest, "maxItems": field.most}
            case Amount():
                return {"exclusiveMinimum": -int(LARGEST), "exclusiveMaximum": int(LARGEST)}
            case AsOf():
                return {"anyOf": [_POSITION, _TIME]}
            case Loose():
                as_number = [{"type": "integer", "enum": [0, 1]}] if field.is_flag else []
                written = {"type": "string", "pattern": f"^({field.pattern})$"}
                return {"anyOf": [converter.field2property(field.strict), written, *as_number]}
            case Either():
                either = [converter.field2property(each) for each, _ in field.by_type.values()]
                return {"anyOf": [*either, *([{"type": "null"}] if field.allow_none else [])]}
            case LabelIds():
                written = {"type": "string", "pattern": f"^({field.pattern})$"}
                single = converter.field2property(field.listed.inner)
                return {"anyOf": [converter.field2property(field.listed), single, written, {"type": "null"}]}
            case NumberFlag():
                return {"anyOf": [{"type": "integer", "enum": [0, 1]}, {"type": "boolean"}]}
            case TimeOfDay():
                return {"pattern": _TIME_OF_DAY}
            case Order():
                one = f"({'|'.join(field.columns)})( (ASC|DESC))?"
                return {"pattern": f"^{one}(, {one})*$"}
            case Text():
                return {"pattern": field.pattern}
        return {}

    def whole_pattern(field: Any, ret: Described) -> Described:
        """What a validator matches from the beginning, as JSON Schema has it, which looks for it anywhere."""
        is_matched = any(isinstance(rule, validate.Regexp) for rule in field.validators)
        return {"pattern": f"^({ret['pattern'].removesuffix(_END)})$"} if is_matched else {}

    def without_empty_default(field: Any, ret: Described) -> Described:
        if field.load_default is None:
            del ret["default"]
        return {}

    def separated(_: OpenAPIConverter, field: Any, ret: Described) -> Described:
        return {"style": "form", "explode": False} if isinstance(field, Listed) else {}

    converter.field_mapping = {**converter.field_mapping, **_TYPES}
    converter.attribute_functions += [shape, whole_pattern, without_empty_default]
    converter.add_parameter_attribute_function(separated)


def taken(schema: Schema) -> Schema:
    """The schema without what it refuses whatever its value."""
    refused = [name for name, field in schema.fields.items() if isinstance(field, Refused)]
    return type(schema)(unknown=schema.unknown, exclude=refused) if refused else schema
