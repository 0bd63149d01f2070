"""The moment that a copy of the service is of: a table that only copies have."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, MetaData, Table, Text, insert, inspect, select

from service.clock import timestamp
from service.database.database import Database
from service.log.moments import Then

_COPY_OF = Table(
    "copy_of",
    MetaData(),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("time", Text, nullable=False),
)


def note_moment(copy: Database, then: Then) -> None:
    """Note in a copy of which moment it is."""
    with copy.writing() as connection:
        _COPY_OF.create(connection)
        connection.execute(insert(_COPY_OF).values(position=then.position, time=timestamp(then.now)))


def moment_of(database: Database) -> Then | None:
    """The moment that a copy is of; None for a database that is no copy, but where things happen."""
    with database.reading() as connection:
        if not inspect(connection).has_table(_COPY_OF.name):
            return None
        position, time = connection.execute(select(_COPY_OF.c.position, _COPY_OF.c.time)).one()
    return Then(position, datetime.fromisoformat(time))
