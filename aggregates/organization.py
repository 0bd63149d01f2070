"""Companies one sells to: what they are called, where they are, how large they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from aggregates.aggregate import Numbered
from aggregates.event import Event
from aggregates.refusals import Gone


class OrganizationEvent(Event, abstract=True):
    """Something that happened to what is known of one organization."""

    organization_id: int


class OrganizationAdded(OrganizationEvent, personal=("name", "address", "website", "linkedin")):
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

    def apply(self, organization: Organization) -> None:
        organization.organization_id = self.organization_id
        organization.name = self.name
        organization.owner_id = self.owner_id
        organization.address = self.address
        organization.label_ids = self.label_ids
        organization.visible_to = self.visible_to
        organization.website = self.website
        organization.linkedin = self.linkedin
        organization.industry = self.industry
        organization.annual_revenue = self.annual_revenue
        organization.employee_count = self.employee_count


class OrganizationEdited(
    OrganizationEvent, personal=("changes.name", "changes.address", "changes.website", "changes.linkedin")
):
    """Somebody corrected what is known of the organization; only what changed is told."""

    changes: dict[str, Any]

    def apply(self, organization: Organization) -> None:
        for name, value in self.changes.items():
            setattr(organization, name, value)


class OrganizationAssigned(OrganizationEvent):
    """The organization was handed to another owner."""

    owner_id: int

    def apply(self, organization: Organization) -> None:
        organization.owner_id = self.owner_id


class OrganizationDeleted(OrganizationEvent):
    """The organization was taken off the list of contacts."""

    def apply(self, organization: Organization) -> None:
        organization.is_deleted = True


class Organization(Numbered):
    """A company that leads, deals and persons are linked to."""

    kind = "organization"
    created = OrganizationAdded

    organization_id: int
    name: str
    owner_id: int
    address: dict[str, Any] | None
    label_ids: list[int]
    visible_to: int
    website: str | None
    linkedin: str | None
    industry: int | None
    annual_revenue: int | None
    employee_count: int | None

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.is_deleted = False

    @classmethod
    def add(cls, organization_id: int, **facts: Any) -> Organization:
        """Let a company become known."""
        organization = cls.numbered(organization_id)
        organization.record(OrganizationAdded, **{"label_ids": [], **facts})
        return organization

    def edit(self, wanted: Mapping[str, Any]) -> None:
        """Correct what is known (all but the owner); nothing is told where nothing would change."""
        self.check_present()
        if changes := self.differing(wanted):
            self.record(OrganizationEdited, changes=changes)

    def assign(self, owner_id: int) -> None:
        """Hand the organization to an owner."""
        self.check_present()
        if owner_id != self.owner_id:
            self.record(OrganizationAssigned, owner_id=owner_id)

    def delete(self) -> None:
        """Take the organization off the list of contacts."""
        self.check_present()
        self.record(OrganizationDeleted)

    def check_present(self) -> None:
        """Raise `Gone` where the organization was deleted."""
        if self.is_deleted:
            raise Gone("the organization was deleted")
