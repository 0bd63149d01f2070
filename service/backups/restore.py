"""Makes a database of a backup in one transaction: the log, what follows from it, and a new incarnation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import orjson
from eventsourcing.persistence import DataError, IntegrityError, InterfaceError, ProgrammingError
from sqlalchemy import Connection, MetaData, Table, delete, inspect, select
from sqlalchemy.exc import NoSuchTableError

from aggregates.refusals import Refusal
from projections.engine.statements import Insertion, load
from service.backups.erasures import record_again
from service.backups.file import Backup, NotWhole, SomeRows
from service.backups.keys import bring_up_to_now
from service.evidence.checkpoints import Checkpoint, NotTheSameLog, Restart, last_note
from service.evidence.readability import SilentErasure, check_readable_in
from service.evidence.sealer import seal_in
from service.evidence.signed_notes import BrokenNote
from service.evidence.stream_heads import make_again
from service.ledger.ledger import Ledger, Origin
from service.log.errors import as_persistence_errors
from service.log.head import head_differences
from service.log.history import position_at
from service.log.schema import is_known, migrate_in
from service.log.tables import EVENTS, LOG_HEAD
from service.maintenance.replay import build_in, take_its_time
from service.privacy.hand_over import HandOver

ROUNDS = 4
"""How often each event is dealt with: it is loaded, sealed and replayed, and whether it can be read is tried."""

Progress = Callable[[int], object]
"""Told how many more events were dealt with, each `ROUNDS` times."""


@dataclass(frozen=True)
class Restored:
    """What came of a restore: to which position, and with which incarnation of the log; None where nothing was signed.

    So many erasures that came after the backup were recorded again. ``doubts`` are sentences that say why the backup
    may not be what was written.
    """

    position: int
    restart: Restart | None
    erasures: int
    doubts: Sequence[str]


def restore(
    ledger: Ledger,
    origin: Origin,
    path: Path,
    progress: Progress,
    *,
    has_new_key: bool = False,
    is_hand_over_lost: bool = False,
) -> Restored:
    """Make an empty database what a backup holds, on SQLite or PostgreSQL, whichever it is of; all of it or nothing.

    What was erased since stays erased, and is recorded again in the first command. The trees are made again of the
    events, and must be those that were signed. With a new key to sign with, where the one before is lost for good; and
    without knowing of erasures, where the file that tells of them is. Raises `NotWhole`, `Refusal` where the database
    is not empty, and another `Obstacle` where keys do not fit or the events are not those that were signed.
    """
    backup = Backup(path)
    revision, position = backup.heading.revision, backup.heading.position
    if not is_known(revision):
        raise NotWhole(f"{path} was made by a newer version of Leadledger; restore it with that one")
    with ledger.database.alone(), as_persistence_errors(), ledger.database.writing() as connection:
        _check_empty(connection, ledger.database.place)
        take_its_time(connection)
        migrate_in(connection, revision)
        _load(connection, backup, path, progress)
        migrate_in(connection)
        _check_head(connection, path)
        with ledger.event_log.written_in(connection) as writing:
            erased = bring_up_to_now(ledger, writing, is_hand_over_lost=is_hand_over_lost)
            seal_in(connection, progress)
            restart = _begin_incarnation(ledger, connection, path, has_new_key=has_new_key)
            build_in(ledger, connection, progress)
            if erased:
                ledger.carry_out(writing, origin, partial(record_again, erased=erased))
            doubts = [*_unproved(restart, position), *_unreadable(ledger, connection, progress)]
    with ledger.database.alone():
        HandOver(ledger).note_erasures()
    return Restored(position, restart, len(erased), doubts)


def _unproved(restart: Restart | None, position: int) -> Iterator[str]:
    """Which events of a backup may be others than were written, as far as checkpoints tell.

    Nobody is kept by that from having back what there is, nor by what cannot be read.
    """
    proved = restart.proved if restart is not None else 0
    if proved < position:
        yield (
            f"no checkpoint in the backup proves that its events from position {proved + 1} on are those that were "
            "recorded"
        )
    if restart is not None and (other := restart.other) is not None:
        yield (
            f"{other.size} events of {other.origin} were signed last, and the backup has others: what was recorded "
            "there is lost, where the backup was not altered"
        )


def _unreadable(ledger: Ledger, connection: Connection, progress: Progress) -> Iterator[str]:
    """What no erasure explains."""
    try:
        check_readable_in(connection, ledger.event_log.stream_keys, progress)
    except SilentErasure as silent:
        yield str(silent)


def _begin_incarnation(ledger: Ledger, connection: Connection, path: Path, *, has_new_key: bool) -> Restart | None:
    try:
        signed = Checkpoint.of(note) if (note := last_note(connection)) is not None else None
        if signed is not None and signed.streams is not None:
            make_again(connection, signed.size, signed.streams)
        return ledger.notary.begin_restored(connection, has_new_key=has_new_key)
    except BrokenNote:
        raise NotWhole(f"{path} was altered: its last checkpoint is none") from None
    except NotTheSameLog:
        raise NotWhole(f"{path} was altered: its events are not those of which a checkpoint was signed") from None


def _check_empty(connection: Connection, place: str) -> None:
    if inspect(connection).get_table_names():
        raise Refusal(
            f"{place} is not empty, and a restore replaces nothing: name a database that is, or move this one away"
        )


def _load(connection: Connection, backup: Backup, path: Path, progress: Progress) -> None:
    """Put the rows into the tables, which have the form that they had when the backup was made."""
    tables: dict[str, Table] = {}
    try:
        for some in backup.rows():
            if some.table not in tables:
                table = tables[some.table] = Table(some.table, MetaData(), autoload_with=connection)
                if connection.execute(select(1).select_from(table).limit(1)).first() is not None:
                    connection.execute(delete(table))
            rows = [dict(zip(some.columns, row, strict=True)) for row in some.rows]
            _check_kinds(tables[some.table], some)
            with as_persistence_errors():
                load(connection, [(Insertion(tables[some.table]), rows)])
            progress(len(rows) if some.table == EVENTS.name else 0)
    except (*_NOT_THOSE_OF_A_LOG, NoSuchTableError):
        raise NotWhole(f"{path} was altered: it has rows that fit no table of the log") from None
    if (end := position_at(connection)) != backup.heading.position:
        raise NotWhole(
            f"{path} was altered: its first line tells of {backup.heading.position} events, and it has {end}"
        )


def _check_kinds(table: Table, some: SomeRows) -> None:
    """Raise `TypeError` for values of another type than their column has, which SQLite would take."""
    kinds = [table.c[name].type.python_type if name in table.c else object for name in some.columns]
    for row in some.rows:
        if not all(value is None or isinstance(value, kind) for value, kind in zip(row, kinds, strict=True)):
            raise TypeError(f"{some.table} has a value of another type")


def _check_head(connection: Connection, path: Path) -> None:
    """Raise `NotWhole` unless the log's head fits the last event, and has the numbers that were given out."""
    try:
        differences = [*head_differences(connection)]
        numbers = orjson.loads(connection.execute(select(LOG_HEAD.c.numbers)).scalar() or "{}")
        if any(type(number) is not int for number in numbers.values()):
            differences.append("the log's head has numbers that are none")
    except (*_NOT_THOSE_OF_A_LOG, AttributeError):
        differences = ["its last event or the log's head cannot be read"]
    if differences:
        raise NotWhole(f"{path} was altered: {differences[0]}")


_NOT_THOSE_OF_A_LOG = (
    *(LookupError, TypeError, ValueError, OverflowError),
    *(DataError, IntegrityError, InterfaceError, ProgrammingError),
)
"""What comes of rows that are none of a log's: they have other columns, or values that the database does not take."""
