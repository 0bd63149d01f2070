"""Inserts one row at a time and commits durably: the least that any command costs on a database."""

from __future__ import annotations

import time

from sqlalchemy import text

from service.database.database import Database


def commits_per_second(database_url: str, count: int = 500) -> float:
    """How often the bare database commits one small row, one writer at a time, durably."""
    database = Database(database_url)
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE bare (id INTEGER, state TEXT)"))
    begun = time.perf_counter()
    for number in range(count):
        with database.writing() as connection:
            connection.execute(text("INSERT INTO bare VALUES (:id, :state)"), {"id": number, "state": "x" * 400})
    elapsed = time.perf_counter() - begun
    database.close()
    return count / elapsed
