"""Looks at the database, its keys and its evidence for what would keep the next command from being written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

from service.clock import Clock, MachineClock
from service.database.database import Database
from service.evidence.notary import Notary
from service.log.errors import NO_ROOM, StorageFault, as_persistence_errors
from service.log.head import check_head
from service.log.history import ahead_in_words
from service.log.receipts import take_a_turn
from service.log.schema import check_current
from service.log.stream_keys import StreamKeys
from service.obstacles import Obstacle

LEAST_ROOM = 1_000_000
"""Bytes that have to be free on a SQLite database's disk: several times what one command writes."""


def look_at(
    database: Database, stream_keys: StreamKeys, notary: Notary, clock: Clock, met: Sequence[Obstacle]
) -> Iterator[Obstacle | str]:
    """Obstacles to writing, and warnings as text; ``met`` are the obstacles that writes have met themselves."""
    with as_persistence_errors():
        check_current(database)
        checks: list[Callable[[], object]] = [lambda: check_data_keys(database, stream_keys)]
        if not database.is_read_only:
            checks += [lambda: _check_head(database), notary.check]
            checks += [lambda: _check_room(database), lambda: check_clock(database, clock)]
        if any(isinstance(each, StorageFault) for each in met):
            checks.append(lambda: _try_writing(database))
        for check in checks:
            try:
                check()
            except Obstacle as obstacle:
                yield obstacle
        with database.reading() as connection:
            if (ahead := ahead_in_words(connection, clock())) is not None:
                yield ahead


def check_clock(database: Database, clock: Clock) -> None:
    """Raise `ClockAhead` where nothing can be recorded by the machine's clock; one set on purpose is believed."""
    if isinstance(clock, MachineClock):
        clock.check(clock(), database.time())


def check_data_keys(database: Database, stream_keys: StreamKeys) -> None:
    """Raise `UnusableKey` where personal values cannot be decrypted; to be called before events are read."""
    with database.reading() as connection:
        stream_keys.check(connection)


def _check_head(database: Database) -> None:
    """Raise `HeadAltered` where the log's head does not fit its last event."""
    with database.reading() as connection:
        check_head(connection)


def _check_room(database: Database) -> None:
    """Raise `StorageFault` where a SQLite database's disk is full; a server's disk cannot be looked at from here."""
    if database.is_sqlite:
        disk = os.statvfs(database.path.absolute().parent)
        if disk.f_bavail * disk.f_frsize < LEAST_ROOM:
            raise StorageFault(NO_ROOM, NO_ROOM)


def _try_writing(database: Database) -> None:
    """Have something brought to the disk: who has met one that fails learns thereby whether it still does.

    What is the same as before would do on PostgreSQL only: SQLite does not write it.
    """
    with database.writing() as connection:
        take_a_turn(connection)
