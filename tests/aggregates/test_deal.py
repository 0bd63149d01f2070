"""What may happen to a deal, and what may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from aggregates.deal import (
    Deal,
    DealArchived,
    DealAssigned,
    DealCreated,
    DealDeleted,
    DealEdited,
    DealEstimated,
    DealLabelled,
    DealLost,
    DealMovedToStage,
    DealReopened,
    DealReturned,
    DealRevertedToLead,
    DealUnarchived,
    DealWon,
)
from aggregates.details import Details
from aggregates.identity import stream_id
from aggregates.lead import Lead
from aggregates.placement import Placement
from aggregates.refusals import Gone, OtherForm, Refusal
from tests.aggregates.given import Fact, fact, given, refused, then

LEAD = UUID("5f8f4c1e-6a52-4e0a-9d0b-0d6a2f1c7b11")
CONVERSION = UUID("9c4b2b7e-18b7-4a55-8f0e-3a7d2c5e6f22")
DETAILS = Details(title="Bathroom", owner_id=1, organization_id=3, amount="1200.00", currency="NOK")
WHEN = "2026-03-04T05:06:07.000000Z"


def entered(**facts: Any) -> Fact:
    told = {"opportunity_id": str(stream_id("deal", 7)), "pipeline_id": 1, "stage_id": 2, "label_ids": []}
    return fact(DealCreated, **{**told, "origin": "API", **DETAILS.as_facts(), **facts})


def reverted() -> Fact:
    return fact(DealRevertedToLead, conversion_id=str(CONVERSION), lead_id=str(LEAD))


def returned(**facts: Any) -> Fact:
    told = {"conversion_id": str(CONVERSION), "lead_id": str(LEAD), "pipeline_id": 1, "stage_id": 2}
    return fact(DealReturned, **{**told, **DETAILS.as_facts(), **facts})


COMMANDS: list[Callable[[Deal], None]] = [
    lambda deal: deal.edit({"title": "Kitchen"}),
    lambda deal: deal.assign(2),
    lambda deal: deal.label([4]),
    lambda deal: deal.estimate(70),
    lambda deal: deal.move(pipeline_id=1, stage_id=3),
    lambda deal: deal.win(),
    lambda deal: deal.lose("price"),
    lambda deal: deal.archive(True),
    lambda deal: deal.delete(),
    lambda deal: deal.revert(conversion_id=CONVERSION, lead_id=LEAD),
]


def test_a_deal_that_never_was_a_lead_starts_an_opportunity_of_its_own() -> None:
    deal = Deal.create(7, DETAILS, pipeline_id=1, stage_id=2, origin="API")
    then(deal, entered())
    assert deal.deal_id == 7
    assert deal.id == stream_id("deal", 7)
    assert deal.status == "open"


def test_a_deal_that_was_a_lead_belongs_to_its_opportunity() -> None:
    facts: dict[str, Any] = {"opportunity_id": str(LEAD), "lead_id": str(LEAD), "probability": 40, "label_ids": [1]}
    deal = Deal.create(7, DETAILS, pipeline_id=1, stage_id=2, origin="API", **facts)
    then(deal, entered(**facts))


def test_a_deal_may_be_linked_to_nobody() -> None:
    details = Details(title="Bathroom", owner_id=1)
    then(Deal.create(7, details, pipeline_id=1, stage_id=2, origin="API"), entered(**details.as_facts()))


def test_an_edit_tells_only_what_changed() -> None:
    deal = given(Deal, 7, entered())
    deal.edit({"title": "Kitchen", "organization_id": 3, "expected_close_date": "2026-12-31"})
    then(deal, fact(DealEdited, changes={"title": "Kitchen", "expected_close_date": "2026-12-31"}))


def test_an_edit_that_changes_nothing_tells_nothing() -> None:
    deal = given(Deal, 7, entered())
    deal.edit(DETAILS.as_facts())
    then(deal)


def test_an_amount_and_its_currency_are_told_together() -> None:
    deal = given(Deal, 7, entered())
    deal.edit({"currency": "EUR"})
    then(deal, fact(DealEdited, changes={"amount": "1200.00", "currency": "EUR"}))


def test_handing_a_deal_to_another_owner_is_told_once() -> None:
    deal = given(Deal, 7, entered())
    deal.assign(2)
    deal.assign(2)
    then(deal, fact(DealAssigned, owner_id=2))


def test_labels_are_chosen_anew() -> None:
    deal = given(Deal, 7, entered(label_ids=[1]))
    deal.label([1])
    deal.label([2, 1])
    then(deal, fact(DealLabelled, label_ids=[2, 1]))


@pytest.mark.parametrize("probability", [0, 70, 100])
def test_an_estimate_is_told_once_and_can_be_taken_back(probability: int) -> None:
    deal = given(Deal, 7, entered())
    deal.estimate(probability)
    deal.estimate(probability)
    deal.estimate(None)
    then(deal, fact(DealEstimated, probability=probability), fact(DealEstimated, probability=None))


def test_a_deal_goes_on_to_another_stage() -> None:
    deal = given(Deal, 7, entered())
    deal.move(pipeline_id=1, stage_id=3)
    then(deal, fact(DealMovedToStage, pipeline_id=1, stage_id=3))


def test_a_deal_can_go_to_a_stage_of_another_pipeline() -> None:
    deal = given(Deal, 7, entered())
    deal.move(pipeline_id=2, stage_id=9)
    then(deal, fact(DealMovedToStage, pipeline_id=2, stage_id=9))
    assert (deal.pipeline_id, deal.stage_id) == (2, 9)


def test_moving_a_deal_to_its_own_stage_tells_nothing() -> None:
    deal = given(Deal, 7, entered())
    deal.move(pipeline_id=1, stage_id=2)
    then(deal)


def test_winning_a_deal_is_told_once() -> None:
    deal = given(Deal, 7, entered())
    deal.win()
    deal.win()
    then(deal, fact(DealWon))
    assert deal.status == "won"


def test_the_moment_a_deal_was_won_can_be_corrected() -> None:
    deal = given(Deal, 7, entered(), fact(DealWon))
    deal.win(WHEN)
    then(deal, fact(DealWon, won_at=WHEN))


def test_losing_a_deal_is_told_once_with_its_reason() -> None:
    deal = given(Deal, 7, entered())
    deal.lose("price")
    deal.lose("price")
    then(deal, fact(DealLost, lost_reason="price"))
    assert (deal.status, deal.lost_reason) == ("lost", "price")


def test_a_deal_may_be_lost_for_no_reason_that_anybody_told() -> None:
    deal = given(Deal, 7, entered())
    deal.lose()
    deal.lose()
    then(deal, fact(DealLost))
    assert (deal.status, deal.lost_reason) == ("lost", None)


def test_the_reason_and_the_moment_a_deal_was_lost_can_be_corrected() -> None:
    deal = given(Deal, 7, entered(), fact(DealLost, lost_reason="price"))
    deal.lose("too late")
    deal.lose("too late", WHEN)
    then(
        deal,
        fact(DealLost, lost_reason="too late"),
        fact(DealLost, lost_reason="too late", lost_at=WHEN),
    )


def test_a_won_deal_can_turn_out_lost_and_a_lost_one_won() -> None:
    deal = given(Deal, 7, entered(), fact(DealWon))
    deal.lose("price")
    deal.win()
    then(deal, fact(DealLost, lost_reason="price"), fact(DealWon))
    assert (deal.status, deal.lost_reason) == ("won", None)


@pytest.mark.parametrize("end", [fact(DealWon), fact(DealLost, lost_reason="price")])
def test_a_closed_deal_is_reopened_once(end: Fact) -> None:
    deal = given(Deal, 7, entered(), end)
    deal.reopen()
    deal.reopen()
    then(deal, fact(DealReopened))
    assert (deal.status, deal.lost_reason) == ("open", None)


def test_reopening_an_open_deal_tells_nothing() -> None:
    deal = given(Deal, 7, entered())
    deal.reopen()
    then(deal)


def test_archiving_a_deal_is_told_once() -> None:
    deal = given(Deal, 7, entered())
    deal.archive(True, WHEN)
    deal.archive(True)
    then(deal, fact(DealArchived, archived_at=WHEN))


def test_archiving_a_deal_again_corrects_the_time() -> None:
    deal = given(Deal, 7, entered(), fact(DealArchived))
    deal.archive(True, WHEN)
    then(deal, fact(DealArchived, archived_at=WHEN))


def test_an_archived_deal_is_fetched_back_once() -> None:
    deal = given(Deal, 7, entered(), fact(DealArchived))
    deal.archive(False)
    deal.archive(False)
    then(deal, fact(DealUnarchived))


def test_a_deal_can_be_thrown_away() -> None:
    deal = given(Deal, 7, entered())
    deal.delete()
    then(deal, fact(DealDeleted))


@pytest.mark.parametrize("before", [[], [fact(DealWon)], [fact(DealLost, lost_reason="price")]])
def test_reverting_a_deal_names_the_lead(before: list[Fact]) -> None:
    deal = given(Deal, 7, entered(), *before)
    deal.revert(conversion_id=CONVERSION, lead_id=LEAD)
    then(deal, reverted())
    assert deal.lead_id == str(LEAD)


def test_reverting_a_deal_linked_to_nobody_is_refused() -> None:
    deal = given(Deal, 7, entered(organization_id=None))
    with refused(deal, Refusal, "must be linked to a person or an organization"):
        deal.revert(conversion_id=CONVERSION, lead_id=LEAD)


def test_reverting_an_archived_deal_is_refused() -> None:
    deal = given(Deal, 7, entered(), fact(DealArchived))
    with refused(deal, Refusal, "is archived; unarchive it"):
        deal.revert(conversion_id=CONVERSION, lead_id=LEAD)


def test_reverting_a_deal_twice_is_refused() -> None:
    deal = given(Deal, 7, entered(), reverted())
    with refused(deal, OtherForm, f"it is lead {LEAD} now"):
        deal.revert(conversion_id=CONVERSION, lead_id=LEAD)


@pytest.mark.parametrize("command", [*COMMANDS, lambda deal: deal.reopen()])
def test_nothing_can_be_done_to_a_deal_that_is_a_lead_at_present(command: Callable[[Deal], None]) -> None:
    deal = given(Deal, 7, entered(), reverted())
    with refused(deal, OtherForm, f"it is lead {LEAD} now"):
        command(deal)


@pytest.mark.parametrize("command", [*COMMANDS, lambda deal: deal.reopen()])
def test_nothing_can_be_done_to_a_deleted_deal(command: Callable[[Deal], None]) -> None:
    deal = given(Deal, 7, entered(), fact(DealDeleted))
    with refused(deal, Gone, "was deleted"):
        command(deal)


@pytest.mark.parametrize("command", COMMANDS)
def test_everything_can_be_done_to_a_deal_that_came_back(command: Callable[[Deal], None]) -> None:
    deal = given(Deal, 7, entered(), reverted(), returned())
    command(deal)
    assert len(deal.collect_events()) == 1


@pytest.mark.parametrize("end", [fact(DealWon), fact(DealLost, lost_reason="price")])
def test_a_deal_comes_back_open_where_the_lead_enters_with_what_the_lead_says(end: Fact) -> None:
    deal = given(Deal, 7, entered(probability=40, label_ids=[1]), end, reverted())
    last = DETAILS.edited({"title": "Kitchen"})
    placement: Placement = {"pipeline_id": 2, "stage_id": 9}
    deal.come_back(last, conversion_id=CONVERSION, lead_id=LEAD, **placement)
    then(deal, returned(**placement, **last.as_facts()))
    assert (deal.status, deal.lost_reason, deal.stage_id) == ("open", None, 9)
    assert deal.details == last
    assert (deal.probability, deal.label_ids) == (40, [1])


def test_the_stream_of_something_else_tells_no_deal() -> None:
    lead = Lead.create(LEAD, DETAILS, source_name="API", origin="API")
    assert Deal.project(None, lead.collect_events()) is None
