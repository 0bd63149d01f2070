"""The commands about persons: add, edit, delete, hold, release."""

from aggregates.identity import stream_id
from aggregates.person import Person
from aggregates.refusals import Refusal
from projections.persons import PERSONS
from service.commands.owned_records import OwnedRecords
from service.ledger.ledger import Transaction

_PERSONS = OwnedRecords(Person, PERSONS)

add = _PERSONS.add
edit = _PERSONS.edit
delete = _PERSONS.delete


def hold(tx: Transaction, person_id: int, *, is_on_hold: bool) -> int:
    """Place a person on legal hold, or release; needs a reason. Answers the log's last position."""
    if tx.metadata.reason is None:
        raise Refusal("say why, in reason")
    person = tx.load(Person, stream_id("person", person_id))
    person.hold(is_on_hold)
    return tx.save(person)
