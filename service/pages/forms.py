"""Turns what a form says into the body of a command: its fields are named as the body's, with points between levels."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from marshmallow import Schema, ValidationError, fields
from marshmallow.fields import Field
from werkzeug.datastructures import MultiDict

from service.http.fields import Amount, Flag, Text

Form = MultiDict[str, str]


def body_of(form: Form, schema: Schema) -> dict[str, Any]:
    """A body for a schema: of each of its fields what the form says, as that type; text where it is none.

    A field that the form leaves blank is null where it may be, a blank text where it takes text, and else left out.
    What is wrong with it, the schema says.
    """
    return _filled(form, schema, "")


def with_amounts(form: Form) -> Form:
    """A form that can be changed, without the currency where it has no amount: then there is no value."""
    copied = form.copy()
    if not copied.get("value.amount", "").strip() and "value.currency" in copied:
        copied["value.currency"] = ""
    return copied


_LEFT_OUT = object()
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}([.][0-9]{1,30})?")
"""Longer ones are no amount of anything, and take long to read."""

_TICKED = ["false", "true"]
"""What a box gives that is ticked, where a hidden field before it says what it is otherwise."""

_FLAGS = {"true": True, "on": True, "1": True, "false": False, "0": False}


def _values(form: Form, schema: Schema, prefix: str) -> list[tuple[str, Any]]:
    known = {field.data_key or attribute: field for attribute, field in schema.load_fields.items()}
    return [(name, _value(form, prefix + name, field)) for name, field in known.items()]


def _value(form: Form, name: str, field: Field[Any]) -> Any:
    if isinstance(field, fields.Nested):
        return _nested(form, name, field)
    if isinstance(field, fields.List):
        return _list(form, name, field.inner)
    texts = form.getlist(name)
    if not texts:
        return _LEFT_OUT
    if isinstance(field, Flag | fields.Boolean) and texts == _TICKED:
        return True
    if len(set(texts)) > 1:
        raise ValidationError({name: ["it is given several times"]})
    if not (text := texts[0].strip()):
        return _blank(field)
    return _one(text, field)


def _list(form: Form, name: str, inner: Field[Any]) -> Any:
    """A list that the form gives as fields of one name, or as lines of one; of objects, their fields bear numbers."""
    if isinstance(inner, fields.Nested):
        matches = (re.match(rf"{re.escape(name)}\.(\d{{1,4}})\.", key, re.ASCII) for key in form)
        numbers = sorted({int(match[1]) for match in matches if match})
        items: list[Any] = [text for text in form.getlist(name) if text.strip()]  # which are no objects
        items += [_filled(form, inner.schema, f"{name}.{number}.") for number in numbers]
    else:
        lines = (line.strip() for text in form.getlist(name) for line in text.splitlines())
        items = [_one(line, inner) for line in lines if line]
    return items if items or name in form else _LEFT_OUT


def _filled(form: Form, schema: Schema, prefix: str) -> dict[str, Any]:
    return {name: value for name, value in _values(form, schema, prefix) if value is not _LEFT_OUT}


def _nested(form: Form, name: str, field: fields.Nested) -> Any:
    if not any(key.startswith(f"{name}.") for key in form):
        return _LEFT_OUT
    inner = _filled(form, field.schema, f"{name}.")
    if any(value not in (None, "") for value in inner.values()):
        return inner
    return None if field.allow_none else _LEFT_OUT


def _blank(field: Field[Any]) -> Any:
    if field.allow_none:
        return None
    return "" if isinstance(field, Text) else _LEFT_OUT


def _one(text: str, field: Field[Any]) -> Any:
    if isinstance(field, Flag | fields.Boolean):
        return _FLAGS.get(text, text)
    if isinstance(field, fields.Integer):
        return int(text) if _WHOLE.fullmatch(text) else text
    if isinstance(field, Amount | fields.Decimal | fields.Float):
        return _number(text)
    return text


def _number(text: str) -> Decimal | str:
    """A number as people write it: blanks between thousands, and a comma or a point before the decimals."""
    closed = "".join(text.split()).replace(",", ".")
    return Decimal(closed) if _NUMBER.fullmatch(closed) else text
