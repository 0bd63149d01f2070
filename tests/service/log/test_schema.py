"""Migrations lead to the tables that the code declares, and a database that is behind is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from click.testing import CliRunner, Result
from sqlalchemy import MetaData

from service.cli import main
from service.clock import wall_clock
from service.database.database import Database
from service.evidence.tables import evidence_tables
from service.log.schema import NotCurrent, are_read_models_current, check_current, is_log_current, migrate_log
from service.log.tables import log_tables
from service.maintenance.startup import prepare
from service.privacy.erasure_state import erasure_tables
from service.settings import Settings
from tests.databases import PostgresDatabases, environment_of
from tests.served import free_port
from tests.service.serving import TOKEN


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def operate(url: str, *words: str) -> Result:
    return CliRunner().invoke(main, words, env=environment_of(url))


def test_a_migrated_database_has_the_tables_that_the_code_declares(database: Database) -> None:
    migrate_log(database)
    with database.reading() as connection:
        declared = MetaData()
        for table in (*log_tables.sorted_tables, *evidence_tables.sorted_tables, *erasure_tables.sorted_tables):
            table.to_metadata(declared)
        assert compare_metadata(MigrationContext.configure(connection), declared) == []


def test_an_empty_database_is_not_current_until_it_is_prepared_and_stays_so(database: Database) -> None:
    assert not is_log_current(database)
    assert not are_read_models_current(database)
    settings = Settings(database.url.render_as_string(hide_password=False), TOKEN)
    for _ in range(2):
        prepare(settings, wall_clock)
        check_current(database)


def test_a_half_migrated_database_is_not_current(database: Database) -> None:
    migrate_log(database)
    with pytest.raises(NotCurrent, match="leadledger migrate"):
        check_current(database)


def test_serving_refuses_a_postgresql_that_is_behind(postgres_databases: PostgresDatabases) -> None:
    with postgres_databases.fresh() as url:
        refused = operate(url, "serve", "--port", str(free_port()))
        assert refused.exit_code == 3
        assert "leadledger migrate" in refused.output
        database = Database(url)
        assert not is_log_current(database)
        database.close()


@pytest.mark.parametrize("words", [("rebuild",), ("verify",), ("token", "list"), ("user", "list")])
def test_no_command_touches_a_database_that_is_behind(database_url: str, words: tuple[str, ...]) -> None:
    refused = operate(database_url, *words)
    assert refused.exit_code == 3
    assert "leadledger migrate" in refused.output
