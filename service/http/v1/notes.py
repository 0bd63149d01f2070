"""Notes flow in and out here as version 1 of the wire has them (wire reference 7.2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from marshmallow import fields, post_load

from projections.engine.reading import Reading
from projections.engine.rows import Row, find
from projections.notes import NOTES, notes
from service.commands import notes as commands
from service.http.call import Call
from service.http.errors import Forbidden, NotFound
from service.http.family import Answer
from service.http.fields import Html, Id, NumberFlag, Offset, Order, QueryFlag, QueryId, Refused, in_order
from service.http.links import LinkQuery, Links, only
from service.http.pipedrive import offset_page, v1
from service.http.time_fields import Day, Moment
from service.http.v1.shown_notes import PINS, NoteAnswer, note_answers

_SORTED_BY = {
    "id": "note_id",
    "user_id": "author_id",
    "deal_id": "deal_id",
    "person_id": "person_id",
    "org_id": "organization_id",
    "content": "content",
    "add_time": "add_time",
    "update_time": "update_time",
}
_MISSING = "Note not found"


@in_order(
    "added_at",
    "content",
    "lead_id",
    "deal_id",
    "person_id",
    "organization_id",
    "author_id",
    "pinned_to_lead_flag",
    "pinned_to_deal_flag",
    "pinned_to_person_flag",
    "pinned_to_organization_flag",
    "project_id",
    "task_id",
    "pinned_to_project_flag",
    "pinned_to_task_flag",
)
class NoteFacts(Links):
    """What a client may say of a note, and may leave out."""

    content = Html()
    person_id = Id(allow_none=True)
    task_id = Refused("there are no tasks")
    author_id = Id(data_key="user_id")
    added_at = Moment(data_key="add_time")
    pinned_to_lead_flag = NumberFlag()
    pinned_to_deal_flag = NumberFlag()
    pinned_to_person_flag = NumberFlag()
    pinned_to_organization_flag = NumberFlag()
    pinned_to_project_flag = Refused("there are no projects")
    pinned_to_task_flag = Refused("there are no tasks")

    @post_load
    def with_pins(self, facts: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The facts, with the pins put in or taken out in one, by what they pin to."""
        pins = {pin: facts.pop(flag) for pin, flag in PINS.items() if flag in facts}
        return {**facts, "pins": pins} if pins else facts


@in_order(
    "added_at",
    "content",
    "lead_id",
    "deal_id",
    "person_id",
    "organization_id",
    "author_id",
    "pinned_to_lead_flag",
    "pinned_to_deal_flag",
    "pinned_to_person_flag",
    "pinned_to_organization_flag",
    "project_id",
    "task_id",
    "pinned_to_project_flag",
    "pinned_to_task_flag",
)
class NewNote(NoteFacts):
    """A note as a client adds it."""

    content = Html(required=True)


class NotesQuery(LinkQuery, Offset):
    """Which notes, and in which order."""

    user_id = QueryId()
    sort = Order(_SORTED_BY)
    start_date = Day()
    end_date = Day()
    updated_since = Moment()
    pinned_to_lead_flag = QueryFlag()
    pinned_to_deal_flag = QueryFlag()
    pinned_to_person_flag = QueryFlag()
    pinned_to_organization_flag = QueryFlag()


@v1.route("GET", "/notes", query=NotesQuery, answer=NoteAnswer, many=True, has_past=True)
def get_notes(call: Call) -> Answer:
    """Notes that are not deleted, in the order they were written unless another is asked for."""
    query = call.query
    with call.reading() as reading:
        found = notes(
            reading,
            only=_only(reading, query),
            pins={pin: query[flag] for pin, flag in PINS.items() if flag in query},
            since=query.get("start_date"),
            before=_day_after(query.get("end_date")),
            updated_since=query.get("updated_since"),
            order=query.get("sort", ()),
            start=query["start"],
            limit=query["limit"],
        )
        return offset_page(note_answers(reading, found, call), query)


@v1.route("GET", "/notes/<id:note_id>", missing=_MISSING, answer=NoteAnswer, has_past=True)
def get_note(call: Call, note_id: int) -> Any:
    """One note; a deleted one too, which is no longer active."""
    with call.reading() as reading:
        row = find(reading, NOTES, note_id)
    if row is None:
        raise NotFound(_MISSING)
    return _shown(call, row)


@v1.route("POST", "/notes", body=NewNote, answer=NoteAnswer)
def add_note(call: Call) -> Any:
    """Write a note about a lead, a deal, a person or an organization, or several of them."""
    _check_author(call)
    return _shown(call, call.execute(partial(commands.add, facts=call.body)))


@v1.route("PUT", "/notes/<id:note_id>", body=NoteFacts, missing=_MISSING, answer=NoteAnswer)
def update_note(call: Call, note_id: int) -> Any:
    """Write a note anew, hang it on something else, pin it or take a pin out."""
    _check_author(call)
    return _shown(call, call.execute(partial(commands.edit, note_id=note_id, facts=call.body)))


@v1.route("DELETE", "/notes/<id:note_id>", missing=_MISSING, answer=fields.Boolean)
def delete_note(call: Call, note_id: int) -> bool:
    """Throw a note away."""
    call.execute(partial(commands.delete, note_id=note_id))
    return True


def _only(reading: Reading, query: Mapping[str, Any]) -> list[tuple[str, Any]]:
    author = [("author_id", query["user_id"])] if "user_id" in query else []
    return [*only(reading, query), *author]


def _check_author(call: Call) -> None:
    if call.body.get("author_id", call.user.user_id) != call.user.user_id and not call.user.is_admin:
        raise Forbidden("only an administrator may write in the name of another user")


def _shown(call: Call, row: Row) -> dict[str, Any]:
    with call.reading() as reading:
        return note_answers(reading, [row], call)[0]


def _day_after(day: str | None) -> str | None:
    """The first moment behind a day, the last of which is never left."""
    if day is None or day == date.max.isoformat():
        return None
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
