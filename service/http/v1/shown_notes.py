"""Rows of notes flow through here into what version 1 of the wire shows (wire reference 7.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import Schema, fields

from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.names import names_of
from projections.opportunities import Form, forms_of
from projections.organizations import ORGANIZATIONS
from projections.persons import PERSONS
from projections.users import users
from service.http.call import Call
from service.http.fields import Flag, in_order
from service.http.harmless import as_harmless_html
from service.http.times import classic

PINS = {pin: f"pinned_to_{pin}_flag" for pin in ("lead", "deal", "person", "organization")}
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


@in_order(
    "id",
    "active_flag",
    "add_time",
    "update_time",
    "content",
    "lead_id",
    "deal_id",
    "person_id",
    "org_id",
    "project_id",
    "task_id",
    "user_id",
    "last_update_user_id",
    "lead",
    "deal",
    "project",
    "task",
    "pinned_to_lead_flag",
    "pinned_to_deal_flag",
    "pinned_to_person_flag",
    "pinned_to_organization_flag",
    "pinned_to_project_flag",
    "pinned_to_task_flag",
    "person",
    "organization",
    "user",
)
class NoteAnswer(Schema):
    """A note as version 1 shows it; it hangs on a lead or a deal according to the form its opportunity has now."""

    id = fields.Integer(required=True)
    active_flag = Flag(required=True)
    add_time = fields.String(required=True)
    update_time = fields.String(required=True)
    content = fields.String(required=True)
    lead_id = fields.UUID(required=True, allow_none=True)
    deal_id = fields.Integer(required=True, allow_none=True)
    person_id = fields.Integer(required=True, allow_none=True)
    org_id = fields.Integer(required=True, allow_none=True)
    project_id = fields.Integer(required=True, allow_none=True)
    task_id = fields.Integer(required=True, allow_none=True)
    user_id = fields.Integer(required=True)
    last_update_user_id = fields.Integer(required=True, allow_none=True)
    lead = fields.Nested(Titled, required=True, allow_none=True)
    deal = fields.Nested(Titled, required=True, allow_none=True)
    person = fields.Nested(Named, required=True, allow_none=True)
    organization = fields.Nested(Named, required=True, allow_none=True)
    project = fields.Nested(Titled, required=True, allow_none=True)
    task = fields.Nested(Titled, required=True, allow_none=True)
    user = fields.Nested(Author, required=True)
    pinned_to_lead_flag = Flag(required=True)
    pinned_to_deal_flag = Flag(required=True)
    pinned_to_person_flag = Flag(required=True)
    pinned_to_organization_flag = Flag(required=True)
    pinned_to_project_flag = Flag(required=True)
    pinned_to_task_flag = Flag(required=True)


def note_answers(reading: Reading, rows: Sequence[Row], call: Call) -> list[dict[str, Any]]:
    """Notes as version 1 shows them to the caller, with what is called what, looked up for all of them at once."""
    forms = forms_of(reading, (row["opportunity_id"] for row in rows))
    persons = names_of(reading, PERSONS, (row["person_id"] for row in rows))
    organizations = names_of(reading, ORGANIZATIONS, (row["organization_id"] for row in rows))
    authors = {user["user_id"]: _author(user, call) for user in users(reading)} if rows else {}
    return [
        {
            **_note(row, forms[row["opportunity_id"]]),
            "person": _named(row["person_id"], persons),
            "organization": _named(row["organization_id"], organizations),
            "user": authors[row["author_id"]],
        }
        for row in rows
    ]


def _note(row: Row, form: Form) -> dict[str, Any]:
    titled = {"title": form.title}
    return {
        "id": row["note_id"],
        "active_flag": not row["is_deleted"],
        "add_time": classic(row["add_time"]),
        "update_time": classic(row["update_time"]),
        "content": as_harmless_html(row["content"]),
        "lead_id": form.lead_id,
        "deal_id": form.deal_id,
        "person_id": row["person_id"],
        "org_id": row["organization_id"],
        "project_id": None,
        "task_id": None,
        "user_id": row["author_id"],
        "last_update_user_id": row["editor_id"],
        "lead": titled if form.kind == "lead" else None,
        "deal": titled if form.kind == "deal" else None,
        "project": None,
        "task": None,
        "pinned_to_lead_flag": bool(row["is_pinned_to_opportunity"]) and form.kind == "lead",
        "pinned_to_deal_flag": bool(row["is_pinned_to_opportunity"]) and form.kind == "deal",
        "pinned_to_person_flag": bool(row["is_pinned_to_person"]),
        "pinned_to_organization_flag": bool(row["is_pinned_to_organization"]),
        "pinned_to_project_flag": False,
        "pinned_to_task_flag": False,
    }


def _author(user: Row, call: Call) -> dict[str, Any]:
    is_you = user["user_id"] == call.user.user_id
    return {"name": user["name"], "email": user["email"], "icon_url": None, "is_you": is_you}


def _named(number: int | None, names: Mapping[int, str]) -> dict[str, Any] | None:
    return None if number is None else {"name": names.get(number)}
