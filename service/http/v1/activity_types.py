"""The kinds of activities in version 1 of the wire (wire reference 7.1)."""

from __future__ import annotations

from functools import partial
from operator import not_
from typing import Any

from marshmallow import fields, validate

from projections.activity_types import ACTIVITY_TYPES, activity_types
from service.commands import activity_types as commands
from service.http.call import Call
from service.http.fields import Flag, Text, Whole
from service.http.operations import serve_add, serve_update
from service.http.pipedrive import v1
from service.http.resource import Resource
from service.http.times import classic
from service.http.v1.bulk_deletes import serve_bulk_delete
from service.http.v1.lists import serve_whole_list
from service.http.wire_fields import WireField

ICONS = (
    *("task", "email", "meeting", "deadline", "call", "lunch", "calendar", "downarrow", "document", "smartphone"),
    *("camera", "scissors", "cogs", "bubble", "uparrow", "checkbox", "signpost", "shuffle", "addressbook"),
    *("linegraph", "picture", "car", "world", "search", "clip", "sound", "brush", "key", "padlock", "pricetag"),
    *("suitcase", "finish", "plane", "loop", "wifi", "truck", "cart", "bulb", "bell", "presentation"),
)
_ICON = fields.String(validate=validate.OneOf(ICONS))
_SIX_DIGITS = validate.Regexp(r"[0-9A-Fa-f]{6}\Z", error="it must be six hexadecimal digits such as FFFFFF")
_LAST_PLACE = 10_000

ACTIVITY_TYPE = Resource(
    __name__,
    v1,
    noun="an activity type",
    plural="activity_types",
    missing="Activity type not found",
    table=ACTIVITY_TYPES,
    wire_fields=(
        WireField("id", shows=fields.Integer(), source="activity_type_id"),
        WireField("name", Text(), needed=True),
        WireField("icon_key", _ICON, needed=True),
        WireField("color", fields.String(validate=_SIX_DIGITS, allow_none=True)),
        WireField("order_nr", Whole(0, _LAST_PLACE), in_body="changed"),
        WireField("key_string", shows=fields.String()),
        WireField("active_flag", shows=Flag(), source="is_deleted", convert=not_),
        WireField("is_custom_flag", shows=Flag(), source="is_custom"),
        WireField("add_time", shows=fields.String(), convert=classic),
        WireField("update_time", shows=fields.String(), convert=classic),
    ),
    is_for_administrators=True,
)

serve_whole_list(
    ACTIVITY_TYPE,
    "All kinds of activities in their order, those that were given up too: activities may still be of them.",
    activity_types,
)
serve_add(ACTIVITY_TYPE, "Have a new kind of activity, behind the others.", commands.add)
serve_update(ACTIVITY_TYPE, "Rename a kind of activity, draw it anew or give it another place.", commands.edit, "PUT")


@v1.route(
    "DELETE",
    ACTIVITY_TYPE.path_of_one,
    missing=ACTIVITY_TYPE.missing,
    is_for_administrators=True,
    answer=ACTIVITY_TYPE.answer,
    edited=ACTIVITY_TYPE.edited,
)
def delete_activity_type(call: Call, activity_type_id: int) -> Any:
    """Give a kind of activity up; activities of that kind stay what they are."""
    return ACTIVITY_TYPE.execute(call, partial(commands.delete, activity_type_id=activity_type_id))


serve_bulk_delete(ACTIVITY_TYPE, "Give kinds of activities up.", commands.delete)
