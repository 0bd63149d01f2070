"""Words to sort leads by: each label has a name and a colour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from aggregates.aggregate import Aggregate
from aggregates.event import Event
from aggregates.refusals import Gone


class LeadLabelEvent(Event, abstract=True):
    """Something that happened to one lead label."""

    @property
    def lead_label_id(self) -> str:
        """The label's UUID as text; its stream bears the same id."""
        return str(self.originator_id)


class LeadLabelAdded(LeadLabelEvent):
    """There is a new label to sort leads by."""

    name: str
    color: str

    def apply(self, label: LeadLabel) -> None:
        label.name = self.name
        label.color = self.color


class LeadLabelEdited(LeadLabelEvent):
    """The label was renamed or painted anew; only what changed is told."""

    changes: dict[str, Any]

    def apply(self, label: LeadLabel) -> None:
        for name, value in self.changes.items():
            setattr(label, name, value)


class LeadLabelDeleted(LeadLabelEvent):
    """The label was given up."""

    def apply(self, label: LeadLabel) -> None:
        label.is_deleted = True


class LeadLabel(Aggregate):
    """A coloured word that leads are sorted by."""

    created = LeadLabelAdded

    name: str
    color: str

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.is_deleted = False

    @classmethod
    def add(cls, lead_label_id: UUID, *, name: str, color: str) -> LeadLabel:
        """Have a new label to sort leads by."""
        label = cls(lead_label_id)
        label.record(LeadLabelAdded, name=name, color=color)
        return label

    @property
    def lead_label_id(self) -> str:
        """The label's UUID as text."""
        return str(self.id)

    def edit(self, wanted: Mapping[str, Any]) -> None:
        """Rename or repaint; nothing is told where nothing would change."""
        self.check_present()
        if changes := self.differing(wanted):
            self.record(LeadLabelEdited, changes=changes)

    def delete(self) -> None:
        """Give the label up."""
        self.check_present()
        self.record(LeadLabelDeleted)

    def check_present(self) -> None:
        """Raise `Gone` where the label was deleted."""
        if self.is_deleted:
            raise Gone("the lead label was deleted")
