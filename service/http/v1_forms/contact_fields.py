"""What persons and organizations have in common in version 1 of the wire (version 1's reference 5, 6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import eq, ge, lt
from typing import Any

import orjson
from marshmallow import fields, post_load

from projections.agendas import NOTHING
from projections.contact_counts import Counts
from projections.engine.folding import folded
from projections.engine.reading import Reading
from projections.engine.rows import Row
from service.http.call import Call
from service.http.fields import Offset, QueryId, Refused, Text
from service.http.loose_fields import LabelIds
from service.http.permitted_users import serve_permitted_users
from service.http.resource import Complete, Resource
from service.http.times import classic
from service.http.v1_forms.agenda_fields import AGENDA, TOLD
from service.http.v1_forms.forms import TEXT_OR_NULL, Body, serve_as
from service.http.v1_forms.offset_lists import Compared
from service.http.v2 import contacts
from service.http.v2.usual_fields import with_whole_agendas
from service.http.wire_fields import WireField

_LAST = "\U0010ffff"


class ContactBody(Body):
    """What commands know in other words."""

    lacking = "Name must be given."

    @post_load
    def with_labels(self, facts: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The facts, with all labels by one name."""
        labels = {"label_ids": facts["label"]} if "label" in facts else {}
        return {**labels, **{name: value for name, value in facts.items() if name != "label"}}


class ContactsQuery(Offset):
    """Which persons or organizations, in which order."""

    filter_id = Refused("there are no filters yet")
    user_id = QueryId()
    first_char = Text()


def _narrow(call: Call) -> list[Compared]:
    """What a query of contacts says of owners and names."""
    compared: list[Compared] = []
    if "user_id" in call.query:
        compared.append(("owner_id", eq, call.query["user_id"]))
    if "first_char" in call.query:
        begins = folded(call.query["first_char"])
        compared += [("name_folded", ge, begins), ("name_folded", lt, begins + _LAST)]
    return compared


def _first_label(row: Row) -> Any:
    return next(iter(orjson.loads(row["label_ids"])), None)


def _delete_time(row: Row) -> str | None:
    return classic(row["update_time"]) if row["is_deleted"] else None


FIELDS = (
    WireField("first_char", shows=fields.String(), source="name", convert=lambda name: folded(name)[:1]),
    WireField("delete_time", shows=TEXT_OR_NULL, source=_delete_time),
    WireField("label", LabelIds(), fields.Integer(allow_none=True), source=_first_label),
)
ALWAYS: tuple[WireField | str, ...] = (
    *AGENDA,
    *(name for field in contacts.ON_REQUEST if (name := field.name).endswith("_count") and name not in NOTHING),
)
"""Numbers that version 2 counts when somebody asks for them."""


def counting(key: str, count: Callable[[Reading, list[int]], Counts], names: Sequence[str] = ()) -> Complete:
    """Adds to rows what is always shown; ``count`` counts by ids, of ``names`` too."""
    return lambda call, rows: with_whole_agendas(call, contacts.with_counts(call, rows, key, count, names), key, TOLD)


def serve_contacts(form: Resource, resource: Resource, **differing: str) -> None:
    """Serve a form of contacts as `serve_as` does, which has what is ``differing``."""
    serve_as(form, resource, ContactsQuery, _narrow, status=201, **differing)
    serve_permitted_users(form)
