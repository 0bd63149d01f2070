"""Legal holds: what is known of somebody or something must be kept for now, for the reason that was given."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from aggregates.aggregate import Aggregate
from aggregates.event import Event
from aggregates.identity import stream_named


class LegalHoldEvent(Event, abstract=True):
    """Something that happened to the hold on the thing with that ``key``, of that ``kind``."""

    kind: str
    key: int | str

    class_version: ClassVar[int] = 2

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Once only persons could be held; their own streams told so."""
        data.update(kind="person", key=data.pop("person_id"))


class LegalHoldPlaced(LegalHoldEvent, keeps_reason=True, is_edit=False):
    """What is known of it must be kept: nothing that tells of it may be erased."""

    def apply(self, hold: LegalHold) -> None:
        hold.is_in_force = True


class LegalHoldReleased(LegalHoldEvent, keeps_reason=True, is_edit=False):
    """What is known of it need not be kept any more."""

    def apply(self, hold: LegalHold) -> None:
        hold.is_in_force = False


class LegalHold(Aggregate):
    """The hold on one thing, which may be placed and released again and again."""

    created = LegalHoldPlaced

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.is_in_force = False

    @staticmethod
    def stream_on(kind: str, key: int | str) -> UUID:
        """The stream of the hold on a thing."""
        return stream_named("legal_hold", f"{kind}/{key}")

    def place(self, kind: str, key: int | str) -> None:
        """Have what is known of the thing kept. Records no event if it is already."""
        if not self.is_in_force:
            self.record(LegalHoldPlaced, kind=kind, key=key)

    def release(self, kind: str, key: int | str) -> None:
        """Let what is known of the thing be erased again.

        One that an older version placed stands in the person's own stream, and is placed here before it is released.
        """
        self.place(kind, key)
        self.record(LegalHoldReleased, kind=kind, key=key)
