"""Companies one sells to: what they are called, where they are, how large they are."""

from __future__ import annotations

from typing import Any, Self

from aggregates.event import Event, personal_changes
from aggregates.record import Added, Assigned, Deleted, Edited, OwnedRecord


class OrganizationEvent(Event, abstract=True):
    """Something that happened to what is known of one organization."""

    organization_id: int


class OrganizationAdded(Added, OrganizationEvent, personal=("name", "address", "website", "linkedin")):
    """A company became known; ``added_at`` is when, where that was not the moment it was recorded.

    Many a company is one person, so its name and whereabouts count as personal.
    """

    name: str
    owner_id: int
    address: dict[str, Any] | None = None
    label_ids: list[int]
    visible_to: int = 3
    website: str | None = None
    linkedin: str | None = None
    industry: int | None = None
    annual_revenue: int | None = None
    employee_count: int | None = None
    added_at: str | None = None


class OrganizationEdited(Edited, OrganizationEvent, personal=personal_changes(OrganizationAdded)):
    """Somebody corrected what is known of the organization; only what changed is told."""


class OrganizationAssigned(Assigned, OrganizationEvent):
    """The organization was handed to another owner."""


class OrganizationDeleted(Deleted, OrganizationEvent):
    """The organization was taken off the list of contacts."""


class Organization(OwnedRecord):
    """A company that leads, deals and persons are linked to."""

    kind = "organization"
    created = OrganizationAdded
    edited = OrganizationEdited
    assigned = OrganizationAssigned
    deleted = OrganizationDeleted

    organization_id: int

    @classmethod
    def add(cls, number: int, /, **facts: Any) -> Self:
        """Let a company become known; it has no labels unless the facts name some."""
        return super().add(number, **{"label_ids": [], **facts})
