"""Who may see what: by the level, the owner and the followers that a thing has now, whatever its form."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates import opportunity
from aggregates.deal import Deal
from aggregates.details import Details
from aggregates.follower import Follower
from aggregates.lead import Lead
from aggregates.organization import Organization
from aggregates.person import Person
from aggregates.user import User
from projections.deals import DEALS
from projections.engine.rows import find
from projections.engine.visibility import RESTRICTIONS
from projections.leads import LEADS
from projections.organizations import ORGANIZATIONS
from projections.persons import PERSONS
from projections.restrictions import contact_subject, permitted_users
from service.ledger.ledger import Ledger
from tests.projections.recorded import rebuilt, record, versions

SETTINGS: dict[str, Any] = {"default_currency": "NOK", "locale": "nb_NO", "timezone_name": "Europe/Oslo"}
CONTACT: dict[str, Any] = {"name": "Kari", "owner_id": 2}
DETAILS = Details(title="Pumps", owner_id=2, person_id=1, visible_to=1)
LEAD_ID = UUID(int=7)
STAGE: dict[str, Any] = {"pipeline_id": 1, "stage_id": 1}


@pytest.fixture(autouse=True)
def colleagues(ledger: Ledger) -> None:
    """Two sellers, 2 and 3, an auditor, 4, and a seller who has left, 5."""
    for user_id in range(2, 6):
        user = User.add(
            user_id,
            name=f"User {user_id}",
            email=f"{user_id}@example.no",
            is_admin=False,
            is_auditor=user_id == 4,
            **SETTINGS,
        )
        if user_id == 5:
            user.deactivate()
        record(ledger, user)


def permitted(ledger: Ledger, subject_id: str) -> list[int]:
    """Who may see something: asked now and as of the log's beginning, and the same when all is replayed."""
    with ledger.reading() as reading:
        found = permitted_users(reading, subject_id)
        assert permitted_users(reading.at(1), subject_id) == found
    kept = versions(ledger, RESTRICTIONS)
    rebuilt(ledger)
    assert versions(ledger, RESTRICTIONS) == kept
    return found


def sees(ledger: Ledger, user_id: int, kind: str, key: Any) -> bool:
    """Whether a user finds the row of a thing."""
    table = {"lead": LEADS, "deal": DEALS, "person": PERSONS, "organization": ORGANIZATIONS}[kind]
    with ledger.reading(user_id) as reading:
        return find(reading, table, key) is not None


@pytest.mark.parametrize("level", [3, 5, 7])
def test_without_groups_any_level_but_the_first_lets_everybody_see(ledger: Ledger, level: int) -> None:
    record(ledger, Person.add(1, **CONTACT, visible_to=level))
    assert permitted(ledger, contact_subject("person", 1)) == [1, 2, 3, 4]
    assert versions(ledger, RESTRICTIONS) == []


@pytest.mark.parametrize(("kind", "made"), [("person", Person), ("organization", Organization)])
def test_a_contact_at_the_first_level_is_seen_by_its_owner_and_its_followers(
    ledger: Ledger, kind: str, made: type[Person | Organization]
) -> None:
    contact, subject_id = made.add(1, **CONTACT, visible_to=1), contact_subject(kind, 1)
    record(ledger, contact)
    assert permitted(ledger, subject_id) == [1, 2, 4]
    assert [sees(ledger, user_id, kind, 1) for user_id in (2, 3)] == [True, False]
    follower = Follower.add(1, user_id=3, **{f"{kind}_id": 1})
    record(ledger, follower)
    assert permitted(ledger, subject_id) == [1, 2, 3, 4]
    assert sees(ledger, 3, kind, 1)
    follower.delete()
    contact.assign(3)
    record(ledger, follower, contact)
    assert permitted(ledger, subject_id) == [1, 3, 4]
    contact.edit({"visible_to": 7})
    record(ledger, contact)
    assert permitted(ledger, subject_id) == [1, 2, 3, 4]
    contact.edit({"visible_to": 1})
    contact.delete()
    record(ledger, contact)
    assert permitted(ledger, subject_id) == [1, 3, 4], "what is deleted stays hidden"


def test_an_opportunity_is_as_hidden_in_its_other_form_and_keeps_its_deals_followers(ledger: Ledger) -> None:
    lead = Lead.create(LEAD_ID, DETAILS, source_name="API", origin="API")
    record(ledger, lead)
    subject_id = lead.opportunity_id
    assert permitted(ledger, subject_id) == [1, 2, 4]
    deal = opportunity.convert(
        lead, None, conversion_id=uuid4(), deal_id=1, filled_in={"owner_id": 3}, advice=None, **STAGE
    )
    record(ledger, lead, deal)
    assert permitted(ledger, subject_id) == [1, 3, 4]
    for kind, key in (("lead", str(LEAD_ID)), ("deal", 1)):
        assert [sees(ledger, user_id, kind, key) for user_id in (2, 3)] == [False, True], kind
    record(ledger, Follower.add(1, user_id=2, deal_id=1, opportunity_id=subject_id))
    opportunity.revert(deal, lead, conversion_id=uuid4(), lead_id=LEAD_ID)
    record(ledger, deal, lead)
    assert permitted(ledger, subject_id) == [1, 2, 3, 4]
    lead.assign(1)
    record(ledger, lead)
    assert permitted(ledger, subject_id) == [1, 2, 4]
    lead.edit({"visible_to": 3})
    record(ledger, lead)
    assert permitted(ledger, subject_id) == [1, 2, 3, 4]


def test_a_deal_that_becomes_a_lead_for_the_first_time_stays_hidden(ledger: Ledger) -> None:
    deal = Deal.create(1, DETAILS, origin="API", **STAGE)
    lead = opportunity.revert(deal, None, conversion_id=uuid4(), lead_id=LEAD_ID)
    record(ledger, deal, lead)
    assert permitted(ledger, deal.opportunity_id) == [1, 2, 4]
    assert not sees(ledger, 3, "lead", str(LEAD_ID))


def test_rights_are_those_of_now_for_the_past_too(ledger: Ledger) -> None:
    person = Person.add(1, **CONTACT, visible_to=3)
    open_to_all = record(ledger, person)
    person.edit({"visible_to": 1})
    hidden = record(ledger, person)
    with ledger.reading(3) as reading:
        assert [find(reading.at(position), PERSONS, 1) for position in (open_to_all, hidden)] == [None, None]
    person.edit({"visible_to": 3})
    record(ledger, person)
    with ledger.reading(3) as reading:
        assert all(find(reading.at(position), PERSONS, 1) for position in (open_to_all, hidden))
