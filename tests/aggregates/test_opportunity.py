"""An opportunity changes its form, both ways and any number of times, and stays one opportunity."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Unpack
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregates.deal import Deal, DealCreated, DealReturned, DealRevertedToLead, ReversalAdvice
from aggregates.details import Details, SomeDetails
from aggregates.event import Event
from aggregates.lead import Lead, LeadConvertedToDeal, LeadCreated, LeadReturned
from aggregates.opportunity import convert, revert
from aggregates.refusals import Gone, Refusal
from tests.aggregates.given import fact, then

LEAD = UUID("5f8f4c1e-6a52-4e0a-9d0b-0d6a2f1c7b11")
CONVERSION = UUID("9c4b2b7e-18b7-4a55-8f0e-3a7d2c5e6f22")
DETAILS = Details(title="Bathroom", owner_id=1, person_id=4, channel_id="autumn")
PLACEMENT: dict[str, Any] = {"pipeline_id": 1, "stage_id": 2}


def a_lead() -> Lead:
    lead = Lead.create(LEAD, DETAILS, source_name="Web forms", origin="WebForm", origin_id="form-9")
    lead.collect_events()
    return lead


def a_deal() -> Deal:
    deal = Deal.create(7, DETAILS, **PLACEMENT, origin="API", origin_id="x")
    deal.collect_events()
    return deal


def confirm(lead: Lead, deal: Deal | None = None, **filled_in: Unpack[SomeDetails]) -> Deal:
    return convert(lead, deal, conversion_id=CONVERSION, deal_id=7, **PLACEMENT, filled_in=filled_in)


def take_back(deal: Deal, lead: Lead | None = None) -> Lead:
    return revert(deal, lead, conversion_id=CONVERSION, lead_id=LEAD)


def test_a_lead_becomes_a_new_deal_that_names_it_and_carries_its_details() -> None:
    lead = a_lead()
    deal = confirm(lead)
    then(lead, fact(LeadConvertedToDeal, conversion_id=str(CONVERSION), deal_id=7, **PLACEMENT))
    told = {"opportunity_id": str(LEAD), "lead_id": str(LEAD), "label_ids": []}
    origin = {"origin": "WebForm", "origin_id": "form-9"}
    then(deal, fact(DealCreated, **PLACEMENT, **told, **origin, **DETAILS.as_facts()))


def test_what_spoke_for_taking_a_deal_back_is_told_with_it() -> None:
    told: ReversalAdvice = {"reasons": ["nobody has answered"], "evidence": [{"reason": "left_alone"}]}
    for advice in (told, None):
        deal = a_deal()
        revert(deal, None, conversion_id=CONVERSION, lead_id=LEAD, advice=advice)
        forms = {"deal_id": 7, "conversion_id": str(CONVERSION), "lead_id": str(LEAD)}
        then(deal, fact(DealRevertedToLead, **forms, **dict(advice or {})))


def test_what_is_filled_in_on_the_way_is_what_the_deal_says() -> None:
    deal = confirm(a_lead(), title="Kitchen", amount="5.00", currency="NOK", owner_id=2)
    assert deal.details == DETAILS.edited({"title": "Kitchen", "amount": "5.00", "currency": "NOK", "owner_id": 2})


def test_a_deal_that_never_was_a_lead_becomes_a_new_lead_that_names_it() -> None:
    deal = a_deal()
    lead = take_back(deal)
    then(deal, fact(DealRevertedToLead, conversion_id=str(CONVERSION), lead_id=str(LEAD)))
    told = {"opportunity_id": deal.opportunity_id, "deal_id": 7, "label_ids": [], "was_seen": True}
    origin = {"source_name": "Deal", "origin": "API", "origin_id": "x"}
    then(lead, fact(LeadCreated, **told, **origin, **DETAILS.as_facts()))


def test_a_reverted_deal_comes_back_as_the_very_lead_it_was() -> None:
    lead = a_lead()
    deal = confirm(lead)
    lead.collect_events()
    deal.edit({"title": "Kitchen"})
    assert take_back(deal, lead) is lead
    last = DETAILS.edited({"title": "Kitchen"})
    then(lead, fact(LeadReturned, conversion_id=str(CONVERSION), deal_id=7, **last.as_facts()))


def test_a_lead_confirmed_again_comes_back_as_the_very_deal_it_was() -> None:
    lead = a_lead()
    deal = confirm(lead)
    take_back(deal, lead)
    lead.edit({"title": "Kitchen"})
    deal.collect_events()
    assert confirm(lead, deal) is deal
    told = {"conversion_id": str(CONVERSION), "lead_id": str(LEAD), **PLACEMENT}
    then(deal, fact(DealReturned, **told, **DETAILS.edited({"title": "Kitchen"}).as_facts()))


def test_a_refused_conversion_leaves_both_forms_as_they_were() -> None:
    lead = a_lead()
    deal = confirm(lead)
    take_back(deal, lead)
    lead.archive(True)
    lead.collect_events()
    deal.collect_events()
    with pytest.raises(Refusal, match="is archived"):
        confirm(lead, deal)
    then(lead)
    then(deal)


def test_a_refused_reversal_leaves_both_forms_as_they_were() -> None:
    lead = a_lead()
    deal = confirm(lead)
    deal.archive(True)
    lead.collect_events()
    deal.collect_events()
    with pytest.raises(Refusal, match="is archived"):
        take_back(deal, lead)
    then(lead)
    then(deal)


def test_the_form_that_is_not_current_cannot_change_its_form() -> None:
    lead = a_lead()
    deal = confirm(lead)
    with pytest.raises(Gone, match="it is deal 7 now"):
        confirm(lead, deal)
    take_back(deal, lead)
    with pytest.raises(Gone, match=f"it is lead {LEAD} now"):
        take_back(deal, lead)


EDITS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "title": st.text(),
        "person_id": st.integers(1, 5),
        "organization_id": st.none() | st.integers(1, 5),
        "expected_close_date": st.none() | st.dates().map(str),
        "visible_to": st.sampled_from([1, 3, 5, 7]),
        "channel": st.none() | st.integers(1, 5),
        "channel_id": st.none() | st.text(),
    },
) | st.builds(
    lambda amount, currency: {"amount": amount, "currency": currency},
    st.integers(0, 10**6).map(str),
    st.sampled_from(["NOK", "EUR"]),
)

MOVES = st.lists(
    st.tuples(st.just("change form"), EDITS)
    | st.tuples(st.just("edit"), EDITS)
    | st.tuples(st.just("assign"), st.integers(1, 3))
    | st.tuples(st.just("label"), st.lists(st.integers(1, 3)))
    | st.tuples(st.just("close"), st.sampled_from(["win", "lose", "reopen"])),
    max_size=30,
)


@dataclass
class Story:
    """An opportunity by both forms, what it should say, and everything that was told of either form."""

    lead: Lead | None
    deal: Deal | None
    said: Details = DETAILS
    changes_of_form: int = 0
    told: dict[type, list[Event]] = field(default_factory=lambda: {Lead: [], Deal: []})

    @property
    def current(self) -> Lead | Deal:
        """The one form that can be worked with at present."""
        current = [form for form in (self.lead, self.deal) if form is not None and is_present(form)]
        assert len(current) == 1
        return current[0]

    def go_on(self, move: str, what: Any) -> None:
        """Let the next thing happen, and remember what should be so afterwards."""
        form = self.current
        if move == "change form":
            self.changes_of_form += 1
            conversion_id = uuid5(CONVERSION, str(self.changes_of_form))
            if isinstance(form, Lead):
                placement: dict[str, Any] = {"deal_id": form.deal_id or 7, "pipeline_id": 1, "stage_id": 2}
                self.deal = convert(form, self.deal, conversion_id=conversion_id, **placement, filled_in=what)
                self.said = self.said.edited(what)
            else:
                lead_id = UUID(form.lead_id) if form.lead_id else LEAD
                self.lead = revert(form, self.lead, conversion_id=conversion_id, lead_id=lead_id)
        elif move == "edit":
            form.edit(what)
            self.said = self.said.edited(what)
        elif move == "assign":
            form.assign(what)
            self.said = self.said.edited({"owner_id": what})
        elif move == "label":
            form.label(what)
        elif isinstance(form, Deal):
            getattr(form, what)()
        self.listen()

    def listen(self) -> None:
        """Take down what either form told."""
        for form in (self.lead, self.deal):
            if form is not None:
                self.told[type(form)] += form.collect_events()


def is_present(form: Lead | Deal) -> bool:
    try:
        form.check_present()
    except Gone:
        return False
    return True


def begun_as(form: type[Lead | Deal]) -> Story:
    if form is Lead:
        story = Story(Lead.create(LEAD, DETAILS, source_name="API", origin="API"), None)
    else:
        story = Story(None, Deal.create(7, DETAILS, **PLACEMENT, origin="API"))
    story.listen()
    return story


@pytest.mark.parametrize("form", [Lead, Deal])
@settings(deadline=None)
@given(moves=MOVES)
def test_through_any_number_of_round_trips_it_is_one_opportunity_and_nothing_is_lost(
    form: type[Lead | Deal], moves: list[tuple[str, Any]]
) -> None:
    story = begun_as(form)
    opportunity_id = story.current.opportunity_id
    for move, what in moves:
        before = story.current
        story.go_on(move, what)
        if move == "change form":
            assert story.current is not before
        assert story.current.details == story.said
        assert story.lead is None or story.lead.id == LEAD
        assert story.deal is None or story.deal.deal_id == 7
        assert story.current.opportunity_id == opportunity_id

    conversions = [event for event in story.told[Lead] if isinstance(event, LeadConvertedToDeal)]
    reversals = [event for event in story.told[Deal] if isinstance(event, DealRevertedToLead)]
    assert len(conversions) + len(reversals) == story.changes_of_form
    ids = {event.conversion_id for event in conversions} | {event.conversion_id for event in reversals}
    assert len(ids) == story.changes_of_form
    for aggregate, kind in ((story.lead, Lead), (story.deal, Deal)):
        events = story.told[kind]
        assert [event.originator_version for event in events] == list(range(1, len(events) + 1))
        assert sum(isinstance(event, kind.created) for event in events) == (1 if aggregate else 0)
        replayed = kind.project(None, events)
        assert (replayed and vars(replayed)) == (aggregate and vars(aggregate))


@given(times=st.integers(1, 50))
def test_however_often_it_changes_its_form_both_forms_name_each_other(times: int) -> None:
    story = begun_as(Lead)
    for _ in range(times):
        story.go_on("change form", {})
    assert story.deal is not None
    assert story.deal.lead_id == str(LEAD)
    assert story.lead is not None
    assert story.lead.deal_id == 7
    assert isinstance(story.current, Deal if times % 2 else Lead)
