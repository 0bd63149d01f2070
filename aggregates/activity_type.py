"""The kinds of things people do for a sale, such as calls and meetings."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from itertools import count
from typing import Any
from uuid import UUID

from aggregates.aggregate import Numbered
from aggregates.event import Event
from aggregates.refusals import Gone


class ActivityTypeEvent(Event, abstract=True):
    """Something that happened to one activity type."""

    activity_type_id: int


class ActivityTypeAdded(ActivityTypeEvent):
    """There is a new kind of activity; activities name it by its key, which no other kind ever has.

    ``is_custom`` says that somebody made it up here, ``color`` is six hexadecimal digits.
    """

    name: str
    key_string: str
    icon_key: str
    color: str | None = None
    order_nr: int
    is_custom: bool

    def apply(self, activity_type: ActivityType) -> None:
        activity_type.activity_type_id = self.activity_type_id
        activity_type.name = self.name
        activity_type.icon_key = self.icon_key
        activity_type.color = self.color
        activity_type.order_nr = self.order_nr


class ActivityTypeEdited(ActivityTypeEvent):
    """The kind of activity was renamed, drawn anew or given another place; only what changed is told."""

    changes: dict[str, Any]

    def apply(self, activity_type: ActivityType) -> None:
        for name, value in self.changes.items():
            setattr(activity_type, name, value)


class ActivityTypeDeleted(ActivityTypeEvent):
    """The kind of activity was given up; activities of that kind stay what they are."""

    def apply(self, activity_type: ActivityType) -> None:
        activity_type.is_deleted = True


class ActivityType(Numbered):
    """A kind of activity, with the picture it is drawn by."""

    kind = "activity_type"
    created = ActivityTypeAdded

    activity_type_id: int
    name: str
    icon_key: str
    color: str | None
    order_nr: int

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.is_deleted = False

    @classmethod
    def add(cls, activity_type_id: int, **facts: Any) -> ActivityType:
        """Have a new kind of activity."""
        activity_type = cls.numbered(activity_type_id)
        activity_type.record(ActivityTypeAdded, **facts)
        return activity_type

    def edit(self, wanted: Mapping[str, Any]) -> None:
        """Rename, redraw or place anew; nothing is told where nothing would change."""
        self.check_present()
        if changes := self.differing(wanted):
            self.record(ActivityTypeEdited, changes=changes)

    def delete(self) -> None:
        """Give the kind of activity up."""
        self.check_present()
        self.record(ActivityTypeDeleted)

    def check_present(self) -> None:
        """Raise `Gone` where the activity type was deleted."""
        if self.is_deleted:
            raise Gone("the activity type was deleted")


def key_from(name: str, taken: Collection[str]) -> str:
    """A key made from the words of a name, such as ``video_call``: one that is not taken yet."""
    stem = "_".join(re.findall(r"\w+", name.casefold())) or "activity"
    keys = (stem if number == 1 else f"{stem}_{number}" for number in count(1))
    return next(key for key in keys if key not in taken)
