"""What may happen to a lead, and what may not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from aggregates.deal import Deal
from aggregates.details import Details, SomeDetails
from aggregates.lead import (
    Lead,
    LeadArchived,
    LeadAssigned,
    LeadBecameReady,
    LeadConvertedToDeal,
    LeadCreated,
    LeadDeleted,
    LeadEdited,
    LeadLabelled,
    LeadMarkedUnseen,
    LeadNoLongerReady,
    LeadReturned,
    LeadSeen,
    LeadUnarchived,
)
from aggregates.refusals import Gone, OtherForm, Refusal
from tests.aggregates.given import Fact, fact, given, refused, then

LEAD = UUID("5f8f4c1e-6a52-4e0a-9d0b-0d6a2f1c7b11")
CONVERSION = UUID("9c4b2b7e-18b7-4a55-8f0e-3a7d2c5e6f22")
DETAILS = Details(title="Bathroom for Rør og mer", owner_id=1, person_id=4, amount="1200.00", currency="NOK")
PLACEMENT: dict[str, Any] = {"deal_id": 7, "pipeline_id": 1, "stage_id": 2}


def came_in(**facts: Any) -> Fact:
    told = {"opportunity_id": str(LEAD), "label_ids": [], "was_seen": False, **DETAILS.as_facts(), **facts}
    return fact(LeadCreated, **{"source_name": "API", "origin": "API", **told})


def converted() -> Fact:
    return fact(LeadConvertedToDeal, conversion_id=str(CONVERSION), **PLACEMENT)


COMMANDS: list[Callable[[Lead], None]] = [
    lambda lead: lead.edit({"title": "Kitchen"}),
    lambda lead: lead.assign(2),
    lambda lead: lead.label(["hot"]),
    lambda lead: lead.see(True),
    lambda lead: lead.archive(True),
    lambda lead: lead.delete(),
    lambda lead: lead.convert(conversion_id=CONVERSION, **PLACEMENT),
]


def test_a_lead_that_comes_in_starts_an_opportunity_of_its_own() -> None:
    lead = Lead.create(LEAD, DETAILS, source_name="API", origin="API")
    then(lead, came_in())
    assert lead.opportunity_id == str(LEAD)


def test_a_lead_that_is_another_form_of_an_opportunity_belongs_to_that_one() -> None:
    lead = Lead.create(LEAD, DETAILS, opportunity_id="other", source_name="Deal", origin="API", deal_id=7)
    then(lead, came_in(opportunity_id="other", source_name="Deal", deal_id=7))


def test_a_lead_comes_in_with_what_its_door_knows_of_it() -> None:
    facts: dict[str, Any] = {"label_ids": ["hot"], "was_seen": True, "source_name": "Web forms", "origin_id": "form-9"}
    lead = Lead.create(LEAD, DETAILS, origin="WebForm", **facts)
    then(lead, came_in(origin="WebForm", **facts))


@pytest.mark.parametrize("link", ["person_id", "organization_id"])
def test_a_lead_linked_to_a_person_or_an_organization_comes_in(link: str) -> None:
    links: dict[str, Any] = {"person_id": None, link: 5}
    details = replace(DETAILS, **links)
    then(Lead.create(LEAD, details, source_name="API", origin="API"), came_in(**details.as_facts()))


def test_a_lead_linked_to_nobody_is_refused() -> None:
    with pytest.raises(Refusal, match="must be linked to a person or an organization"):
        Lead.create(LEAD, DETAILS.edited({"person_id": None}), source_name="API", origin="API")


def test_an_edit_tells_only_what_changed() -> None:
    lead = given(Lead, LEAD, came_in())
    lead.edit({"title": "Kitchen", "person_id": 4, "visible_to": 7})
    then(lead, fact(LeadEdited, changes={"title": "Kitchen", "visible_to": 7}))
    assert lead.details == DETAILS.edited({"title": "Kitchen", "visible_to": 7})


def test_an_edit_that_changes_nothing_tells_nothing() -> None:
    lead = given(Lead, LEAD, came_in())
    lead.edit(DETAILS.as_facts())
    lead.edit({})
    then(lead)


@pytest.mark.parametrize("wanted", [{"amount": "5.00"}, {"currency": "EUR", "amount": "5.00"}])
def test_an_amount_and_its_currency_are_told_together(wanted: SomeDetails) -> None:
    lead = given(Lead, LEAD, came_in())
    lead.edit(wanted)
    then(lead, fact(LeadEdited, changes={"currency": "NOK", **wanted}))


def test_a_lead_can_lose_its_value() -> None:
    lead = given(Lead, LEAD, came_in())
    lead.edit({"amount": None, "currency": None})
    then(lead, fact(LeadEdited, changes={"amount": None, "currency": None}))


def test_the_person_can_be_unlinked_where_an_organization_remains() -> None:
    lead = given(Lead, LEAD, came_in(organization_id=5))
    lead.edit({"person_id": None})
    then(lead, fact(LeadEdited, changes={"person_id": None}))


def test_an_edit_that_unlinks_the_last_one_is_refused() -> None:
    lead = given(Lead, LEAD, came_in())
    with refused(lead, Refusal, "must be linked to a person or an organization"):
        lead.edit({"person_id": None})


def test_handing_a_lead_to_another_owner_is_told() -> None:
    lead = given(Lead, LEAD, came_in())
    lead.assign(2)
    then(lead, fact(LeadAssigned, owner_id=2))
    assert lead.details.owner_id == 2


def test_handing_a_lead_to_its_owner_tells_nothing() -> None:
    lead = given(Lead, LEAD, came_in())
    lead.assign(1)
    then(lead)


def test_labels_are_chosen_anew() -> None:
    lead = given(Lead, LEAD, came_in(label_ids=["cold"]))
    lead.label(["hot", "big"])
    then(lead, fact(LeadLabelled, label_ids=["hot", "big"]))
    lead.label(["hot", "big"])
    then(lead)


def test_looking_at_a_lead_is_told_once() -> None:
    lead = given(Lead, LEAD, came_in())
    lead.see(True)
    lead.see(True)
    then(lead, fact(LeadSeen))


def test_a_seen_lead_can_be_marked_as_new_again() -> None:
    lead = given(Lead, LEAD, came_in(), fact(LeadSeen))
    lead.see(False)
    lead.see(False)
    then(lead, fact(LeadMarkedUnseen))


def test_archiving_a_lead_is_told_once() -> None:
    lead = given(Lead, LEAD, came_in())
    lead.archive(True)
    lead.archive(True)
    then(lead, fact(LeadArchived))


def test_an_archived_lead_is_fetched_back_once() -> None:
    lead = given(Lead, LEAD, came_in(), fact(LeadArchived))
    lead.archive(False)
    lead.archive(False)
    then(lead, fact(LeadUnarchived))


def test_an_archived_lead_can_still_be_edited() -> None:
    lead = given(Lead, LEAD, came_in(), fact(LeadArchived))
    lead.edit({"title": "Kitchen"})
    then(lead, fact(LeadEdited, changes={"title": "Kitchen"}))


def test_a_lead_can_be_thrown_away_even_from_the_archive() -> None:
    lead = given(Lead, LEAD, came_in(), fact(LeadArchived))
    lead.delete()
    then(lead, fact(LeadDeleted))


def test_converting_a_lead_names_the_deal_and_where_it_enters() -> None:
    lead = given(Lead, LEAD, came_in())
    lead.convert(conversion_id=CONVERSION, **PLACEMENT)
    then(lead, converted())
    assert lead.deal_id == 7


def test_converting_an_archived_lead_is_refused() -> None:
    lead = given(Lead, LEAD, came_in(), fact(LeadArchived))
    with refused(lead, Refusal, "is archived; unarchive it"):
        lead.convert(conversion_id=CONVERSION, **PLACEMENT)


def test_a_lead_that_was_archived_and_fetched_back_is_converted() -> None:
    lead = given(Lead, LEAD, came_in(), fact(LeadArchived), fact(LeadUnarchived))
    lead.convert(conversion_id=CONVERSION, **PLACEMENT)
    then(lead, converted())


def test_converting_a_lead_twice_is_refused() -> None:
    lead = given(Lead, LEAD, came_in(), converted())
    with refused(lead, OtherForm, "it is deal 7 now"):
        lead.convert(conversion_id=CONVERSION, **PLACEMENT)


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_can_be_done_to_a_lead_that_is_a_deal_at_present(command: Callable[[Lead], None]) -> None:
    lead = given(Lead, LEAD, came_in(), converted())
    with refused(lead, OtherForm, "it is deal 7 now"):
        command(lead)


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_can_be_done_to_a_deleted_lead(command: Callable[[Lead], None]) -> None:
    lead = given(Lead, LEAD, came_in(), fact(LeadDeleted))
    with refused(lead, Gone, "was deleted"):
        command(lead)


@pytest.mark.parametrize("command", COMMANDS)
def test_everything_can_be_done_to_a_lead_that_came_back(command: Callable[[Lead], None]) -> None:
    returned = fact(LeadReturned, conversion_id=str(CONVERSION), deal_id=7, **DETAILS.as_facts())
    lead = given(Lead, LEAD, came_in(), converted(), returned)
    command(lead)
    assert len(lead.collect_events()) == 1


def test_a_lead_comes_back_as_the_deal_left_it() -> None:
    lead = given(Lead, LEAD, came_in(label_ids=["hot"]), converted())
    last = DETAILS.edited({"title": "Kitchen", "amount": "9.00"})
    lead.come_back(last, conversion_id=CONVERSION, deal_id=7)
    then(lead, fact(LeadReturned, conversion_id=str(CONVERSION), deal_id=7, **last.as_facts()))
    assert lead.details == last
    assert lead.label_ids == ["hot"]
    assert lead.deal_id == 7


def test_the_stream_of_something_else_tells_no_lead() -> None:
    deal = Deal.create(7, DETAILS, pipeline_id=1, stage_id=2, origin="API")
    assert Lead.project(None, deal.collect_events()) is None
    assert Lead.project(None, []) is None


def test_a_lead_says_once_that_it_became_ready_and_once_that_it_is_so_no_longer() -> None:
    lead = given(Lead, LEAD, came_in())
    for _ in range(2):
        lead.judge("ready", policy_version=2, rules_met=["Fit"])
    then(lead, fact(LeadBecameReady, policy_version=2, rules_met=["Fit"]))
    for verdict in ("unknown", "not_yet"):
        lead.judge(verdict, policy_version=3, rules_met=[])
    then(lead, fact(LeadNoLongerReady, policy_version=3, verdict="unknown"))
