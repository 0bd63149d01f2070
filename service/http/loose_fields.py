"""Fields of bodies that take numbers and flags as text, too, as older clients of version 1 send them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, missing, validate
from marshmallow.fields import Field

from service import text
from service.http.fields import Amount, Email, Flag, Id, LongText, Phone, Text, Whole
from service.http.wire_fields import by_kind

FLAGS: Mapping[str, bool] = {"0": False, "1": True, "false": False, "true": True}
"""How a flag is written as text; as a number it is 0 or 1."""

_READERS: Mapping[type[Field[Any]], tuple[str, Callable[[str], Any]]] = {
    Id: (r"[1-9][0-9]{0,14}", int),
    Whole: (r"[0-9]{1,15}", int),
    Amount: (r"-?[0-9]{1,11}(\.[0-9]{1,2})?", Decimal),
    Flag: ("|".join(FLAGS), FLAGS.__getitem__),
}
"""By the kind of field: what text it takes, and how that is read."""


class Loose(Field[Any]):
    """What a ``strict`` field takes, and text that says the same; a flag may be 0 or 1, too."""

    def __init__(self, strict: Field[Any], **options: Any) -> None:
        super().__init__(allow_none=strict.allow_none, **options)
        self.strict = strict
        reader = by_kind(_READERS, strict)
        assert reader is not None, f"nothing reads text for {type(strict).__name__}"
        self.pattern, self._read = reader

    @property
    def is_flag(self) -> bool:
        """Whether it is true or false."""
        return isinstance(self.strict, Flag)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        if self.is_flag and type(value) is int:
            value = str(value)
        if not isinstance(value, str) or re.fullmatch(self.pattern, value) is None:
            return self.strict.deserialize(value, attr, data, **options)
        try:
            return self.strict.deserialize(self._read(value), attr, data, **options)
        except ValidationError as error:
            raise ValidationError(f"as a number: {'; '.join(map(str, error.messages))}") from None


def loosened(field: Field[Any]) -> Field[Any]:
    """A field that takes text as well where this one takes a number or a flag, or a list of them."""
    if isinstance(field, fields.List):
        return type(field)(loosened(field.inner), validate=field.validators, allow_none=field.allow_none)
    return Loose(field) if by_kind(_READERS, field) else field


class EmailOrNone(Email):
    """An e-mail address, or empty text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(blank=True, **options)

    @property
    def pattern(self) -> str:
        """As of an address, or nothing."""
        return f"^$|{super().pattern}"

    def _by_rule(self, given: str) -> str:
        return given if not given else super()._by_rule(given)


class PhoneOrNone(Phone):
    """A telephone number, or empty text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(blank=True, **options)

    @property
    def pattern(self) -> str:
        """As of a number, or nothing."""
        return f"^$|{text.pattern_of(text.NOT_IN_A_LINE, may_be_blank=False)}"

    def _by_rule(self, given: str) -> str:
        return given if not given else super()._by_rule(given)


class Either(Field[Any]):
    """What one of several ``fields`` takes, by the type that a value of it has in JSON, in one shape."""

    def __init__(self, by_type: Mapping[Any, tuple[Field[Any], Callable[[Any], Any]]], **options: Any) -> None:
        super().__init__(**options)
        self.by_type = by_type

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        if type(value) not in self.by_type:
            raise ValidationError("it must be of another type")
        field, shape = self.by_type[type(value)]
        return shape(field.deserialize(value, attr, data, **options))


class Ways(Either):
    """Ways to reach a person: a list of objects or of texts, or one text; what is empty is none."""

    def __init__(self, way: fields.Nested, value: Text) -> None:
        one = Either({dict: (way, _same), str: (value, lambda given: {"value": given})})
        listed = fields.List(one, validate=validate.Length(max=100))
        super().__init__({list: (listed, _filled), str: (value, lambda given: _filled([{"value": given}]))})


class AddressOrText(Either):
    """An address as an object, or as text; null and empty text are none."""

    def __init__(self, address: fields.Nested) -> None:
        written = LongText(blank=True)
        by_type = {dict: (address, _same), str: (written, lambda given: {"value": given} if given.strip() else None)}
        super().__init__(by_type, allow_none=True)


def _same(given: Any) -> Any:
    return given


def _filled(ways: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: part for name, part in way.items() if part != ""} for way in ways if way["value"]]


class LabelIds(Field[list[int]]):
    """The ids of labels, each once: a list of them, a single one, or text with commas between; null stands for none."""

    pattern = "([1-9][0-9]{0,14}(,[1-9][0-9]{0,14})*)?"

    def __init__(self) -> None:
        super().__init__(allow_none=True)
        self.listed = fields.List(Loose(Id()), validate=validate.Length(max=100))

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **options: Any) -> Any:
        """The ids as a list."""
        if value is missing:
            return super().deserialize(value, attr, data, **options)
        if isinstance(value, str) and re.fullmatch(self.pattern, value):
            value = value.split(",") if value else []
        if value is None:
            value = []
        elif not isinstance(value, list):
            value = [value]
        return list(dict.fromkeys(self.listed.deserialize(value, attr, data, **options)))
