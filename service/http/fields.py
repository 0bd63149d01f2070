"""Marshmallow fields for what clients send, as strict about types as version 2 of the wire is."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marshmallow import Schema, ValidationError, fields, missing, validate

from aggregates.money import canonical_amount
from aggregates.refusals import Refusal
from service import text
from service.http.harmless import shows_something

LARGEST_ID = 2**53 - 1
"""Ids stay exact in JavaScript, too."""


class Text(fields.String):
    """One line of text of a bounded length; blank only where that is allowed."""

    def __init__(self, longest: int = 255, *, blank: bool = False, **options: Any) -> None:
        super().__init__(validate=validate.Length(min=0 if blank else 1, max=longest), **options)
        self.may_be_blank = blank

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        given = super()._deserialize(value, attr, data, **options)
        try:
            return self._by_rule(given)
        except text.BadText as bad:
            raise ValidationError(str(bad)) from None

    @property
    def pattern(self) -> str:
        """A regular expression that fits what the rule allows, but for text that only looks empty."""
        return text.pattern_of(text.NOT_IN_A_LINE, may_be_blank=self.may_be_blank)

    def _by_rule(self, given: str) -> str:
        return text.line(given, may_be_blank=self.may_be_blank)


class LongText(Text):
    """Text of any number of lines and a bounded length, as it was written."""

    @property
    def pattern(self) -> str:
        """As of one line, with tabs and line breaks."""
        return text.pattern_of(text.NOT_IN_LONG_TEXT, may_be_blank=self.may_be_blank)

    def _by_rule(self, given: str) -> str:
        return text.long_text(given, may_be_blank=self.may_be_blank)


class Html(LongText):
    """Long text in which tags may stand, as it was written: where it is shown, it is made harmless."""

    def __init__(self, longest: int = 100_000, **options: Any) -> None:
        super().__init__(longest, **options)

    def _by_rule(self, given: str) -> str:
        if not self.may_be_blank and not shows_something(given):
            raise text.BadText("it must not be blank")
        return super()._by_rule(given)


class Email(Text):
    """An e-mail address."""

    @property
    def pattern(self) -> str:
        """As of one line, without blanks within."""
        blanks = rf"[^\S{text.NOT_IN_A_LINE}]*"
        return rf"^{blanks}[^{text.NOT_IN_A_LINE}\s]+{blanks}$"

    def _by_rule(self, given: str) -> str:
        return text.email(given)


class Phone(Text):
    """A telephone number as people write it."""

    def _by_rule(self, given: str) -> str:
        return text.phone(given)


class Whole(fields.Integer):
    """A whole number within bounds; neither a string nor a truth value is turned into one."""

    def __init__(self, least: int, most: int, **options: Any) -> None:
        bounds = [validate.Range(min=least, max=most), *options.pop("validate", ())]
        super().__init__(strict=True, validate=bounds, **options)

    def _validated(self, value: Any) -> int:
        if isinstance(value, Decimal) and abs(value) <= LARGEST_ID and value == int(value):
            return int(value)  # 10.0 is whole, too
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValidationError("it must be a whole number")
        return value


class Id(Whole):
    """An integer id."""

    def __init__(self, **options: Any) -> None:
        super().__init__(1, LARGEST_ID, **options)


class Visibility(Whole):
    """Who may see something, as version 2 writes it (wire reference 1.10)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(1, 7, validate=[validate.OneOf([1, 3, 5, 7])], **options)


class Refused(fields.Field[None]):
    """What the wire knows and we do not take; whoever sends it is told why."""

    def __init__(self, reason: str) -> None:
        super().__init__(allow_none=False)
        self._reason = reason

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **options: Any) -> None:
        """Say no to any value."""
        if value is not missing:
            raise ValidationError(self._reason)
        return super().deserialize(value, attr, data, **options)


class QueryId(fields.Integer):
    """An integer id in a query, where everything is text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(validate=validate.Range(min=1, max=LARGEST_ID), **options)


class Flag(fields.Field[bool]):
    """true or false, and nothing that merely looks like it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("it must be true or false")
        return value


class NumberFlag(fields.Field[bool]):
    """1 or 0, as the older part of version 1 writes what is so or not; true and false will do."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> bool:
        if not isinstance(value, int) or value not in (0, 1):
            raise ValidationError("it must be 0 or 1")
        return bool(value)


class QueryFlag(fields.Field[bool]):
    """true or false in a query: in any case, as clients send it (wire reference 1.6), and 1 or 0."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> bool:
        try:
            return {"true": True, "1": True, "false": False, "0": False}[value.lower()]
        except KeyError:
            raise ValidationError("it must be true or false") from None


class Amount(fields.Field[Decimal]):
    """An amount of money as a JSON number, exact."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise ValidationError("it must be a number")
        return Decimal(value)


class Listed(fields.Field[list[str]]):
    """Several values of a query: separated by commas, or in a parameter that is repeated."""

    def __init__(self, inner: fields.Field[Any], most: int = 100, **options: Any) -> None:
        super().__init__(**options)
        self.inner = inner
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[Any]:
        parts = [part.strip() for part in value.split(",") if part.strip()]
        if len(parts) > self.most:
            raise ValidationError(f"at most {self.most} values are allowed")
        return [self.inner.deserialize(part) for part in parts]


class IncludedFields(Listed):
    """Which fields to include that an answer has on request only."""

    def __init__(self, *names: str) -> None:
        super().__init__(fields.String(validate=validate.OneOf(names)), load_default=list)


class Order(fields.Field[list[tuple[str, bool]]]):
    """``field ASC, other DESC``, as version 1 sorts; it comes out as columns and whether they descend."""

    def __init__(self, columns: Mapping[str, str], **options: Any) -> None:
        super().__init__(**options)
        self.columns = columns

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[tuple[str, bool]]:
        order = []
        for part in value.split(","):
            name, _, direction = part.strip().partition(" ")
            if name not in self.columns or direction.strip().upper() not in ("", "ASC", "DESC"):
                raise ValidationError(f"it must name {', '.join(self.columns)}, each with ASC or DESC")
            order.append((self.columns[name], direction.strip().upper() == "DESC"))
        return order


def recorded_amount(amount: Decimal, currency: str, name: str) -> str:
    """An amount as events hold it; what is wrong with it is the named field's fault. Raises ValidationError."""
    try:
        return canonical_amount(amount, currency)
    except Refusal as refusal:
        raise ValidationError({name: [str(refusal)]}) from None


class Page(Schema):
    """How much of a list, in version 2's and our own way."""

    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))
    cursor = fields.String(load_default=None, validate=validate.Length(max=500))


class Offset(Schema):
    """How much of a list, in version 1's way."""

    start = fields.Integer(load_default=0, validate=validate.Range(min=0, max=10**9))
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))
