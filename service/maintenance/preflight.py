"""Checks keys, database and settings before the service starts, and words what is risky."""

from __future__ import annotations

from collections.abc import Iterator

from service.clock import wall_clock
from service.database.database import Database
from service.database.key_files import UnusableKey
from service.log.errors import as_persistence_errors
from service.obstacles import Obstacle
from service.settings import Settings
from service.wiring import make_ledger


class Risky(Obstacle):
    """What was acknowledged may get lost with this database's settings; the message says which."""


def check_named_keys(settings: Settings) -> None:
    """Raise `UnusableKey` where on PostgreSQL the settings do not name the files of keys.

    Beside a SQLite file they have a place of their own; a server's clients may be started in any folder, and the next
    one would not find them.
    """
    named = {"LEADLEDGER_DATA_KEYS": settings.data_keys}
    if not settings.is_read_only:
        named["LEADLEDGER_SIGNING_KEY"] = settings.signing_key
    missing = [name for name, path in named.items() if path is None]
    if missing and not Database(settings.database_url).is_sqlite:
        raise UnusableKey(f"on PostgreSQL the files with the keys must be named: set {' and '.join(missing)}")


def preflight(settings: Settings, *, is_strict: bool) -> list[str]:
    """What an operator should know before the service starts, a sentence each.

    Raises `UnusableKey` where a key is missing or does not fit. Any other obstacle lets the service be read, which is
    better than nothing. Raises `Risky` for settings of the database's that lose what was acknowledged, where it
    ``is_strict``.
    """
    database = Database(settings.database_url, is_read_only=settings.is_read_only)
    try:
        obstacles = make_ledger(database, wall_clock, settings).obstacles.look()
        risks = list(_risks(database))
    finally:
        database.close()
    for obstacle in obstacles:
        if isinstance(obstacle, UnusableKey):
            raise obstacle
    if risks and is_strict:
        raise Risky("; ".join(risks))
    return [*(f"nothing can be written: {obstacle}" for obstacle in obstacles), *risks]


def _risks(database: Database) -> Iterator[str]:
    if database.is_sqlite:
        return
    with as_persistence_errors(), database.reading() as connection:
        for name in ("fsync", "full_page_writes"):
            if connection.exec_driver_sql(f"SHOW {name}").scalar() != "on":
                yield f"PostgreSQL runs with {name}=off: a power cut may lose or damage what was acknowledged"
