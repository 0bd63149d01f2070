"""What may become known of an organization."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aggregates.organization import (
    Organization,
    OrganizationAdded,
    OrganizationAssigned,
    OrganizationDeleted,
    OrganizationEdited,
)
from aggregates.refusals import Gone
from tests.aggregates.given import Fact, fact, given, refused, then

ADDRESS = {"value": "Storgata 1, Oslo", "locality": "Oslo", "postal_code": "0155"}


def added(**facts: Any) -> Fact:
    return fact(OrganizationAdded, **{"name": "Rør og mer", "owner_id": 1, "label_ids": [], **facts})


COMMANDS: list[Callable[[Organization], None]] = [
    lambda organization: organization.edit({"visible_to": 1}),
    lambda organization: organization.assign(2),
    lambda organization: organization.delete(),
]


def test_a_company_becomes_known_by_name() -> None:
    organization = Organization.add(5, name="Rør og mer", owner_id=1)
    then(organization, added())
    assert organization.organization_id == 5


def test_a_company_becomes_known_with_everything_that_is_told() -> None:
    facts: dict[str, Any] = {
        "address": ADDRESS,
        "label_ids": [1],
        "visible_to": 7,
        "website": "https://ror.example",
        "linkedin": "https://linkedin.example/ror",
        "industry": 4,
        "annual_revenue": 12_000_000,
        "employee_count": 9,
        "added_at": "2026-01-02T03:04:05.000000Z",
    }
    then(Organization.add(5, name="Rør og mer", owner_id=1, **facts), added(**facts))


def test_an_edit_tells_only_what_changed() -> None:
    organization = given(Organization, 5, added(address=ADDRESS))
    moved = {**ADDRESS, "value": "Storgata 2, Oslo"}
    organization.edit({"name": "Rør og mer", "address": moved, "employee_count": 10})
    then(organization, fact(OrganizationEdited, changes={"address": moved, "employee_count": 10}))
    organization.edit({"address": dict(moved)})
    then(organization)


def test_an_address_can_be_taken_away() -> None:
    organization = given(Organization, 5, added(address=ADDRESS))
    organization.edit({"address": None})
    then(organization, fact(OrganizationEdited, changes={"address": None}))


def test_handing_an_organization_to_another_owner_is_told_once() -> None:
    organization = given(Organization, 5, added())
    organization.assign(2)
    organization.assign(2)
    then(organization, fact(OrganizationAssigned, owner_id=2))


def test_an_organization_can_be_taken_off_the_list() -> None:
    organization = given(Organization, 5, added())
    organization.delete()
    then(organization, fact(OrganizationDeleted))


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_can_be_done_to_a_deleted_organization(command: Callable[[Organization], None]) -> None:
    organization = given(Organization, 5, added(), fact(OrganizationDeleted))
    with refused(organization, Gone, "was deleted"):
        command(organization)
