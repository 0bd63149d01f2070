"""Persons flow in and out here as version 2 of the wire has them (wire reference 6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from marshmallow import Schema, fields, pre_load, validate

from projections import contact_counts
from projections.deals import DEALS
from projections.engine.reading import Reading
from projections.engine.rows import Row, find
from projections.persons import PERSONS, find_persons, persons
from service.commands import persons as commands
from service.http.answers import Deleted, Linked, Owner, found
from service.http.call import Call
from service.http.errors import Forbidden
from service.http.family import Answer
from service.http.fields import Email, Flag, Id, IncludedFields, Page, Phone, QueryId, Text, in_order
from service.http.json import raw
from service.http.pipedrive import v2
from service.http.search import Search, SearchedFields, after, found_by_cursor, found_notes, linked
from service.http.time_fields import Moment
from service.http.times import whole_seconds
from service.http.v2 import contacts, lists
from service.http.v2.deletion import readable
from service.http.v2.lists import ListQuery, Shown

_MISSING = "Person not found"
_SYNCED = frozenset({"postal_address", "notes", "im", "birthday", "job_title"})
_STATUSES = ("no_consent", "unsubscribed", "subscribed", "archived")
_INCLUDABLE: dict[str, Any] = {
    **contacts.NONE_YET,
    **dict.fromkeys((*contacts.COUNTED_DEALS, "participant_open_deals_count", "participant_closed_deals_count"), 0),
    **dict.fromkeys(("last_incoming_mail_time", "last_outgoing_mail_time", "marketing_status", "doi_status")),
}
_FILTERS = {"owner_id": "owner_id", "org_id": "organization_id"}
_MOST_WAYS = validate.Length(max=100)


class Way(Schema):
    """One way to reach a person."""

    primary = Flag()
    label = Text(allow_none=True)


class EmailWay(Way):
    """An address to write to."""

    value = Email(required=True)


class PhoneWay(Way):
    """A number to call."""

    value = Phone(required=True)


@in_order(
    "name",
    "owner_id",
    "organization_id",
    "emails",
    "phones",
    "visible_to",
    "label_ids",
    "custom_fields",
    "marketing_status",
)
class PersonFacts(contacts.ContactFacts):
    """What a client may say of a person, and may leave out."""

    name = Text()
    organization_id = Id(allow_none=True, data_key="org_id")
    emails = fields.List(fields.Nested(EmailWay), validate=_MOST_WAYS)
    phones = fields.List(fields.Nested(PhoneWay), validate=_MOST_WAYS)
    marketing_status = fields.String(validate=validate.OneOf(_STATUSES))

    @pre_load
    def check_synced(self, facts: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Raise `Forbidden` for what only contact sync may tell."""
        if synced := sorted(_SYNCED & facts.keys()):
            raise Forbidden(f"{', '.join(synced)} can only be given while contact sync is on, and it is off")
        return facts


@in_order(
    "name",
    "owner_id",
    "organization_id",
    "added_at",
    "emails",
    "phones",
    "visible_to",
    "label_ids",
    "custom_fields",
    "marketing_status",
)
class NewPerson(PersonFacts):
    """A person as a client adds it."""

    name = Text(required=True)
    added_at = Moment(data_key="add_time")


class PersonQuery(Shown):
    """What to show of a person."""

    include_fields = IncludedFields(*_INCLUDABLE)


class PersonsQuery(ListQuery):
    """Which persons, in which order."""

    deal_id = QueryId()
    include_fields = IncludedFields(*_INCLUDABLE)
    owner_id = QueryId()
    org_id = QueryId()


class PersonSearch(Search, Page):
    """Which persons to find."""

    searched = SearchedFields("email", "name", "notes", "phone")
    organization_id = QueryId()
    include_fields = IncludedFields("person.picture")


class PersonAnswer(contacts.ContactAnswer):
    """A person as version 2 shows it."""

    first_name = fields.String(required=True, allow_none=True)
    last_name = fields.String(required=True, allow_none=True)
    org_id = fields.Integer(required=True, allow_none=True)
    emails = fields.List(fields.Nested(EmailWay), required=True)
    phones = fields.List(fields.Nested(PhoneWay), required=True)
    picture_id = fields.Integer(required=True, allow_none=True)


class FoundPerson(Schema):
    """A person as a search shows it."""

    id = fields.Integer(required=True)
    type = fields.String(required=True)
    name = fields.String(required=True)
    phones = fields.List(fields.String(), required=True)
    emails = fields.List(fields.String(), required=True)
    visible_to = fields.Integer(required=True)
    owner = fields.Nested(Owner, required=True)
    organization = fields.Nested(Linked, required=True, allow_none=True)
    custom_fields = fields.List(fields.String(), required=True)
    notes = fields.List(fields.String(), required=True)
    picture = fields.Nested(Linked, allow_none=True)


