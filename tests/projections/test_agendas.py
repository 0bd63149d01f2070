"""What is next for an opportunity or a contact, what was done last, and how much there is: counted out the long way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st
from sqlalchemy import select

from aggregates.activity import Activity
from aggregates.note import Note
from projections.activities import ACTIVITIES, activities
from projections.agendas import NOTHING, agendas, next_activities
from projections.engine.pages import Part
from projections.engine.rows import Row, rows_of
from projections.engine.validity import holding
from projections.notes import NOTES
from projections.timeline import TIMELINE
from service.ledger.ledger import Ledger
from tests.projections.recorded import rebuilt, record, versions

LINKS: dict[str, tuple[Any, ...]] = {
    "opportunity_id": (None, "one", "another"),
    "organization_id": (None, 1, 2),
    "person_id": (None, 5, 7),
}
PLANS = st.fixed_dictionaries(
    {
        "opportunity_id": st.sampled_from(LINKS["opportunity_id"]),
        "organization_id": st.sampled_from(LINKS["organization_id"]),
        "due_date": st.sampled_from([None, "2030-01-07", "2030-01-08"]),
        "due_time": st.sampled_from([None, "00:00:00", "09:30:00"]),
        "participants": st.lists(st.builds(dict, person_id=st.sampled_from([5, 7])), max_size=2),
    }
)
LIVES = st.sampled_from(["planned", "done", "taken up again", "deleted", "done and deleted"])


def planned(number: int, plan: dict[str, Any], life: str = "planned") -> Activity:
    activity = Activity.add(number, subject="Call", type="call", owner_id=1, **plan)
    activity.mark(life.startswith(("done", "taken")))
    if life == "taken up again":
        activity.mark(False)
    if life.endswith("deleted"):
        activity.delete()
    return activity


def counted_out(rows: Iterable[Row], link: str, key: Any) -> Row:
    """The agenda of one, by looking at every activity."""
    theirs = [row for row in rows if row[link] == key and not row["is_deleted"]]
    undone = [row for row in theirs if not row["is_done"]]
    done = [row for row in theirs if row["is_done"]]

    def due(row: Row) -> tuple[str, str, int]:
        return row["due_date"] or "9999-12-31", row["due_time"] or "00:00:00", row["activity_id"]

    return {
        "next_activity_id": min(undone, key=due)["activity_id"] if undone else None,
        "last_activity_id": max((row["done_time"], row["activity_id"]) for row in done)[1] if done else None,
        "activities_count": len(theirs),
        "done_activities_count": len(done),
        "undone_activities_count": len(undone),
        "notes_count": 0,
    }


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@for_all(lives=st.lists(st.tuples(PLANS, LIVES), max_size=12))
def test_an_agenda_is_what_looking_at_every_activity_tells(ledger: Ledger, lives: list[tuple[Any, str]]) -> None:
    with ledger.reading() as reading:
        known = reading.execute(select(ACTIVITIES.c.activity_id).where(holding(ACTIVITIES))).all()
    record(ledger, *(planned(len(known) + at, plan, life) for at, (plan, life) in enumerate(lives, start=1)))
    with ledger.reading() as reading:
        rows = rows_of(reading, select(ACTIVITIES).where(holding(ACTIVITIES)))
        for link, keys in LINKS.items():
            expected = {key: counted_out(rows, link, key) for key in keys if key is not None}
            assert agendas(reading, link, expected) == expected
        nexts = {key: counted_out(rows, "opportunity_id", key)["next_activity_id"] for key in ("one", "another")}
        found = next_activities(reading, nexts)
        assert found == {key: number for key, number in nexts.items() if number is not None}


def test_whom_nothing_was_planned_for_has_an_empty_agenda_and_notes_are_counted_too(ledger: Ledger) -> None:
    note, other = (Note.add(n, person_id=5, content="x", author_id=1, pinned_to=[]) for n in (1, 2))
    other.delete()
    record(ledger, note, other)
    with ledger.reading() as reading:
        assert agendas(reading, "person_id", [5, 7]) == {5: {**NOTHING, "notes_count": 1}, 7: NOTHING}
        assert agendas(reading, "person_id", []) == {}


def test_activities_come_by_when_they_are_due_and_a_replay_makes_the_same_rows(ledger: Ledger) -> None:
    first = planned(1, {"due_date": None})
    second = planned(2, {"due_date": "2030-01-08", "participants": [{"person_id": 5}]})
    third = planned(3, {"due_date": "2030-01-08", "due_time": "00:00:00"})
    record(ledger, first, second, third)
    second.edit({"due_time": "09:30:00", "participants": [{"person_id": 7}]})
    first.edit({"due_date": "2030-01-07"})
    note = Note.add(1, person_id=5, content="x", author_id=1, pinned_to=["person"])
    record(ledger, first, second, note)
    note.edit({"person_id": 7, "content": "y"})
    record(ledger, note)
    with ledger.reading() as reading:
        part = Part(only=[], order=("due", "activity_id"), limit=10)
        assert [row["activity_id"] for row in activities(reading, part)] == [1, 3, 2]
        assert [row["person_id"] for row in activities(reading, part)] == [None, None, 7]
    before = {table.name: versions(ledger, table) for table in (ACTIVITIES, NOTES, TIMELINE)}
    rebuilt(ledger)
    assert {table.name: versions(ledger, table) for table in (ACTIVITIES, NOTES, TIMELINE)} == before


def test_an_event_marks_what_it_hangs_on_before_and_since(ledger: Ledger) -> None:
    people = [{"person_id": 5}, {"person_id": 7}]
    activity = planned(1, {"opportunity_id": "one", "organization_id": 2, "participants": people})
    record(ledger, activity)
    activity.edit({"opportunity_id": "another", "participants": [{"person_id": 7}]})
    last = record(ledger, activity)
    touched = [row for row in versions(ledger, TIMELINE) if row["position"] == last]
    columns = "opportunity_id", "person_id", "organization_id", "owns_contacts"
    assert [tuple(row[name] for name in columns) for row in touched] == [
        ("another", 7, 2, True),
        ("one", 5, None, True),
    ]
