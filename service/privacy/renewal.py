"""Re-wraps all stream keys under a new epoch's key and destroys the old ones, so that backups cannot be decrypted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, select, update

from projections.engine.statements import Statement, write
from service.clock import timestamp, wall_clock
from service.ledger.ledger import Ledger
from service.log.epochs import Epoch
from service.log.errors import as_persistence_errors
from service.log.stream_keys import StreamKeys, keys_behind, mark
from service.log.tables import STREAM_KEYS
from service.privacy.hand_over import HandOver

LONGEST = timedelta(days=30)
"""How long an epoch lasts in a service that runs."""


def renew(ledger: Ledger, progress: Callable[[int], object]) -> int:
    """Wrap all streams' keys anew and destroy what wrapped them before. Answers how many keys there are.

    A key that was deleted lives on in older backups of the database, and in copies of its write-ahead log, but wrapped:
    with this they are lost there, too. Those of what is not erased are handed over to backups that are young enough.
    Commands go on meanwhile; where it breaks off, it can be called again.
    Raises an `Obstacle` where nothing can be written.
    """
    ledger.obstacles.check()
    with ledger.database.alone(), as_persistence_errors():
        keys = ledger.event_log.stream_keys
        epoch = keys.epochs.begin()
        after, renewed = "", 0
        while done := _renew_some(ledger, epoch, after, progress):
            after, renewed = done[-1], renewed + len(done)
        with ledger.event_log.writing() as writing:
            for stream_id, wrapped in _left(writing.connection, epoch):
                _rewrap(writing.connection, keys, epoch, [(stream_id, wrapped)])
        HandOver(ledger).renew()
        keys.epochs.keep_only(epoch)
        keys.forget()
        return renewed


def is_due(ledger: Ledger) -> bool:
    """Whether the present epoch has lasted long enough; where there is no key yet, none is made for this."""
    epochs = ledger.event_log.stream_keys.epochs
    return epochs.exist and epochs.all()[-1].began_at < timestamp(wall_clock() - LONGEST)


def number_of_keys(connection: Connection) -> int:
    """How many streams have a key."""
    return connection.execute(select(func.count()).select_from(STREAM_KEYS)).scalar_one()


def _renew_some(ledger: Ledger, epoch: Epoch, after: str, progress: Callable[[int], object]) -> list[str]:
    with ledger.event_log.writing() as writing:
        found = keys_behind(writing.connection, after)
        _rewrap(writing.connection, ledger.event_log.stream_keys, epoch, found)
    progress(len(found))
    return [stream_id for stream_id, _ in found]


def _left(connection: Connection, epoch: Epoch) -> list[tuple[str, bytes]]:
    """Keys that another process has wrapped under an older epoch meanwhile; the database looks through all of them."""
    of = mark(epoch)
    others = func.substr(STREAM_KEYS.c.wrapped, 1, len(of)) != of
    found = connection.execute(select(STREAM_KEYS.c.stream_id, STREAM_KEYS.c.wrapped).where(others))
    return [(stream_id, bytes(wrapped)) for stream_id, wrapped in found]


def _rewrap(connection: Connection, keys: StreamKeys, epoch: Epoch, found: Sequence[Any]) -> None:
    if found:
        rows = [
            {"of": stream_id, "anew": keys.rewrap(UUID(stream_id), bytes(wrapped), epoch)}
            for stream_id, wrapped in found
        ]
        write(connection, [(_REWRAPPED, rows)])


_REWRAPPED = Statement(
    update(STREAM_KEYS).where(STREAM_KEYS.c.stream_id == bindparam("of")).values(wrapped=bindparam("anew"))
)
