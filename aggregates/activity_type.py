"""The kinds of things people do for a sale, such as calls and meetings."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import count

from aggregates.event import Event
from aggregates.record import Added, Deleted, Edited, NumberedRecord


class ActivityTypeEvent(Event, abstract=True):
    """Something that happened to one activity type."""

    activity_type_id: int


class ActivityTypeAdded(Added, ActivityTypeEvent):
    """There is a new kind of activity; activities name it by its key, which no other kind ever has.

    ``is_custom`` says that somebody made it up here, ``color`` is six hexadecimal digits.
    """

    name: str
    key_string: str
    icon_key: str
    color: str | None = None
    order_nr: int
    is_custom: bool


class ActivityTypeEdited(Edited, ActivityTypeEvent):
    """The kind of activity was renamed, drawn anew or given another place; only what changed is told."""


class ActivityTypeDeleted(Deleted, ActivityTypeEvent):
    """The kind of activity was given up; activities of that kind stay what they are."""


class ActivityType(NumberedRecord):
    """A kind of activity, with the picture it is drawn by."""

    kind = "activity_type"
    created = ActivityTypeAdded
    edited = ActivityTypeEdited
    deleted = ActivityTypeDeleted


def key_from(name: str, taken: Collection[str]) -> str:
    """A key made from the words of a name, such as ``video_call``: one that is not taken yet."""
    stem = "_".join(re.findall(r"\w+", name.casefold())) or "activity"
    keys = (stem if number == 1 else f"{stem}_{number}" for number in count(1))
    return next(key for key in keys if key not in taken)
