"""Differences are found by the keys of what was touched: what things say, since when, and what does not count."""

from __future__ import annotations

import uuid

import pytest

from aggregates.details import Details
from aggregates.lead import Lead
from aggregates.organization import Organization
from aggregates.person import Person
from aggregates.signal import Signal
from projections.differences import (
    COMPARED,
    TOUCHING,
    Amount,
    Compared,
    Difference,
    Thing,
    between,
    changes,
    forms,
    touched,
    touches,
)
from service.ledger.ledger import Ledger
from service.log.history import events_between
from tests.projections.recorded import record

LEAD_ID = uuid.UUID(int=1, version=4)


def a_lead() -> Lead:
    details = Details(title="Boiler", owner_id=1, person_id=1, amount="12.50", currency="EUR")
    return Lead.create(LEAD_ID, details, source_name="Web forms", origin="API")


def different(ledger: Ledger, things: list[Thing], since: int, until: int) -> list[Difference]:
    with ledger.reading() as reading:
        return between(reading, touches(reading, things, since + 1, until), until)


@pytest.mark.parametrize("compared", COMPARED.values(), ids=list(COMPARED))
def test_what_things_say_is_told_in_our_own_words_without_what_follows_from_it(compared: Compared) -> None:
    row = {column.name: None for column in compared.kind.table.c}
    stored = {"label_ids": "[1]", "emails": "[]", "address": '{"value": "Bryggen 1"}', "readiness": 2}
    told = compared.facts({**row, **stored, "amount": 1250, "currency": "EUR"})
    follows = {"title_folded", "name_folded", "valid_from", "valid_to", "bucket", "update_time"}
    follows |= {"created_position", "edited_position"}
    assert not told.keys() & {*follows, "amount", "currency", "is_deleted", compared.kind.key.name}
    read = {"label_ids": [1], "emails": [], "address": {"value": "Bryggen 1"}, "readiness": "ready"}
    assert {name: value for name, value in told.items() if value is not None}.items() <= (
        {**read, "value": Amount(1250, "EUR")}.items()
    )


def test_a_signal_may_touch_both_forms_and_every_other_event_one_thing(ledger: Ledger) -> None:
    both = {"opportunity_id": str(LEAD_ID), "lead_id": str(LEAD_ID), "deal_id": 7, "interest": None, "evidence": {}}
    times = {"occurred_at": "2020-01-07T08:00:00.000000Z", "external_id": None}
    signal = Signal.record_new(uuid.uuid4(), kind="x_met_at_a_fair", **both, **times)
    company = Organization.add(1, name="Rør AS", owner_id=1)
    end = record(ledger, company, Person.add(2, name="Kari", owner_id=1, organization_id=1), a_lead(), signal)
    with ledger.reading() as reading:
        events = events_between(reading.connection, ledger.mapper, end - 3, end, TOUCHING)
    assert [position for position, _ in events] == [end - 3, end - 2, end - 1, end]
    assert [touched(event) for _, event in events] == [
        [Thing("organization", 1)],
        [Thing("person", 2)],
        [Thing("lead", str(LEAD_ID))],
        [Thing("lead", str(LEAD_ID)), Thing("deal", 7)],
    ]


def test_only_events_of_the_names_and_between_the_positions_are_read(ledger: Ledger) -> None:
    lead = a_lead()
    lead.see(True)
    end = record(ledger, lead, Person.add(1, name="Kari", owner_id=1))
    with ledger.reading() as reading:
        found = events_between(reading.connection, ledger.mapper, end - 2, end - 1, ["LeadSeen", "PersonAdded"])
        assert [(position, type(event).__name__) for position, event in found] == [(end - 1, "LeadSeen")]
        assert events_between(reading.connection, ledger.mapper, end + 1, end, TOUCHING) == []


def test_things_are_told_in_the_order_in_which_they_were_touched_first(ledger: Ledger) -> None:
    lead, kari, ola = a_lead(), Person.add(1, name="Kari", owner_id=1), Person.add(2, name="Ola", owner_id=1)
    since = record(ledger, lead, kari, ola)
    ola.edit({"name": "Ola Berg"})
    lead.see(True)
    kari.delete()
    record(ledger, ola, lead, kari)
    ola.edit({"name": "Ola Dal"})
    until = record(ledger, ola)
    things = [Thing("lead", str(LEAD_ID)), Thing("person", 1), Thing("person", 2), Thing("person", 99)]
    found = different(ledger, things, since, until)
    assert [(each.title, each.what, each.gone_to) for each in found] == [
        ("Ola Dal", "changed", None),
        ("Boiler", "changed", None),
        ("Kari", "left", "deleted"),
    ]
    assert found[0].since == {"name": until, "last_name": until}
    assert (found[2].moved_at, set(found[2].since.values())) == (since + 3, {since + 3})
    assert [each.versions for each in found] == [2, 1, 1]


def test_an_amount_and_its_currency_are_one_value(ledger: Ledger) -> None:
    lead = a_lead()
    since = record(ledger, lead)
    lead.edit({"amount": "12.50", "currency": "NOK"})
    lead.edit({"amount": None, "currency": None})
    until = record(ledger, lead)
    (difference,) = different(ledger, [Thing("lead", str(LEAD_ID))], since, until)
    assert (difference.before["value"], difference.after["value"]) == (Amount(1250, "EUR"), None)
    assert difference.since == {"value": until}
    (meanwhile,) = different(ledger, [Thing("lead", str(LEAD_ID))], since, since + 1)
    assert meanwhile.after["value"] == Amount(1250, "NOK")


def test_a_thing_that_was_touched_may_be_what_it_was(ledger: Ledger) -> None:
    lead = a_lead()
    since = record(ledger, lead)
    lead.see(True)
    lead.see(False)
    until = record(ledger, lead)
    (difference,) = different(ledger, [Thing("lead", str(LEAD_ID))], since, until)
    assert (difference.since, difference.versions) == ({}, 2)


def test_changes_are_told_with_the_versions_before_and_since(ledger: Ledger) -> None:
    lead = a_lead()
    for title in ("Two", "Three", "Four"):
        lead.edit({"title": title})
    end = record(ledger, lead)
    with ledger.reading() as reading:
        things = forms(reading, str(LEAD_ID))
        whole = changes(reading, touches(reading, things, 1, end), end)
        part = changes(reading, touches(reading, things, end - 1, end - 1), end - 1)
        titles = [[change.before and change.before["title"], change.after["title"]] for change in (*whole, *part)]
    assert titles == [[None, "Boiler"], ["Boiler", "Two"], ["Two", "Three"], ["Three", "Four"], ["Two", "Three"]]
