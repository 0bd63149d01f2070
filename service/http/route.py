"""One operation of the API: where it is, what it takes and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError
from marshmallow.fields import Field

from service.http.asked import Asked, checked_body, query_of
from service.http.tags import Edited
from service.http.wire_fields import camel_case

View = Callable[..., Any]

AS_OF = "as_of"


@dataclass(frozen=True, kw_only=True)
class Route:
    """One operation: where it is, what it takes, what it answers; the API description is made from these."""

    method: str
    path: str
    view: View
    query: Schema
    body: Schema | None
    answer: Schema | Field[Any] | None
    many: bool
    status: int
    missing: str | None
    is_public: bool
    is_command: bool
    is_for_administrators: bool
    is_audited: bool
    is_unrecorded: bool
    scope: str
    is_confidential: bool
    shows_secret: bool
    may_take_longer: bool
    may_ask_in_body: bool
    is_alone: bool
    formats: tuple[str, ...]
    problems: frozenset[int]
    has_tag: bool
    edited: Edited | None
    no_past: str | None
    is_of_log: bool

    def check(self, asked: Asked) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """The query and the body of a request, as the schemas have them. Raises what is wrong with them."""
        if self.no_past is not None and AS_OF in asked.parameters:
            raise ValidationError({AS_OF: [self.no_past]})
        query = query_of(asked, self.query, may_be_in_body=self.may_ask_in_body)
        return query, {} if self.body is None else checked_body(asked, self.body)

    @property
    def fits_batch(self) -> bool:
        """Whether it may be one of a batch's commands: it does its work in one transaction, and shows no secret."""
        shows_secret = self.is_confidential or self.shows_secret
        return self.is_command and not (self.is_alone or self.may_take_longer or shows_secret)

    @property
    def name(self) -> str:
        """The operation's name: its function's, in the wire's spelling."""
        return camel_case(self.view.__name__)

    @property
    def takes_body(self) -> bool:
        """Whether anything that a request's body says counts."""
        return self.body is not None or self.may_ask_in_body

    @property
    def is_about_one(self) -> bool:
        """Whether it shows or changes one thing that has an entity tag, so that it keeps preconditions."""
        return self.has_tag or self.edited is not None

    def endpoint(self, prefix: str) -> str:
        """What Flask knows the operation by under one of its family's prefixes."""
        return f"{prefix.strip('/').replace('/', '_')}.{self.view.__name__}"
