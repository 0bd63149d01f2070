"""Erasures: whose words became unreadable for good, by which right, and the keys of which streams went with them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from aggregates.aggregate import Numbered
from aggregates.event import Event


class ErasureEvent(Event, abstract=True):
    """Something that happened in the course of one erasure: of the thing with that ``key``, of that ``kind``."""

    erasure_id: int
    kind: str
    key: int | str


class ErasureStarted(ErasureEvent, keeps_reason=True, is_edit=False):
    """Keys were destroyed in the same transaction, so that nobody can ever read what they had encrypted.

    ``legal_basis`` says by which right or duty. ``streams`` has, for each stream whose key was destroyed, its id in 32
    hexadecimal digits, as it stands in the log, and the last version that became unreadable with it: what tells of
    people in later versions has another key. It was about all that tells of the thing or, where it ``is_redaction``,
    about the thing's own words only. A stream id tells nothing of anybody.
    """

    legal_basis: str
    is_redaction: bool
    streams: dict[str, int]

    def apply(self, erasure: Erasure) -> None:
        erasure.erasure_id = self.erasure_id
        erasure.of_kind = self.kind
        erasure.key = self.key


class ErasureConfirmed(ErasureEvent, keeps_reason=True, is_edit=False):
    """Nothing readable is left, in the database's files neither: it was looked for.

    So many keys were destroyed, which that many events had been encrypted under; so many rows of read models were
    overwritten; and ``mentions`` is how many fields of the log still hold a name, an address or a number that was
    looked for, which may be a namesake's.
    """

    keys: int
    events: int
    rows: int
    mentions: int

    def apply(self, erasure: Erasure) -> None:
        erasure.is_confirmed = True


class Erasure(Numbered):
    """The end of what can be read of somebody or something."""

    kind = "erasure"
    created = ErasureStarted

    erasure_id: int
    of_kind: str
    key: int | str

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.is_confirmed = False

    @classmethod
    def start(cls, number: int, /, **facts: Any) -> Erasure:
        """Note what became unreadable; ``facts`` are those of `ErasureStarted`."""
        erasure = cls.numbered(number)
        erasure.record(ErasureStarted, **facts)
        return erasure

    def confirm(self, **counts: int) -> None:
        """Note what the erasure came to, as `ErasureConfirmed` tells it. Records no event if that was noted already."""
        if not self.is_confirmed:
            self.record(ErasureConfirmed, kind=self.of_kind, key=self.key, **counts)
