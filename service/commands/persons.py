"""The commands about persons: add, edit, delete, hold, release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aggregates.identity import stream_id
from aggregates.person import Person
from aggregates.refusals import Refusal
from projections.engine.rows import Row
from projections.persons import PERSONS
from service.commands import references
from service.ledger.ledger import Transaction


def add(tx: Transaction, facts: Mapping[str, Any]) -> Row:
    """Add a person; the owner is the caller unless the facts name another. Answers the person's row."""
    references.check(tx, facts)
    person = Person.add(tx.next_number("person"), **{"owner_id": tx.metadata.user_id, **facts})
    tx.save(person)
    return tx.row(PERSONS, person.person_id)


def edit(tx: Transaction, person_id: int, facts: Mapping[str, Any]) -> Row:
    """Change what the facts name and nothing else. Answers the person's row."""
    person = tx.load(Person, stream_id("person", person_id))
    person.check_present()
    references.check(tx, facts, person)
    wanted = dict(facts)
    owner_id = wanted.pop("owner_id", person.owner_id)
    person.edit(wanted)
    person.assign(owner_id)
    tx.save(person)
    return tx.row(PERSONS, person_id)


def hold(tx: Transaction, person_id: int, *, is_on_hold: bool) -> int:
    """Place a person on legal hold, or release; needs a reason. Answers the log's last position."""
    if tx.metadata.reason is None:
        raise Refusal("say why, in reason")
    person = tx.load(Person, stream_id("person", person_id))
    person.hold(is_on_hold)
    return tx.save(person)


def delete(tx: Transaction, person_id: int) -> None:
    """Delete a person; what is linked to the person stays linked."""
    person = tx.load(Person, stream_id("person", person_id))
    person.delete()
    tx.save(person)
