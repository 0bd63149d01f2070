"""Keeps what was made of versions of rows, which never change: bounded, and dropped when rows were rewritten."""

from __future__ import annotations

import sys
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, TypeVar

from flask import Flask, current_app
from sqlalchemy import Connection

from aggregates.follower import FollowerEvent
from aggregates.lead_label import LeadLabelEvent
from aggregates.organization import OrganizationEvent
from aggregates.person import PersonEvent
from aggregates.user import UserEvent
from service.log.last_change import LastChange
from service.log.standing import Rewriting, Standing

T = TypeVar("T")

MOST_BYTES = 8_000_000
"""What a worker keeps at most: about 60 pages of version 1's deals, or 200 of version 2's."""

MOST_HELD = 1_000
"""Things that are held at most while the log stands still."""

Key = tuple[Hashable, ...]


class Store:
    """Things by their keys, up to a number of bytes; those that nobody has asked for of late go first.

    There are two halves. What is kept or asked for goes into the younger one; once that is full it becomes the older
    one, whose things go. Several threads may use it: then its size is about right.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes // 2
        self._young: dict[Key, tuple[Any, int]] = {}
        self._old: dict[Key, tuple[Any, int]] = {}
        self._size = 0
        self._held: tuple[Standing | None, dict[Hashable, dict[Any, Any]]] = None, {}

    def get(self, key: Key) -> Any:
        """What is kept under a key; None where nothing is."""
        if (found := self._young.get(key)) is None:
            if (found := self._old.get(key)) is None:
                return None
            self._put(key, found)
        return found[0]

    def get_all(self, keys: Sequence[Key]) -> list[Any]:
        """As `get`, of many keys, which costs half of that each."""
        entries = zip(keys, map(self._young.get, keys), strict=True)
        return [self.get(key) if entry is None else entry[0] for key, entry in entries]

    def keep(self, key: Key, thing: T, size: int) -> T:
        """Keep a thing of so many bytes, its key aside; answers it."""
        self._put(key, (thing, size + sys.getsizeof(key) + sum(map(sys.getsizeof, key))))
        return thing

    def held_at(self, standing: Standing | None, whose: Iterable[Hashable]) -> list[dict[Any, Any]]:
        """What was found to hold while the log stands there, in a mapping for each of these; more can be put into them.

        What held before is dropped, and so is all of it once there are more than `MOST_HELD` things, or where it is not
        known where the log stands.
        """
        stood, held = self._held
        if standing is None or stood != standing or len(held) + sum(map(len, held.values())) > MOST_HELD:
            held = {}
            self._held = standing, held
        return [held.setdefault(each, {}) for each in whose]

    @property
    def size(self) -> int:
        """About how many bytes are kept."""
        return sum(size for half in (self._young, self._old) for _, size in half.values())

    def _put(self, key: Key, entry: tuple[Any, int]) -> None:
        if self._size + entry[1] > self._most:
            self._old, self._young, self._size = self._young, {}, 0
        if entry[1] <= self._most:
            replaced = self._young.get(key)
            self._young[key] = entry
            self._size += entry[1] - (0 if replaced is None else replaced[1])


class Kept:
    """What one worker keeps of the rows of one database; ``names`` tells since when they, and who sees them, are so."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.names = LastChange(PersonEvent, OrganizationEvent, UserEvent, LeadLabelEvent, FollowerEvent)
        self._most_bytes = most_bytes
        self._current: tuple[Rewriting, Store] | None = None

    def at(self, rewritten: Rewriting) -> Store:
        """What was made of rows as they were once they had been rewritten so far.

        What was made before is dropped; whoever is still making something puts it where nobody looks any more.
        """
        current = self._current
        if current is None or current[0] != rewritten:
            self._current = current = rewritten, Store(self._most_bytes)
        return current[1]


def install(app: Flask, kept: Kept) -> None:
    """Let an application keep there what it renders."""
    app.extensions["kept"] = kept


def kept_of(stands: Standing) -> Store:
    """What is kept of rows that are read after it was asked where the log stands."""
    return _kept().at(stands.rewriting)


def names_since(connection: Connection, stands: Standing) -> int | None:
    """Since which position names of users, contacts and labels are what they are, and may be seen by whom they may.

    They are read after it was asked where the log stands. None where that is not known.
    """
    return _kept().names.position(connection, stands)


def _kept() -> Kept:
    kept: Kept = current_app.extensions["kept"]
    return kept
