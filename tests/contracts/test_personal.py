"""Whoever adds a field to an event says whether it tells of people: it is marked as personal, or it stands here."""

from __future__ import annotations

from types import NoneType
from typing import Any, get_args, get_origin

import pytest

from aggregates.catalogue import told_by
from aggregates.event import EVENTS, Event
from projections.engine.erasing import personal_columns
from projections.engine.tables import read_models
from projections.projection import HANDLERS

IMPERSONAL: dict[str, str] = {
    "opportunity_id lead_id lead_label_id conversion_id token_id replaces key": "an id of ours",
    "label_ids pinned_to participants streams": "ids of ours, and names of links",
    "amount currency default_currency": "money",
    "expected_close_date due_date due_time duration occurred_at won_at lost_at archived_at added_at expires": "a time",
    "source_name origin channel type kind verdict marketing_status color icon_key key_string": "a word from a list",
    "scopes": "words from a list",
    "locale timezone_name": "how times and numbers are shown",
    "rules_met policy": "what a company decided on",
    "legal_basis": "says so itself: it must tell nothing of the person",
}
"""Fields of text, or of what may hold text, that tell nothing of anybody, and what they tell instead."""

NAMED_THINGS = {"PipelineAdded", "StageAdded", "LeadLabelAdded", "LeadSourceAdded", "ActivityTypeAdded"}
"""The events whose ``name`` is that of a thing, and whose changes are those of things."""

SETTLED = {name for names in IMPERSONAL for name in names.split()}

every_event = pytest.mark.parametrize(
    "kind",
    [kind for kind in EVENTS.values() if kind.__module__.startswith("aggregates.")],
    ids=lambda kind: kind.__name__,
)


def may_hold_text(hint: Any) -> bool:
    """Whether a field of this type may hold words that somebody wrote."""
    if get_origin(hint) in (list, dict):
        return any(map(may_hold_text, get_args(hint)))
    if alternatives := get_args(hint):
        return any(may_hold_text(alternative) for alternative in alternatives if alternative is not NoneType)
    return hint in (str, Any, dict, list)


def unsettled(kind: type[Event]) -> set[str]:
    """The fields of an event of which nobody has said whether they tell of people."""
    if kind.__name__ in NAMED_THINGS:
        return {name for name, hint in told_by(kind).items() if may_hold_text(hint)} - SETTLED - {"name"}
    marked = kind.personal | {path.partition(".")[0] for path in kind.personal}
    of_things = {f"{name.removesuffix('Added')}Edited" for name in NAMED_THINGS}
    settled = SETTLED | marked | ({"changes"} if kind.__name__ in of_things else set())
    return {name for name, hint in told_by(kind).items() if may_hold_text(hint)} - settled


@every_event
def test_of_every_field_it_is_said_whether_it_tells_of_people(kind: type[Event]) -> None:
    assert unsettled(kind) == set()


@every_event
def test_what_an_edit_may_change_is_marked_as_it_is_in_the_beginning(kind: type[Event]) -> None:
    if "changes" in told_by(kind) and not unsettled(kind):
        first = (
            EVENTS.get(kind.__name__.replace("Edited", "Added")) or EVENTS[kind.__name__.replace("Edited", "Created")]
        )
        assert {path.partition(".")[2] for path in kind.personal} == first.personal


def test_a_field_that_nobody_has_thought_about_is_found() -> None:
    facts = {"__annotations__": {"nickname": "str | None", "height": "int"}, "__module__": __name__, "nickname": None}
    planted = type("ContactNicknamed", (Event,), {**facts, "height": 1, "__doc__": "Somebody got a nickname."})
    try:
        assert unsettled(planted) == {"nickname"}
        marked = type(
            "ContactRenamed", (Event,), {**facts, "height": 1, "__doc__": "As above."}, personal=("nickname",)
        )
        assert unsettled(marked) == set()
    finally:
        for name in ("ContactNicknamed", "ContactRenamed"):
            EVENTS.pop(name, None)


def test_columns_are_marked_where_rows_hold_what_is_personal() -> None:
    assert len(read_models.tables) >= len(HANDLERS), "all of them are known"
    named = {
        (str(table.name), column.name) for table in read_models.tables.values() for column in personal_columns(table)
    }
    expected = {
        (
            "persons",
            "name first_name last_name name_folded name_start_folded"
            " emails emails_folded email_start_folded phones phones_folded",
        ),
        ("organizations", "name name_folded name_start_folded address address_folded website linkedin"),
        ("users", "name name_folded email email_folded"),
        ("tokens", "name"),
        ("leads", "title title_folded channel_id origin_id"),
        ("deals", "title title_folded channel_id origin_id lost_reason"),
        ("notes", "content content_folded"),
        ("activities", "subject note public_description location attendees attendees_folded"),
        ("signals", "kind evidence external_id"),
        ("latest_signals", "signals"),
    }
    assert named == {(table, column) for table, columns in expected for column in columns.split()}
