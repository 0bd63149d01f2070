"""Which rows know where in the log a client edited them last, and what is no edit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table

from aggregates.deal import Deal
from aggregates.details import Details
from aggregates.event import EVENTS
from aggregates.lead import Lead
from aggregates.legal_hold import LegalHold
from aggregates.organization import Organization
from aggregates.person import Person
from aggregates.signal import Signal
from projections.deals import DEALS
from projections.engine.rows import find
from projections.kinds import KINDS
from projections.leads import LEADS
from projections.organizations import ORGANIZATIONS
from projections.persons import PERSONS
from service.ledger.ledger import Ledger
from tests.projections.recorded import rebuilt, record

LEAD_ID = UUID("00000000-0000-4000-8000-00000000000a")
DETAILS = Details(title="Rør", owner_id=1, person_id=7)
EDITED = [name for name in KINDS if name not in ("signal", "user")]


def edited(ledger: Ledger, table: Table, key: object) -> int:
    """Where a thing was edited last, the same in a replay."""

    def now() -> int:
        with ledger.reading() as reading:
            row = find(reading, table, key)
            assert row is not None
            return int(row["edited_position"])

    position = now()
    rebuilt(ledger)
    assert now() == position
    return position


def test_a_verdict_of_ours_a_mark_and_a_hold_are_no_edits_and_everything_else_is() -> None:
    verdicts, marks = {"LeadBecameReady", "LeadNoLongerReady"}, {"LeadSeen", "LeadMarkedUnseen"}
    holds, erasures = {"LegalHoldPlaced", "LegalHoldReleased"}, {"PersonErased", "ErasureStarted", "ErasureConfirmed"}
    assert {name for name, event in EVENTS.items() if not event.is_edit} == verdicts | marks | holds | erasures


@pytest.mark.parametrize("name", EDITED)
def test_the_row_of_each_kind_that_clients_edit_knows_where_that_was(name: str) -> None:
    assert "edited_position" in KINDS[name].table.c


def test_a_lead_that_is_looked_at_or_judged_was_not_edited(ledger: Ledger) -> None:
    lead = Lead.create(LEAD_ID, DETAILS, source_name="Web forms", origin="API")
    record(ledger, lead)
    created = edited(ledger, LEADS, str(LEAD_ID))
    lead.see(True)
    lead.judge("ready", policy_version=1, rules_met=["Fit"])
    facts = {"opportunity_id": str(LEAD_ID), "lead_id": str(LEAD_ID), "deal_id": None, "interest": None}
    told: dict[str, Any] = {"evidence": {}, "occurred_at": "2026-01-07T08:00:00.000000Z", "external_id": None}
    record(ledger, lead, Signal.record_new(UUID(int=1), kind="email_sent", **facts, **told))
    assert edited(ledger, LEADS, str(LEAD_ID)) == created
    lead.archive(True)
    assert record(ledger, lead) == edited(ledger, LEADS, str(LEAD_ID))


def test_a_deal_of_which_a_signal_tells_was_not_edited(ledger: Ledger) -> None:
    deal = Deal.create(3, DETAILS, pipeline_id=1, stage_id=1, origin="API")
    created = record(ledger, deal)
    facts = {"opportunity_id": deal.opportunity_id, "lead_id": None, "deal_id": 3, "interest": False}
    told: dict[str, Any] = {"evidence": {}, "occurred_at": "2026-01-07T08:00:00.000000Z", "external_id": None}
    record(ledger, Signal.record_new(UUID(int=2), kind="call_held", **facts, **told))
    assert edited(ledger, DEALS, 3) == created
    deal.win()
    assert record(ledger, deal) == edited(ledger, DEALS, 3)


def test_a_record_was_edited_where_it_was_changed_last_by_whatever_event(ledger: Ledger) -> None:
    person, organization = Person.add(7, name="Kari", owner_id=1), Organization.add(5, name="Rør", owner_id=1)
    record(ledger, person, organization)
    organization.edit({"industry": 4})
    organization.assign(2)
    changed = record(ledger, organization)
    hold = LegalHold(LegalHold.stream_on("person", 7))
    hold.place("person", 7)
    record(ledger, hold)
    assert edited(ledger, ORGANIZATIONS, 5) == changed
    assert edited(ledger, PERSONS, 7) == changed - 3
