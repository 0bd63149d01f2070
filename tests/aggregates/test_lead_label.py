"""What may happen to a lead label."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from aggregates.lead_label import LeadLabel, LeadLabelAdded, LeadLabelDeleted, LeadLabelEdited
from aggregates.refusals import Gone
from tests.aggregates.given import fact, given, refused, then

LABEL = UUID("3b1f7a90-4c56-4d9e-8f1a-2f6c0f5b7a33")
ADDED = fact(LeadLabelAdded, name="Hot", color="red")


def test_a_label_is_known_by_its_uuid() -> None:
    label = LeadLabel.add(LABEL, name="Hot", color="red")
    assert label.lead_label_id == str(LABEL)
    [event] = label.collect_events()
    assert isinstance(event, LeadLabelAdded)
    assert (event.lead_label_id, event.name, event.color) == (str(LABEL), "Hot", "red")


def test_an_edit_tells_only_what_changed() -> None:
    label = given(LeadLabel, LABEL, ADDED)
    label.edit({"name": "Hot", "color": "orange"})
    then(label, fact(LeadLabelEdited, changes={"color": "orange"}))
    label.edit({"color": "orange"})
    then(label)


def test_a_label_can_be_given_up() -> None:
    label = given(LeadLabel, LABEL, ADDED)
    label.delete()
    then(label, fact(LeadLabelDeleted))


@pytest.mark.parametrize("command", [lambda gone: gone.edit({"name": "Hot!"}), lambda gone: gone.delete()])
def test_nothing_can_be_done_to_a_deleted_label(command: Callable[[LeadLabel], None]) -> None:
    label = given(LeadLabel, LABEL, ADDED, fact(LeadLabelDeleted))
    with refused(label, Gone, "was deleted"):
        command(label)
