"""Notes in version 1 of the wire (wire reference 7.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from operator import itemgetter, not_
from typing import Any

from marshmallow import Schema, fields, post_load

from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.names import names_of
from projections.notes import NOTES, notes
from projections.organizations import ORGANIZATIONS
from projections.persons import PERSONS
from projections.users import users
from service.commands import notes as commands
from service.http import links
from service.http.call import Call
from service.http.errors import Forbidden
from service.http.family import Answer
from service.http.fields import Flag, Html, Id, NumberFlag, Offset, QueryFlag, QueryId, Refused
from service.http.operations import serve_add, serve_get, serve_update
from service.http.pipedrive import v1
from service.http.resource import Resource, row_ever_or_404
from service.http.scopes import administrates
from service.http.time_fields import Day, Moment
from service.http.times import classic
from service.http.v1.lists import list_query, page
from service.http.wire_fields import Constant, WireField

_PINS = {pin: f"pinned_to_{pin}_flag" for pin in ("lead", "deal", "person", "organization")}
"""What a note can be pinned to, by the wire's names for being pinned to it."""


class Titled(Schema):
    """A lead or a deal that a note is about."""

    title = fields.String(required=True)


class Named(Schema):
    """A person or an organization that a note is about."""

    name = fields.String(required=True, allow_none=True)


class Author(Named):
    """Who wrote a note."""

    email = fields.String(required=True, allow_none=True)
    icon_url = fields.String(required=True, allow_none=True)
    is_you = Flag(required=True)


