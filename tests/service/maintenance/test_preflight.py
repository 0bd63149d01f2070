"""Before the service starts, what can never work is refused and what is risky is said."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from service.maintenance.preflight import Risky, preflight
from service.settings import Settings
from tests.databases import PostgresDatabases, SqliteDatabases, environment_of, postgres_server
from tests.service.losing import operate
from tests.service.serving import founded


def settings_of(url: str) -> Settings:
    environment: Mapping[str, str] = environment_of(url)
    return Settings.from_environment(environment)


def test_a_postgresql_that_a_power_cut_may_damage_is_named_and_refused_where_it_is_to_be_strict(
    postgres_databases: PostgresDatabases,
) -> None:
    with postgres_databases.fresh(founded) as url:
        warnings = preflight(settings_of(url), is_strict=False)
        assert [warning.partition(":")[0] for warning in warnings] == [
            "PostgreSQL runs with fsync=off",
            "PostgreSQL runs with full_page_writes=off",
        ]
        with pytest.raises(Risky, match="fsync=off"):
            preflight(settings_of(url), is_strict=True)
        refused = operate(url, "serve", "--port", "1", "--strict")
        assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
        assert "fsync=off" in refused.stderr


@pytest.mark.slow
def test_nothing_is_said_of_a_postgresql_that_is_durable() -> None:
    with postgres_server(durable_in=Path(tempfile.gettempdir())) as server, server.fresh(founded) as url:
        assert preflight(settings_of(url), is_strict=True) == []


def test_nothing_is_said_of_sqlite_which_is_told_to_be_durable(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.fresh(founded) as url:
        assert preflight(settings_of(url), is_strict=True) == []
