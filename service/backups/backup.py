"""Writes a backup: the log and all that stands beside it but what is made of events again, as of one moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eventsourcing.persistence import PersistenceError
from sqlalchemy import Connection, Table, select, tuple_

from aggregates.refusals import Refusal
from projections.engine.statements import at_one_moment
from service.backups.file import VERSION, BackupWriter, Heading, SomeRows
from service.backups.proof import Proof, last_signed
from service.clock import timestamp, wall_clock
from service.database.private_files import written_whole
from service.evidence.tables import LEAVES, STREAM_HEADS, TREE_HEAD, TREE_NODES, evidence_tables
from service.ledger.ledger import Ledger
from service.log.history import position_at
from service.log.schema import revision_of
from service.log.tables import EVENTS, READ_MODEL_DEFINITION, log_tables
from service.obstacles import Obstacle
from service.privacy.erasure_state import erasure_tables
from service.privacy.hand_over import HandOver

AT_ONCE = 1000
"""Rows that are read together, and stand in one line of the file."""

MADE_AGAIN = (READ_MODEL_DEFINITION, LEAVES, TREE_NODES, TREE_HEAD, STREAM_HEADS)
"""What a restore makes again of the events, as it does the read models: the trees must then have the roots that
were signed, which proves the events."""

HELD = tuple(
    table
    for metadata in (log_tables, evidence_tables, erasure_tables)
    for table in metadata.sorted_tables
    if table not in MADE_AGAIN
)
"""The tables that a backup holds. What can be erased is encrypted in them; access records of older versions
have requests as they were asked."""

Progress = Callable[[int], object]
"""Told how many more events there are."""


@dataclass(frozen=True)
class Written:
    """To which position a backup has the log; ``doubts`` are sentences that say why a restore may not prove that."""

    position: int
    doubts: Sequence[str]


def back_up(ledger: Ledger, path: Path, progress: Progress) -> Written:
    """Write a backup into a file that is not there yet, while others read and write; then read it again.

    All that there is is signed before, where it can be, so that a restore can prove the events; a log of which nothing
    was ever signed is left so, since it is the service that makes the key. The backup is of one moment, and costs what
    reading the log does. No erasure, renewal of keys or rebuild happens meanwhile: they wait.
    Raises `Refusal` where there is a file already, and an `Obstacle` where the keys do not fit.
    """
    if path.exists():
        raise Refusal(f"{path} is there already; name a file that is not")
    with ledger.database.alone():
        doubts = [*_signing(ledger)]
        return _written(ledger, path, progress, doubts)


def _signing(ledger: Ledger) -> Iterator[str]:
    """Sign what there is, and tell why that could not be done: it is backed up all the more."""
    try:
        if not ledger.notary.has_signed():
            yield "nothing of the log was ever signed, so no checkpoint proves its events"
            return
        ledger.notary.checkpoint()
    except (Obstacle, PersistenceError) as error:
        yield f"nothing was signed before: {' '.join(str(error).split())}"


def _written(ledger: Ledger, path: Path, progress: Progress, doubts: list[str]) -> Written:
    made_at = timestamp(wall_clock())
    with ledger.reading() as reading, at_one_moment(reading, EVENTS), written_whole(path) as file:
        connection = reading.connection
        ledger.event_log.stream_keys.check(connection)
        HandOver(ledger).note_backup(made_at)
        heading = Heading(VERSION, made_at, position_at(connection), revision_of(connection) or "")
        writer, proof = BackupWriter(file, heading), Proof(last_signed(connection))
        for table in HELD:
            for some in _rows(connection, table):
                if table is EVENTS:
                    proof.add(some.rows)
                writer.add(some)
                progress(len(some.rows) if table is EVENTS else 0)
        writer.end()
    if not proof.holds:
        doubts.append("its events are not those of which the last checkpoint was signed: no restore takes them")
    return Written(heading.position, doubts)


def _rows(connection: Connection, table: Table) -> Iterator[SomeRows]:
    """A table's rows in the order of its key."""
    key = list(table.primary_key)
    places = [table.c.keys().index(column.name) for column in key]
    query = select(table).order_by(*key).limit(AT_ONCE)
    behind = query
    while rows := [tuple(row) for row in connection.execute(behind)]:
        yield SomeRows(table.name, table.c.keys(), rows)
        last = [rows[-1][place] for place in places]
        behind = query.where(tuple_(*key) > tuple_(*last))
