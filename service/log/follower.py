"""Follows the end of the log for one process, and tells whoever waits for the log to grow."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from eventsourcing.persistence import PersistenceError

LOOK_SECONDS = 0.1
"""How often the database is asked for the last position while somebody waits; nobody hears of an event later."""

_log = logging.getLogger("leadledger")


class Follower:
    """Asks for the log's last position in a thread of its own, once for all who wait, and only while somebody does.

    Whoever waits holds neither a thread nor a database connection, so there may be thousands.
    """

    def __init__(self, last_position: Callable[[], int | None]) -> None:
        self._last_position = last_position
        self._waiting: dict[object, tuple[int, Callable[[], object]]] = {}
        self._changing = threading.Lock()
        self._is_needed = threading.Event()

    def follow_in_background(self) -> None:
        """Let a thread follow the log for as long as the process lives; to be called after the process was forked."""
        threading.Thread(target=self._follow, name="follow", daemon=True).start()

    @contextmanager
    def waiting(self, behind: int, tell: Callable[[], object]) -> Iterator[None]:
        """A block during which ``tell`` is called, once and in another thread, when the log ends behind a position.

        Where it does so already, that is within `LOOK_SECONDS`.
        """
        waiter = object()
        with self._changing:
            self._waiting[waiter] = (behind, tell)
            self._is_needed.set()
        try:
            yield
        finally:
            with self._changing:
                self._waiting.pop(waiter, None)
                if not self._waiting:
                    self._is_needed.clear()

    def _follow(self) -> None:
        is_away = False
        while True:
            self._is_needed.wait()
            try:
                self._tell(self._last_position() or 0)
                is_away = False
            except PersistenceError as error:
                if not is_away:
                    _log.warning("the log cannot be followed at the moment: %s", error)
                is_away = True
            time.sleep(LOOK_SECONDS)

    def _tell(self, end: int) -> None:
        with self._changing:
            passed = [waiter for waiter, (behind, _) in self._waiting.items() if behind < end]
            told = [self._waiting.pop(waiter)[1] for waiter in passed]
        for tell in told:
            tell()