PERSON = in_order(
    "id",
    "name",
    "first_name",
    "last_name",
    "owner_id",
    "org_id",
    "add_time",
    "update_time",
    "emails",
    "phones",
    "is_deleted",
    "visible_to",
    "label_ids",
    "picture_id",
    "custom_fields",
    "labels",
    "next_activity_id",
    "last_activity_id",
    "activities_count",
    "done_activities_count",
    "undone_activities_count",
    "notes_count",
    "smart_bcc_email",
    "files_count",
    "followers_count",
    "email_messages_count",
    "open_deals_count",
    "closed_deals_count",
    "won_deals_count",
    "lost_deals_count",
    "related_open_deals_count",
    "related_closed_deals_count",
    "related_won_deals_count",
    "related_lost_deals_count",
    "participant_open_deals_count",
    "participant_closed_deals_count",
    "last_incoming_mail_time",
    "last_outgoing_mail_time",
    "marketing_status",
    "doi_status",
)(contacts.on_request(PersonAnswer, _INCLUDABLE))


@v2.route("GET", "/persons", query=PersonsQuery, answer=PERSON, many=True, has_past=True)
def get_persons(call: Call) -> Answer:
    """Persons that are not deleted."""
    query = call.query
    with call.reading() as reading:
        found = persons(reading, lists.part(query, PERSONS.c.person_id, _only(reading, query)))
        _include(reading, found, query)
    return lists.page(found, query, "person_id", person_answer)


@v2.route("GET", "/persons/search", query=PersonSearch, answer=found(FoundPerson), has_past=True)
def search_persons(call: Call) -> Answer:
    """Persons that a term finds, the best match first."""
    query = call.query
    with call.reading() as reading:
        found = find_persons(
            reading,
            query["sought"],
            organization_id=query.get("organization_id"),
            after=after(query, "person_id"),
            limit=query["limit"],
        )
    picture = {"picture": None} if query["include_fields"] else {}
    return found_by_cursor(found, query, lambda row: {**_search_item(row), **picture}, "person_id")


@v2.route("GET", "/persons/<id:person_id>", query=PersonQuery, missing=_MISSING, answer=PERSON, has_past=True)
def get_person(call: Call, person_id: int) -> Any:
    """One person; a deleted one for a while, too."""
    with call.reading() as reading:
        row = readable(find(reading, PERSONS, person_id), call.now)
        _include(reading, [row], call.query)
    return person_answer(row)


@v2.route("POST", "/persons", body=NewPerson, answer=PERSON)
def add_person(call: Call) -> Any:
    """Let somebody become known."""
    return person_answer(call.execute(partial(commands.add, facts=call.body)))


@v2.route("PATCH", "/persons/<id:person_id>", body=PersonFacts, missing=_MISSING, answer=PERSON)
def update_person(call: Call, person_id: int) -> Any:
    """Correct what is known of a person, or hand the person to another owner."""
    return person_answer(call.execute(partial(commands.edit, person_id=person_id, facts=call.body)))


@v2.route("DELETE", "/persons/<id:person_id>", missing=_MISSING, answer=Deleted)
def delete_person(call: Call, person_id: int) -> Any:
    """Take a person off the list of contacts."""
    call.execute(partial(commands.delete, person_id=person_id))
    return {"id": person_id}


def _only(reading: Reading, query: Mapping[str, Any]) -> list[tuple[str, Any]]:
    only = [(ours, query[wire]) for wire, ours in _FILTERS.items() if wire in query]
    if "deal_id" in query:
        deal = find(reading, DEALS, query["deal_id"])
        only.append(("person_id", None if deal is None else deal["person_id"]))
    return only


def _include(reading: Reading, rows: list[Row], query: Mapping[str, Any]) -> None:
    contacts.include(reading, rows, query, "person_id", _INCLUDABLE, contact_counts.of_persons)


def person_answer(row: Row) -> dict[str, Any]:
    """A person as version 2 shows it, with what the row has ``included``."""
    return {
        "id": row["person_id"],
        "name": row["name"],
        "first_name": row["first_name"],
        "last_name": row["last_name"],
        "owner_id": row["owner_id"],
        "org_id": row["organization_id"],
        "add_time": whole_seconds(row["add_time"]),
        "update_time": whole_seconds(row["update_time"]),
        "emails": raw(row["emails"]),
        "phones": raw(row["phones"]),
        "is_deleted": bool(row["is_deleted"]),
        "visible_to": row["visible_to"],
        "label_ids": raw(row["label_ids"]),
        "picture_id": None,
        "custom_fields": {},
        **row.get("included", {}),
    }


def _search_item(row: Row) -> dict[str, Any]:
    return {
        "id": row["person_id"],
        "type": "person",
        "name": row["name"],
        "phones": [way["value"] for way in json.loads(row["phones"])],
        "emails": [way["value"] for way in json.loads(row["emails"])],
        "visible_to": row["visible_to"],
        "owner": {"id": row["owner_id"]},
        "organization": linked(row["organization_id"], row["organization_name"]),
        "custom_fields": [],
        "notes": found_notes(row),
    }
