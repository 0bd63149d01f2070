"""Fields of bodies that take numbers and flags as text, too, as older clients of version 1 send them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, missing, validate
from marshmallow.fields import Field

from service.http.fields import Amount, Flag, Id, Whole
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
