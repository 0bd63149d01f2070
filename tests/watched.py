"""Lets a test watch all connections of a database, as the driver has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from service.database.database import Database


def watch(database: Database, begin: Callable[[Any], object]) -> None:
    """Give each connection that is used from now on to a function first: those for questions, and those that write."""
    for engine in (database.engine, database.readers):
        event.listen(engine, "connect", lambda connection, _: begin(connection))
    database.close_idle()
