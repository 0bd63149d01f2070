"""How events reach read models: each of them those that it changes, and their rows read beforehand."""

from __future__ import annotations

from aggregates.activity import Activity
from aggregates.note import Note
from aggregates.organization import Organization
from aggregates.person import Person
from aggregates.pipeline import Pipeline
from aggregates.record import Record
from aggregates.stage import Stage
from projections.activities import ACTIVITIES
from projections.engine.rows import Rows
from projections.organizations import ORGANIZATIONS
from projections.projection import prefetch, project
from projections.stages import STAGES
from service.ledger.ledger import Ledger
from service.maintenance.replay import batches
from tests.projections.recorded import record, versions


def several() -> list[Record]:
    """One of each kind of record that has a number."""
    return [
        Pipeline.add(9, name="Service", order_nr=2),
        Stage.add(90, pipeline_id=9, name="Asked", order_nr=1),
        Organization.add(5, name="Rør og mer", owner_id=1),
        Person.add(7, name="Kari Nordmann", owner_id=1),
        Note.add(3, person_id=7, content="Called", author_id=1),
        Activity.add(4, subject="Call", type="call", owner_id=1, due_date="2026-03-04"),
    ]


def test_rows_that_later_events_find_are_read_beforehand_and_not_one_by_one(ledger: Ledger) -> None:
    things = several()
    before = record(ledger, *things)
    for thing in things:
        thing.delete()
    record(ledger, *things)
    deleted = [(position, event) for batch in batches(ledger, before) for position, event in batch]
    with ledger.reading() as reading:
        rows = Rows(reading.connection)
        prefetch(rows, [event for _, event in deleted])
        known = rows.remembered
        assert known == len(things)
        for position, event in deleted:
            project(rows, event, position)
        assert rows.remembered == known


def test_an_edit_of_one_of_the_facts_that_a_column_is_made_of_keeps_the_other(ledger: Ledger) -> None:
    activity = Activity.add(4, subject="Call", type="call", owner_id=1, due_date="2026-03-04")
    record(ledger, activity)
    activity.edit({"due_time": "10:30:00"})
    record(ledger, activity)
    assert [row["due"] for row in versions(ledger, ACTIVITIES)] == ["2026-03-04T00:00:00", "2026-03-04T10:30:00"]


def test_what_an_event_moves_is_changed_in_the_row(ledger: Ledger) -> None:
    stage, organization = several()[1:3]
    assert isinstance(stage, Stage)
    assert isinstance(organization, Organization)
    record(ledger, stage, organization)
    stage.move(pipeline_id=2, order_nr=7)
    organization.assign(3)
    organization.delete()
    record(ledger, stage, organization)
    moved = versions(ledger, STAGES)[-1]
    assert (moved["pipeline_id"], moved["order_nr"], moved["name"]) == (2, 7, "Asked")
    assert [(row["owner_id"], row["is_deleted"]) for row in versions(ledger, ORGANIZATIONS)] == [
        (1, False),
        (3, False),
        (3, True),
    ]
