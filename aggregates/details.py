"""The fields that a lead and a deal have in common, which go along when an opportunity changes its form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self, TypedDict, cast

from aggregates.refusals import Refusal


class SomeDetails(TypedDict, total=False):
    """Details by name, all of them or some: what an edit wants, or what it changes."""

    title: str
    owner_id: int
    person_id: int | None
    organization_id: int | None
    amount: str | None
    currency: str | None
    expected_close_date: str | None
    visible_to: int
    channel: int | None
    channel_id: str | None


@dataclass(frozen=True, kw_only=True)
class Details:
    """What an opportunity says about itself in either form; it goes along when the form changes.

    ``amount`` is decimal text and comes with its ``currency``, or both are None; ``visible_to`` is one of
    the wire's levels 1, 3, 5, 7; ``expected_close_date`` is an ISO date.
    """

    title: str
    owner_id: int
    person_id: int | None = None
    organization_id: int | None = None
    amount: str | None = None
    currency: str | None = None
    expected_close_date: str | None = None
    visible_to: int = 3
    channel: int | None = None
    channel_id: str | None = None

    @classmethod
    def of(cls, event: Details) -> Details:
        """Just the details that an event tells, without the rest of it."""
        return Details(**event.as_facts())

    def as_facts(self) -> SomeDetails:
        """All details by name, as the next event tells them."""
        return details_among(vars(self))

    def edited(self, changes: SomeDetails | dict[str, Any]) -> Self:
        """The details as they are after an edit."""
        told = details_among(changes)
        return replace(self, **told) if told else self

    def differing(self, wanted: SomeDetails) -> SomeDetails:
        """The part of what is wanted that is not so already, all that an edit records.

        An amount and its currency are recorded together.
        """
        changes = details_among({name: value for name, value in wanted.items() if getattr(self, name) != value})
        if "amount" in changes or "currency" in changes:
            changes["amount"] = wanted.get("amount", self.amount)
            changes["currency"] = wanted.get("currency", self.currency)
        return changes

    def check_linked(self) -> None:
        """A lead is always linked to a person, an organization or both (wire reference 2.3)."""
        if self.person_id is None and self.organization_id is None:
            raise Refusal("a lead must be linked to a person or an organization")


DETAILS = tuple(field.name for field in fields(Details))


def details_among(facts: Mapping[str, object]) -> SomeDetails:
    """The details among facts that a command was given, an event tells or a row has."""
    return cast(SomeDetails, {name: facts[name] for name in DETAILS if name in facts})
