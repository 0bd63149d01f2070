"""The kinds of activities flow in and out here as version 1 of the wire has them (wire reference 7.1)."""

from __future__ import annotations

from functools import partial
from typing import Any

from marshmallow import Schema, fields, validate

from projections.activity_types import activity_types
from projections.engine.rows import Row
from service.commands import activity_types as commands
from service.http.call import Call
from service.http.fields import Flag, Text, Whole
from service.http.pipedrive import v1
from service.http.times import classic

ICONS = (
    *("task", "email", "meeting", "deadline", "call", "lunch", "calendar", "downarrow", "document", "smartphone"),
    *("camera", "scissors", "cogs", "bubble", "uparrow", "checkbox", "signpost", "shuffle", "addressbook"),
    *("linegraph", "picture", "car", "world", "search", "clip", "sound", "brush", "key", "padlock", "pricetag"),
    *("suitcase", "finish", "plane", "loop", "wifi", "truck", "cart", "bulb", "bell", "presentation"),
)
_MISSING = "Activity type not found"
_COLOR = validate.Regexp(r"[0-9A-Fa-f]{6}\Z", error="it must be six hexadecimal digits such as FFFFFF")
_LAST_PLACE = 10_000


class ActivityTypeBody(Schema):
    """What every body has."""

    name = Text()
    icon_key = fields.String(validate=validate.OneOf(ICONS))
    color = fields.String(validate=_COLOR, allow_none=True)


class NewActivityType(ActivityTypeBody):
    """An activity type as a client adds it."""

    name = Text(required=True)
    icon_key = fields.String(required=True, validate=validate.OneOf(ICONS))


class ActivityTypeFacts(ActivityTypeBody):
    """What a client may say of an activity type, and may leave out."""

    order_nr = Whole(0, _LAST_PLACE)


class ActivityTypeAnswer(Schema):
    """An activity type as version 1 shows it."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    icon_key = fields.String(required=True)
    color = fields.String(required=True, allow_none=True)
    order_nr = fields.Integer(required=True)
    key_string = fields.String(required=True)
    active_flag = Flag(required=True)
    is_custom_flag = Flag(required=True)
    add_time = fields.String(required=True)
    update_time = fields.String(required=True)


@v1.route("GET", "/activityTypes", answer=ActivityTypeAnswer, many=True, has_past=True)
def get_activity_types(call: Call) -> list[Any]:
    """All kinds of activities in their order, those that were given up too: activities may still be of them."""
    with call.reading() as reading:
        return [activity_type_answer(row) for row in activity_types(reading)]


@v1.route("POST", "/activityTypes", body=NewActivityType, is_for_administrators=True, answer=ActivityTypeAnswer)
def add_activity_type(call: Call) -> Any:
    """Have a new kind of activity, behind the others."""
    return activity_type_answer(call.execute(partial(commands.add, facts=call.body)))


@v1.route(
    "PUT",
    "/activityTypes/<id:activity_type_id>",
    body=ActivityTypeFacts,
    missing=_MISSING,
    is_for_administrators=True,
    answer=ActivityTypeAnswer,
)
def update_activity_type(call: Call, activity_type_id: int) -> Any:
    """Rename a kind of activity, draw it anew or give it another place."""
    command = partial(commands.edit, activity_type_id=activity_type_id, facts=call.body)
    return activity_type_answer(call.execute(command))


@v1.route(
    "DELETE",
    "/activityTypes/<id:activity_type_id>",
    missing=_MISSING,
    is_for_administrators=True,
    answer=ActivityTypeAnswer,
)
def delete_activity_type(call: Call, activity_type_id: int) -> Any:
    """Give a kind of activity up; activities of that kind stay what they are."""
    return activity_type_answer(call.execute(partial(commands.delete, activity_type_id=activity_type_id)))


def activity_type_answer(row: Row) -> dict[str, Any]:
    """An activity type as version 1 shows it."""
    return {
        "id": row["activity_type_id"],
        "name": row["name"],
        "icon_key": row["icon_key"],
        "color": row["color"],
        "order_nr": row["order_nr"],
        "key_string": row["key_string"],
        "active_flag": not row["is_deleted"],
        "is_custom_flag": bool(row["is_custom"]),
        "add_time": classic(row["add_time"]),
        "update_time": classic(row["update_time"]),
    }
