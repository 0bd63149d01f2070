"""Records of who read what, in a chain of hashes that checkpoints sign."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select

from projections.engine.rows import Row
from service.clock import Clock, timestamp
from service.database.database import Database
from service.evidence.tables import ACCESS_RECORDS, TREE_HEAD
from service.evidence.verifier.access import access_hash
from service.log.errors import as_persistence_errors


@dataclass(frozen=True)
class Access:
    """One request of which a record is kept."""

    user_id: int
    request_id: str
    client: str
    path: str
    query: str


def keep_access(database: Database, clock: Clock, access: Access) -> None:
    """Add a record, whose hash covers it and the one before: the next checkpoint thereby seals them all.

    It is committed before the request is answered, but does not wait for the disk: a power cut may take both.
    """
    with as_persistence_errors(), database.writing(is_durable=False) as connection:
        connection.execute(select(TREE_HEAD.c.size).with_for_update())
        last = _last(connection)
        record = {
            "number": last["number"] + 1 if last else 1,
            "at": timestamp(clock()),
            "user_id": access.user_id,
            "request_id": access.request_id,
            "client": access.client,
            "path": access.path,
            "query": access.query,
        }
        sealed = access_hash(bytes(last["hash"]) if last else b"", [*record.values()])
        connection.execute(insert(ACCESS_RECORDS).values(**record, hash=sealed))


def accesses(connection: Connection, *, before: int | None, user_id: int | None, limit: int) -> list[Row]:
    """Access records, the newest first, and one more than the limit."""
    query = select(ACCESS_RECORDS).order_by(ACCESS_RECORDS.c.number.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(ACCESS_RECORDS.c.number < before)
    if user_id is not None:
        query = query.where(ACCESS_RECORDS.c.user_id == user_id)
    return [dict(row) for row in connection.execute(query).mappings()]


def last_number(connection: Connection) -> int:
    """How many records there are."""
    return connection.execute(select(func.max(ACCESS_RECORDS.c.number))).scalar() or 0


def _last(connection: Connection) -> Row | None:
    found = accesses(connection, before=None, user_id=None, limit=0)
    return found[0] if found else None
