"""Base classes of aggregates that are added, edited, assigned and deleted, and of the events that say so.

A kind writes out its own event classes; they say what its fields are and which of them are personal. Its state has an
attribute for each field of its first event, and declares the type of those that its rules or its callers read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self
from uuid import UUID

from aggregates.aggregate import Aggregate, Numbered
from aggregates.event import Event
from aggregates.refusals import Gone


class Added(Event, abstract=True):
    """A record began, with everything that its kind's fields say of it."""

    def apply(self, record: Record) -> None:
        for name, value in self.facts().items():
            setattr(record, name, value)


class Edited(Event, abstract=True):
    """Some fields of a record changed; ``changes`` has the new values of those, by name."""

    changes: dict[str, Any]

    def apply(self, record: Record) -> None:
        for name, value in self.changes.items():
            setattr(record, name, value)


class Assigned(Event, abstract=True):
    """A record got another owner."""

    owner_id: int

    def apply(self, record: OwnedRecord) -> None:
        record.owner_id = self.owner_id


class Deleted(Event, abstract=True):
    """A record was deleted; from then on it refuses every command."""

    def apply(self, record: Record) -> None:
        record.is_deleted = True


class Record(Aggregate):
    """An aggregate that can be edited and, once, deleted."""

    kind: ClassVar[str]
    edited: ClassVar[type[Event]]
    deleted: ClassVar[type[Event]]

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.is_deleted = False

    def edit(self, wanted: Mapping[str, Any]) -> None:
        """Change fields to what is wanted, the owner excepted. Records no event if nothing changes."""
        self.check_present()
        if changes := self.differing(wanted):
            self.record(self.edited, changes=changes)

    def delete(self) -> None:
        """Delete the record. Raises `Gone` if it is deleted already."""
        self.check_present()
        self.record(self.deleted)

    def check_present(self) -> None:
        """Raise `Gone` if the record is deleted."""
        if self.is_deleted:
            raise Gone(f"the {self.kind.replace('_', ' ')} was deleted")


class NumberedRecord(Numbered, Record):
    """A record that people know by a whole number."""

    @classmethod
    def add(cls, number: int, /, **facts: Any) -> Self:
        """A new record with that number; ``facts`` are the fields of its first event."""
        record = cls.numbered(number)
        record.record(cls.created, **facts)
        return record


class OwnedRecord(NumberedRecord):
    """A record that a user owns."""

    assigned: ClassVar[type[Event]]

    owner_id: int

    def assign(self, owner_id: int) -> None:
        """Hand the record to an owner. Records no event if nothing changes."""
        self.check_present()
        if owner_id != self.owner_id:
            self.record(self.assigned, owner_id=owner_id)
