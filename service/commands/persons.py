"""The commands about persons: add, edit, delete."""

from aggregates.person import Person
from projections.persons import PERSONS
from service.commands.owned_records import OwnedRecords

_PERSONS = OwnedRecords(Person, PERSONS)

add = _PERSONS.add
edit = _PERSONS.edit
delete = _PERSONS.delete
