"""What all kinds have in common that are added, edited, assigned and deleted."""

from __future__ import annotations

from inspect import get_annotations

import pytest

from aggregates.catalogue import told_by
from aggregates.record import OwnedRecord, Record
from tests.aggregates.given import kinds

every_kind = pytest.mark.parametrize("kind", kinds(Record), ids=lambda kind: kind.__name__)


@every_kind
def test_what_a_kind_declares_its_first_event_tells_and_is_of_that_type(kind: type[Record]) -> None:
    told = told_by(kind.created)
    assert get_annotations(kind, eval_str=True).items() <= told.items()


@every_kind
def test_the_events_of_a_kind_bear_its_name(kind: type[Record]) -> None:
    name = kind.__name__
    assert [event.__name__ for event in (kind.created, kind.edited, kind.deleted)] == [
        f"{name}Added",
        f"{name}Edited",
        f"{name}Deleted",
    ]


@pytest.mark.parametrize("kind", kinds(OwnedRecord), ids=lambda kind: kind.__name__)
def test_a_kind_that_has_owners_tells_of_them_in_its_first_event(kind: type[OwnedRecord]) -> None:
    assert "owner_id" in told_by(kind.created)
    assert kind.assigned.__name__ == f"{kind.__name__}Assigned"
