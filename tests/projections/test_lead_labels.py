"""Lead labels as they are listed: added, renamed, painted anew and given up."""

from __future__ import annotations

from uuid import UUID

from aggregates.lead_label import LeadLabel
from projections.lead_labels import LEAD_LABELS, lead_labels
from service.ledger.ledger import Ledger
from tests.projections.recorded import rebuilt, record, versions

FAIR = UUID("00000000-0000-4000-8000-000000000002")
PHONE = UUID("00000000-0000-4000-8000-000000000001")


def listed(ledger: Ledger) -> list[tuple[str, str]]:
    with ledger.reading() as reading:
        return [(row["name"], row["color"]) for row in lead_labels(reading)]


def test_labels_are_listed_in_the_order_they_were_made_whatever_their_ids(ledger: Ledger) -> None:
    founders = listed(ledger)
    fair, phone = LeadLabel.add(FAIR, name="Fair", color="pink"), LeadLabel.add(PHONE, name="Phone", color="gray")
    record(ledger, fair, phone)
    assert listed(ledger) == [*founders, ("Fair", "pink"), ("Phone", "gray")]

    fair.edit({"color": "green"})
    phone.delete()
    record(ledger, fair, phone)
    assert listed(ledger) == [*founders, ("Fair", "green")]


def test_a_replay_gives_the_same_labels_with_their_past(ledger: Ledger) -> None:
    fair, phone = LeadLabel.add(FAIR, name="Fair", color="pink"), LeadLabel.add(PHONE, name="Phone", color="gray")
    record(ledger, fair, phone)
    fair.edit({"name": "Trade fair"})
    phone.delete()
    record(ledger, fair, phone)
    live = versions(ledger, LEAD_LABELS)
    assert len([row for row in live if row["valid_to"] is not None]) == 2
    rebuilt(ledger)
    assert versions(ledger, LEAD_LABELS) == live
