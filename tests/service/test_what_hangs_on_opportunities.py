"""Whatever becomes of an opportunity: all that hangs on it is reached from its present form, once, and never copied."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from tests.databases import Databases
from tests.service.http.opportunities import ACTIVITIES, NOTES, a_deal, a_lead, ask, converted, reverted
from tests.service.serving import client_of, founded, serving
from tests.service.whole import check_whole

STEPS = ("note", "plan", "turn", "done", "postpone", "throw away", "hang on the other")
DATES = (None, "2030-01-07", "2030-01-08")
TIMES = (None, "08:00:00", "12:30:00")


class Opportunity:
    """One possible sale, and by their ids what was written and planned for it."""

    def __init__(self, form: str, number: Any) -> None:
        self.form, self.number = form, number
        self.notes: list[int] = []
        self.activities: dict[int, dict[str, Any]] = {}

    @property
    def link(self) -> dict[str, Any]:
        return {f"{self.form}_id": self.number}

    def turn(self, client: FlaskClient) -> None:
        """Take on the other form."""
        if self.form == "lead":
            self.form, self.number = "deal", converted(client, self.number)
        else:
            self.form, self.number = "lead", reverted(client, self.number)

    def next_activity(self) -> int | None:
        """The one to be done first, counted out."""
        undone = [activity for activity in self.activities.values() if not activity["done"]]
        in_order = [(one["due_date"] or "9999-12-31", one["due_time"] or "", one["id"]) for one in undone]
        return min(in_order)[2] if in_order else None


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@for_all(
    steps=st.lists(
        st.tuples(st.booleans(), st.sampled_from(STEPS), st.integers(0, 9), st.sampled_from(DATES)), max_size=25
    ),
    begins=st.sampled_from(["lead", "deal"]),
)
def test_everything_stays_with_its_opportunity(databases: Databases, steps: list[Any], begins: str) -> None:
    with databases.fresh(founded) as url, serving(url) as app:
        client = client_of(app)
        one = Opportunity("lead", a_lead(client)) if begins == "lead" else Opportunity("deal", a_deal(client))
        both = one, Opportunity("lead", a_lead(client, "Bathroom"))
        for is_first, step, which, due_date in steps:
            here, other = both if is_first else both[::-1]
            take(client, step, which, due_date, here, other)
            for each in both:
                check(client, each)
        check_copied_nowhere(client, both)
        check_whole(app)


def take(
    client: FlaskClient, step: str, which: int, due_date: str | None, here: Opportunity, other: Opportunity
) -> None:
    if step == "turn":
        here.turn(client)
    elif step == "note":
        here.notes.append(ask(client, "POST", NOTES, {"content": "x", **here.link})["id"])
    elif step == "plan":
        facts = {"due_date": due_date, "due_time": TIMES[which % 3], "done": which == 0, **here.link}
        activity = ask(client, "POST", ACTIVITIES, facts)
        here.activities[activity["id"]] = activity
    elif here.activities:
        number = sorted(here.activities)[which % len(here.activities)]
        activity = here.activities.pop(number)
        if step == "throw away":
            ask(client, "DELETE", f"{ACTIVITIES}/{number}")
        elif step == "hang on the other":
            other.activities[number] = ask(client, "PATCH", f"{ACTIVITIES}/{number}", other.link)
        else:
            facts = {"done": not activity["done"]} if step == "done" else {"due_date": due_date}
            here.activities[number] = ask(client, "PATCH", f"{ACTIVITIES}/{number}", facts)


def check(client: FlaskClient, opportunity: Opportunity) -> None:
    """All that hangs on it is reached from the form it has, and from no other; the next activity is the earliest."""
    [(name, number)] = opportunity.link.items()
    for path, expected in ((NOTES, opportunity.notes), (ACTIVITIES, sorted(opportunity.activities))):
        found = ask(client, "GET", f"{path}?{name}={number}")
        assert [each["id"] for each in found] == expected
        assert all(each[name] == number for each in found)
        assert all((each["lead_id"] is None) != (each["deal_id"] is None) for each in found)
    if opportunity.form == "lead":
        shown = ask(client, "GET", f"/v1/leads/{number}")
    else:
        counts = "next_activity_id,activities_count,undone_activities_count,notes_count"
        shown = ask(client, "GET", f"/api/v2/deals/{number}?include_fields={counts}")
        undone = [activity for activity in opportunity.activities.values() if not activity["done"]]
        counted = len(opportunity.activities), len(undone), len(opportunity.notes)
        assert counted == tuple(shown[count] for count in counts.split(",")[1:])
    assert shown["next_activity_id"] == opportunity.next_activity()


def check_copied_nowhere(client: FlaskClient, both: tuple[Opportunity, Opportunity]) -> None:
    """There is nothing but what was written and planned, and each of it stands once in the timeline."""
    notes = sorted(number for each in both for number in each.notes)
    activities = sorted(number for each in both for number in each.activities)
    assert [note["id"] for note in ask(client, "GET", NOTES)] == notes
    assert [activity["id"] for activity in ask(client, "GET", ACTIVITIES)] == activities
    for each in both:
        [(name, number)] = each.link.items()
        answer = client.get(f"/api/ledger/v1/timeline?{name}={number}&limit=500&order=oldest").get_json()
        told = [(item["event"], item["data"]) for item in answer["items"]]
        written = [data["note_id"] for event, data in told if event == "NoteAdded"]
        touched = {data["activity_id"] for event, data in told if event.startswith("Activity")}
        assert written == each.notes
        assert touched >= each.activities.keys()
        positions = [item["position"] for item in answer["items"]]
        assert len(positions) == len(set(positions))
