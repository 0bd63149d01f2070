"""What keeps commands from being written at present, as it was last looked at or met."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence

from eventsourcing.persistence import PersistenceError

FRESH_SECONDS = 2.0
"""How long what was seen counts; a serving process looks more often, so that nobody who asks it has to wait."""

_log = logging.getLogger("leadledger")


class Obstacle(Exception):
    """Nothing can be written before somebody mends this; waiting does not.

    The message is for the operator and may name files; ``outside`` is what clients are told.
    """

    def __init__(self, message: str, outside: str | None = None) -> None:
        super().__init__(message)
        self.outside = outside or message


class Alarm(Obstacle):
    """The log was altered, or another one was put in its place.

    A later look that finds everything in order does not disprove it: the process refuses to write, and says why, until
    somebody has looked and starts it again.
    """


class NotReady(Obstacle):
    """Several obstacles in one answer."""

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        outside = dict.fromkeys(each.outside for each in obstacles)
        super().__init__("; ".join(map(str, obstacles)), "; ".join(outside))


Look = Callable[[Sequence[Obstacle]], Iterable[Obstacle | str]]
"""Looks for obstacles, and for what deserves a warning in words; it is given the obstacles that were known before.

Raises a `PersistenceError` where the database is away."""


class Obstacles:
    """What keeps this process from writing, as it was last looked at.

    A look costs a few questions to the database, so its outcome is kept. Between two looks it is the writes
    themselves that tell: one that meets an obstacle has it noted, and no other is tried until a look finds it gone.
    """

    def __init__(self, look: Look) -> None:
        self._look = look
        self._looking = threading.Lock()
        self._noting = threading.Lock()
        self._known: tuple[Obstacle, ...] = ()
        self._warnings: tuple[str, ...] = ()
        self._away: Exception | None = None
        self._looked_at: float | None = None

    def check(self) -> None:
        """Raise the first obstacle to writing; whether it is still there is looked at, so writes go on once it is gone.

        A database that is away is none: the write itself will tell.
        """
        if self._looked_at is None or self._known:
            self.look()
        if self._known:
            raise self._known[0]

    def check_ready(self) -> Sequence[str]:
        """Raise `NotReady`, or what the database answered last where it cannot be reached. Answers warnings.

        Looks again only where nobody has for a while. Does not wait for somebody else's look.
        """
        if self._is_stale():
            self.look()
        if self._known:
            raise NotReady(self._known)
        if self._away is not None:
            raise self._away
        return self._warnings

    def look(self) -> Sequence[Obstacle]:
        """Look again, unless somebody is at it already who has looked before. Answers what is known then."""
        if self._looking.acquire(blocking=self._looked_at is None):
            try:
                self._see()
            finally:
                self._looking.release()
        return self._known

    def note(self, obstacle: Obstacle) -> None:
        """Keep in mind what a request or a background loop has met."""
        with self._noting:
            self._keep([*self._known, obstacle])

    def _is_stale(self) -> bool:
        return self._looked_at is None or time.monotonic() - self._looked_at >= FRESH_SECONDS

    def _see(self) -> None:
        before = self._known
        away, found = None, list[Obstacle | str]()
        try:
            found = list(self._look(before))
        except Obstacle as obstacle:
            found = [obstacle]
        except Exception as error:
            away = error
            if not isinstance(error, PersistenceError) and repr(error) != repr(self._away):
                _log.exception("what keeps commands from being written cannot be looked at")
        with self._noting:
            noted_meanwhile = self._known[len(before) :]
            lasting = [each for each in before if isinstance(each, Alarm) or away is not None]
            self._keep([*lasting, *(each for each in found if isinstance(each, Obstacle)), *noted_meanwhile])
            self._warnings = tuple(each for each in found if isinstance(each, str))
            self._away = away
            self._looked_at = time.monotonic()

    def _keep(self, obstacles: Iterable[Obstacle]) -> None:
        known: dict[str, Obstacle] = {}
        for each in obstacles:
            known.setdefault(str(each), each)
        self._known = tuple(known.values())
