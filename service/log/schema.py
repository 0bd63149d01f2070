"""Migrates the tables of the database, and tells whether they have the form that this version needs."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from unicodedata import unidata_version

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, select, update

import aggregates
import projections
from projections.engine.tables import read_models
from service.database.database import Database
from service.fingerprints import of_sources
from service.log.tables import READ_MODEL_DEFINITION
from service.obstacles import Obstacle


def migrate_log(database: Database) -> None:
    """Bring the log's tables to their present form; events themselves are never touched."""
    with database.writing() as connection:
        migrate_in(connection)


def migrate_in(connection: Connection, revision: str = "head") -> None:
    """Bring the log's tables to the form that they had at a revision, in a transaction that is the caller's."""
    _lock_against_other_migrations(connection)
    config = _alembic()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def revision_of(connection: Connection) -> str | None:
    """Which form the log's tables have; None where there are none."""
    return MigrationContext.configure(connection).get_current_revision()


def is_known(revision: str) -> bool:
    """Whether this version knows the form of the log's tables at a revision."""
    return any(each.revision == revision for each in ScriptDirectory.from_config(_alembic()).walk_revisions())


class NotCurrent(Obstacle):
    """The database's tables are not those of this version; the message says what to do."""


def check_current(database: Database) -> None:
    """Raise `NotCurrent` where the log's or the read models' tables do not have their present form."""
    if not is_log_current(database) or not are_read_models_current(database):
        raise NotCurrent('the database is not in the form this version needs; run "leadledger migrate" first')


def is_log_current(database: Database) -> bool:
    """Whether the log's tables have their present form."""
    with database.reading() as connection:
        return revision_of(connection) == _head()


def are_read_models_current(database: Database) -> bool:
    """Whether the read models' tables were built from the definition that this version has."""
    with database.reading() as connection:
        if not inspect(connection).has_table(READ_MODEL_DEFINITION.name):
            return False
        return connection.execute(select(READ_MODEL_DEFINITION.c.fingerprint)).scalar() == fingerprint()


def note_definition(connection: Connection) -> None:
    """Note that the read models' tables have just been built, once more, from the present definition."""
    again = update(READ_MODEL_DEFINITION).values(id=READ_MODEL_DEFINITION.c.id + 1, fingerprint=fingerprint())
    if connection.execute(again).rowcount == 0:
        connection.execute(insert(READ_MODEL_DEFINITION).values(id=1, fingerprint=fingerprint()))


def drop_leftovers(database: Database) -> None:
    """Drop the tables that a killed rebuild left; the caller holds `Database.alone`, so no rebuild is using them."""
    with database.writing() as connection:
        for name in inspect(connection).get_table_names():
            stem, _, suffix = name.rpartition("_")
            if stem in read_models.tables and len(suffix) == 8 and name not in read_models.tables:
                connection.exec_driver_sql(f'DROP TABLE "{name}"')


@cache
def fingerprint() -> str:
    """A hash of everything that read models' rows depend on beside the events.

    That is the source of aggregates and projections, and the version of Unicode by which Python folds text. A change
    of the source that changes no row costs a rebuild all the same.
    """
    return of_sources(aggregates, projections, beside=unidata_version)


@cache
def _head() -> str | None:
    return ScriptDirectory.from_config(_alembic()).get_current_head()


def _lock_against_other_migrations(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7012026)")


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
