"""Copies the service as it was at a position into a SQLite file that can be served for reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, Table, insert, select, update

from aggregates.refusals import Refusal
from service.clock import wall_clock
from service.database.database import Database
from service.database.key_files import beside
from service.database.private_files import move
from service.evidence.checkpoints import Checkpoint
from service.evidence.sealer import seal
from service.evidence.stream_heads import make_again
from service.evidence.tables import ACCESS_RECORDS, CHECKPOINTS, INCARNATIONS
from service.ledger.ledger import Ledger
from service.log.copies import note_moment
from service.log.epochs import Epochs
from service.log.errors import as_persistence_errors
from service.log.history import time_of
from service.log.moments import Then
from service.log.schema import migrate_log
from service.log.stream_keys import StreamKeys
from service.log.tables import EVENTS, LOG_HEAD, RECEIPT_HEAD, STREAM_KEYS
from service.maintenance.filling import Progress
from service.maintenance.replay import rebuild
from service.wiring import make_ledger

AT_ONCE = 2000


def copy_as_of(ledger: Ledger, then: Then, path: Path, progress: Progress) -> None:
    """Build a copy of everything that was recorded up to a moment, in a SQLite file that is not there yet.

    The events' bytes, the tree and the checkpoints of then are the same, so the copy can be checked as the log can.
    Keys to what events tell of people come along, wrapped by a key of the copy's own, in a file beside it: what was
    erased before stays erased in the copy, what is erased later does not reach it. Receipts of commands do not come
    along: whoever gave them asks where he gave them. Where the copy is served for reading, its clock stands at the
    moment. ``progress`` hears of each event twice, when it is copied and when it is replayed. Raises `Refusal` where
    there is a file already.
    """
    position = then.position
    for taken in (path, Path(f"{path}.data-keys")):
        if taken.exists():
            raise Refusal(f"{taken} is there already; name a file that is not")
    unfinished = path.with_name(f"{path.name}.unfinished")
    _remove(unfinished)
    target = Database(f"sqlite:///{unfinished}")
    try:
        migrate_log(target)
        note_moment(target, then)
        with as_persistence_errors(), ledger.database.reading() as source:
            _copy_log(source, target, position, progress)
            _copy_keys(source, target, position, ledger.event_log.stream_keys)
            _copy_evidence(source, target, position)
        rebuild(make_ledger(target, wall_clock), progress)
        seal(target)
        target.close()  # as long as there are several connections, none can do without a write-ahead log
        with target.queued(), target.reading() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=DELETE")
        move(Path(f"{unfinished}.data-keys"), Path(f"{path}.data-keys"))
        move(unfinished, path)
    finally:
        target.close()
        _remove(unfinished)


def _copy_log(source: Connection, target: Database, position: int, progress: Progress) -> None:
    for start in range(0, position, AT_ONCE):
        upto = min(start + AT_ONCE, position)
        rows = _rows(source, select(EVENTS).where(EVENTS.c.position > start, EVENTS.c.position <= upto))
        _insert(target, EVENTS, sorted(rows, key=lambda row: int(row["position"])))
        progress(len(rows))
    # The numbers are those of now, not of then: so no copy ever gives one out that means something else elsewhere.
    numbers = source.execute(select(LOG_HEAD.c.numbers)).scalar_one()
    head = {"position": position, "recorded_at": time_of(source, position) if position else "", "numbers": numbers}
    with target.writing() as connection:
        connection.execute(update(LOG_HEAD).values(head))
        connection.execute(update(RECEIPT_HEAD).values(swept_position=position))


def _copy_keys(source: Connection, target: Database, position: int, keys: StreamKeys) -> None:
    epoch = Epochs(beside(target, "data-keys"), wall_clock).begin()
    begun = select(EVENTS.c.stream_id).where(EVENTS.c.position <= position, EVENTS.c.version == STREAM_KEYS.c.since)
    wanted = select(STREAM_KEYS).where(begun.where(EVENTS.c.stream_id == STREAM_KEYS.c.stream_id).exists())
    for rows in _batches(source, wanted, STREAM_KEYS.c.stream_id):
        for row in rows:
            row["wrapped"] = keys.rewrap(UUID(row["stream_id"]), bytes(row["wrapped"]), epoch)
        _insert(target, STREAM_KEYS, rows)


def _copy_evidence(source: Connection, target: Database, position: int) -> None:
    """The checkpoints of then, the incarnations of the log they are of, and the access records they seal."""
    signed = _rows(source, select(CHECKPOINTS).where(CHECKPOINTS.c.size <= position))
    _insert(target, CHECKPOINTS, signed)
    incarnations = {row["incarnation"] for row in signed}
    _insert(target, INCARNATIONS, _rows(source, select(INCARNATIONS).where(INCARNATIONS.c.number.in_(incarnations))))
    sealed = max((Checkpoint.of(row["note"]).accesses for row in signed), default=0)
    records = select(ACCESS_RECORDS).where(ACCESS_RECORDS.c.number <= sealed)
    for rows in _batches(source, records, ACCESS_RECORDS.c.number):
        _insert(target, ACCESS_RECORDS, rows)
    last = max(signed, key=itemgetter("number"), default=None)
    if last is not None and (streams := Checkpoint.of(last["note"]).streams) is not None:
        with target.writing(is_durable=False) as connection:
            make_again(connection, last["size"], streams)


def _batches(source: Connection, query: Select[Any], key: Any) -> Iterator[list[dict[str, Any]]]:
    after = None
    while True:
        behind = query if after is None else query.where(key > after)
        rows = _rows(source, behind.order_by(key).limit(AT_ONCE))
        if not rows:
            return
        yield rows
        after = rows[-1][key.name]


def _rows(source: Connection, query: Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in source.execute(query).mappings()]


def _insert(target: Database, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        with target.writing(is_durable=False) as connection:
            connection.execute(insert(table), rows)


def _remove(path: Path) -> None:
    for leftover in path.parent.glob(f"{path.name}*"):
        leftover.unlink()
