"""Words to sort leads by: each label has a name and a colour."""

from __future__ import annotations

from uuid import UUID

from aggregates.event import Event
from aggregates.record import Added, Deleted, Edited, Record


class LeadLabelEvent(Event, abstract=True):
    """Something that happened to one lead label."""

    @property
    def lead_label_id(self) -> str:
        """The label's UUID as text; its stream bears the same id."""
        return self.text_id


class LeadLabelAdded(Added, LeadLabelEvent):
    """There is a new label to sort leads by."""

    name: str
    color: str


class LeadLabelEdited(Edited, LeadLabelEvent):
    """The label was renamed or painted anew; only what changed is told."""


class LeadLabelDeleted(Deleted, LeadLabelEvent):
    """The label was given up."""


class LeadLabel(Record):
    """A coloured word that leads are sorted by."""

    kind = "lead_label"
    created = LeadLabelAdded
    edited = LeadLabelEdited
    deleted = LeadLabelDeleted

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
