"""The command by which leads arrive through any door, with the persons, organizations and signals they bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Required, TypedDict
from uuid import UUID

from aggregates.aggregate import Aggregate
from aggregates.details import Details
from aggregates.lead import Lead
from aggregates.organization import Organization
from aggregates.person import Person
from projections.lead_labels import LEAD_LABELS
from projections.lead_sources import Source
from projections.leads import LEADS
from projections.lookalikes import organization_named, person_with_email
from service.commands import lead_sources, references, signals
from service.ledger.ledger import Transaction
from service.log.history import end_of_command

_PURPOSE = b"arrival"
_ORIGIN = "API"


class SomePerson(TypedDict, total=False):
    """A person: by ``id``, or by a name and ways to reach him, each ``{"value", "primary"?, "label"?}``."""

    id: int
    name: str
    emails: list[dict[str, Any]]
    phones: list[dict[str, Any]]


class SomeOrganization(TypedDict, total=False):
    """An organization: by ``id`` or by its name."""

    id: int
    name: str


class ArrivalFacts(TypedDict, total=False):
    """What is told of a lead that arrives; the owner is the caller where nobody is named."""

    title: Required[str]
    source: Required[str]
    amount: str
    currency: str
    person: SomePerson
    organization: SomeOrganization
    channel: int
    external_id: str
    signals: list[dict[str, Any]]
    label_ids: list[str]
    owner_id: int


@dataclass(frozen=True)
class Arrived:
    """A lead that came in, and the log's position then."""

    lead_id: str
    position: int


def arrive(tx: Transaction, facts: ArrivalFacts) -> Arrived:
    """Add a lead that comes from a source, with the person, the organization and the signals that it brings along.

    Who is told of by name is found, and then not edited, or is added: a person by any of the e-mail addresses, an
    organization by its name; of several the first that was added. For what arrived before from this source under the
    same ``external_id`` the answer is that of then, whatever is told now. Raises `UnknownReference` for a source
    that is not in the register, and for an id of nothing.
    """
    source = lead_sources.existing(tx.reading, facts["source"])
    lead_id = _lead_id(tx, source, facts.get("external_id"))
    known = tx.rows.current(LEADS, str(lead_id))
    if known is not None:
        ended = end_of_command(tx.connection, known["created_position"])
        assert ended is not None
        return Arrived(known["lead_id"], ended.position)
    references.check(tx, {"owner_id": facts.get("owner_id")})
    references.check_each(tx, LEAD_LABELS, "lead label", facts.get("label_ids", ()))
    owner_id = facts.get("owner_id", tx.user_id)
    organization_id, organizations = _organization(tx, facts.get("organization"), owner_id)
    person_id, persons = _person(tx, facts.get("person"), owner_id, organization_id)
    details = Details(
        title=facts["title"],
        owner_id=owner_id,
        person_id=person_id,
        organization_id=organization_id,
        amount=facts.get("amount"),
        currency=facts.get("currency"),
        channel=facts.get("channel"),
    )
    lead = Lead.create(
        lead_id,
        details,
        label_ids=facts.get("label_ids", []),
        source_name=source.name,
        origin=_ORIGIN,
        origin_id=facts.get("external_id"),
    )
    position = tx.save(*organizations, *persons, lead, *signals.brought_along(tx, lead_id, facts.get("signals", ())))
    return Arrived(str(lead_id), position)


def _lead_id(tx: Transaction, source: Source, external_id: str | None) -> UUID:
    """The lead that a source knows by that name: always the same one, but nobody can tell the name from it."""
    if external_id is None:
        return tx.new_id()
    told = f"{source.lead_source_id or source.name}\n{external_id}"
    return UUID(bytes=tx.keyed_hash(_PURPOSE, told), version=5)


def _organization(
    tx: Transaction, told: SomeOrganization | None, owner_id: int
) -> tuple[int | None, Sequence[Aggregate]]:
    """Which organization is meant, and the one to be added, if any."""
    if told is None:
        return None, ()
    if (number := _named(tx, "organization_id", told)) is not None:
        return number, ()
    if (found := organization_named(tx.seen, told["name"])) is not None:
        return found, ()
    added = Organization.add(tx.next_number("organization"), name=told["name"], owner_id=owner_id)
    return added.organization_id, (added,)


def _person(
    tx: Transaction, told: SomePerson | None, owner_id: int, organization_id: int | None
) -> tuple[int | None, Sequence[Aggregate]]:
    """Which person is meant, and the one to be added, if any."""
    if told is None:
        return None, ()
    if (number := _named(tx, "person_id", told)) is not None:
        return number, ()
    emails = [way["value"] for way in told.get("emails", ())]
    if (found := person_with_email(tx.seen, emails)) is not None:
        return found, ()
    added = Person.add(tx.next_number("person"), owner_id=owner_id, organization_id=organization_id, **told)
    return added.person_id, (added,)


def _named(tx: Transaction, name: str, told: Mapping[str, Any]) -> int | None:
    """The id that is told. Raises `UnknownReference` where nothing has it."""
    number: int | None = told.get("id")
    references.check(tx, {name: number})
    return number