class NoteBody(links.LinkedBody):
    """What a note is linked and pinned to."""

    @post_load
    def with_pins(self, facts: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The facts, with the pins put in or taken out in one, by what they pin to."""
        pins = {pin: facts.pop(flag) for pin, flag in _PINS.items() if flag in facts}
        return {**facts, "pins": pins} if pins else facts


class NotesQuery(links.LinkQuery, Offset):
    """Which notes, and in which order."""

    start_date = Day()
    end_date = Day()
    updated_since = Moment()
    pinned_to_lead_flag = QueryFlag()
    pinned_to_deal_flag = QueryFlag()
    pinned_to_person_flag = QueryFlag()
    pinned_to_organization_flag = QueryFlag()


_TITLED = fields.Nested(Titled, allow_none=True)
_NAMED = fields.Nested(Named, allow_none=True)


def _titled(kind: str, number: str) -> WireField:
    return WireField(kind, shows=_TITLED, source=lambda row: None if row[number] is None else {"title": row["title"]})


def _named(kind: str, number: str, name: str) -> WireField:
    return WireField(kind, shows=_NAMED, source=lambda row: None if row[number] is None else {"name": row[name]})


def _pinned(link: str, is_pinned: Callable[[Row], bool]) -> WireField:
    return WireField(_PINS[link], NumberFlag(), Flag(), source=is_pinned)


def _never_pinned(name: str) -> WireField:
    return WireField(f"pinned_to_{name}_flag", Refused(f"there are no {name}s"), Flag(), source=Constant(False))


def _looked_up(call: Call, rows: list[Row]) -> list[Row]:
    """The rows, with what it is called that the notes are about, and who wrote them."""
    if not rows:
        return rows
    with call.reading() as reading:
        persons = names_of(reading, PERSONS, (row["person_id"] for row in rows))
        organizations = names_of(reading, ORGANIZATIONS, (row["organization_id"] for row in rows))
        authors = {user["user_id"]: user for user in users(reading)}
        return [
            {
                **row,
                "person_name": persons.get(row["person_id"]),
                "organization_name": organizations.get(row["organization_id"]),
                "author_name": authors[row["author_id"]]["name"],
                "author_email": authors[row["author_id"]]["email"],
                "is_by_you": row["author_id"] == call.user.user_id,
            }
            for row in links.with_forms(call, rows)
        ]


def _author(row: Row) -> dict[str, Any]:
    return {"name": row["author_name"], "email": row["author_email"], "icon_url": None, "is_you": row["is_by_you"]}


def _check_author(call: Call) -> None:
    if call.body.get("author_id", call.user.user_id) != call.user.user_id and not administrates(call.user):
        raise Forbidden("only an administrator may write in the name of another user")


NOTE = Resource(
    __name__,
    v1,
    noun="a note",
    plural="notes",
    missing="Note not found",
    table=NOTES,
    wire_fields=(
        WireField("id", shows=fields.Integer(), source="note_id", sorts="note_id"),
        WireField("active_flag", shows=Flag(), source="is_deleted", convert=not_),
        WireField("add_time", Moment(), fields.String(), convert=classic, fact="added_at", sorts="add_time"),
        WireField("update_time", shows=fields.String(), convert=classic, sorts="update_time"),
        WireField("content", Html(), needed=True, sorts="content"),
        links.LEAD_ID,
        replace(links.DEAL_ID, sorts="deal_id"),
        WireField("person_id", Id(allow_none=True), sorts="person_id"),
        replace(links.ORG_ID, sorts="organization_id"),
        links.PROJECT_ID,
        WireField("task_id", Refused("there are no tasks"), fields.Integer(allow_none=True), source=Constant(None)),
        WireField("user_id", Id(), source="author_id", filters=QueryId(), sorts="author_id"),
        WireField("last_update_user_id", shows=fields.Integer(allow_none=True), source="editor_id"),
        _titled("lead", "lead_id"),
        _titled("deal", "deal_id"),
        WireField("project", shows=_TITLED, source=Constant(None)),
        WireField("task", shows=_TITLED, source=Constant(None)),
        _pinned("lead", lambda row: row["is_pinned_to_opportunity"] and row["lead_id"] is not None),
        _pinned("deal", lambda row: row["is_pinned_to_opportunity"] and row["deal_id"] is not None),
        _pinned("person", itemgetter("is_pinned_to_person")),
        _pinned("organization", itemgetter("is_pinned_to_organization")),
        _never_pinned("project"),
        _never_pinned("task"),
        _named("person", "person_id", "person_name"),
        _named("organization", "organization_id", "organization_name"),
        WireField("user", shows=fields.Nested(Author), source=_author),
    ),
    complete=_looked_up,
    needs=(*links.NEEDS, "person_id", "organization_id", "author_id"),
    readable=row_ever_or_404,
    body=NoteBody,
    check=_check_author,
    remark=f"; {links.REMARK}",
)


@v1.route("GET", "/notes", query=list_query(NOTE, NotesQuery), answer=NOTE.answer, many=True, has_past=True)
def get_notes(call: Call) -> Answer:
    """Notes that are not deleted, in the order they were written unless another is asked for."""
    query = call.query

    def listing(reading: Reading, only: Mapping[str, Any], **asked: Any) -> list[Row]:
        return notes(
            reading,
            only=[*links.only(reading, query), *only.items()],
            pins={pin: query[flag] for pin, flag in _PINS.items() if flag in query},
            since=query.get("start_date"),
            before=_day_after(query.get("end_date")),
            **asked,
        )

    return page(NOTE, call, listing)


serve_get(NOTE, "One note; a deleted one too, which is no longer active.")
serve_add(NOTE, "Write a note about a lead, a deal, a person or an organization, or several of them.", commands.add)
serve_update(NOTE, "Write a note anew, hang it on something else, pin it or take a pin out.", commands.edit, "PUT")


@v1.route("DELETE", "/notes/<id:note_id>", missing=NOTE.missing, answer=fields.Boolean, edited=NOTE.edited)
def delete_note(call: Call, note_id: int) -> bool:
    """Throw a note away."""
    answer: bool = call.execute(partial(commands.delete, note_id=note_id), lambda *_: True)
    return answer


def _day_after(day: str | None) -> str | None:
    """The first moment behind a day, the last of which is never left."""
    if day is None or day == date.max.isoformat():
        return None
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
