"""Fixtures of all tests: above all a fresh database, once of each kind."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator
from itertools import cycle
from pathlib import Path

import pytest

from tests.databases import Databases, PostgresDatabases, SqliteDatabases, postgres_server
from tests.live_files import refuse_from_now_on

TRIALS = Path(__file__).with_name("faults")


def pytest_configure() -> None:
    """Settings of whoever runs the tests must not reach the product under test."""
    for name in os.environ:
        if name.startswith("LEADLEDGER_") and not name.startswith("LEADLEDGER_REQUIRE_"):
            del os.environ[name]
    refuse_from_now_on()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only `make faults` runs, by its rounds: what takes a minute, and each trial's other database."""
    if config.getoption("--rounds", None) is None:
        left_out = {item for item in items if item.get_closest_marker("long")} | set(_on_other_databases(items))
        config.hook.pytest_deselected(items=[item for item in items if item in left_out])
        items[:] = [item for item in items if item not in left_out]


def _on_other_databases(items: Iterable[pytest.Item]) -> Iterator[pytest.Item]:
    """Of each trial that there is of both databases, what is of the one; by turns SQLite and PostgreSQL."""
    trials: dict[str, list[pytest.Item]] = {}
    for item in items:
        if TRIALS in item.path.parents:
            trials.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for trial, name in zip(trials.values(), cycle(("sqlite", "postgresql"))):
        others = [item for item in trial if name in item.nodeid.partition("[")[2]]
        if len(others) < len(trial):
            yield from others


def pytest_collection_finish() -> None:
    """Look for garbage less often, not among all the tests and modules, which stay: that took a fifth of the CPU."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 10)


@pytest.fixture(scope="session", autouse=True)
def _folder_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What the service keeps in the current folder, beside no database file, is not left in the checkout."""
    os.chdir(tmp_path_factory.mktemp("current"))


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    """SQLite files, for tests about SQLite only."""
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[PostgresDatabases]:
    """The one PostgreSQL of the session, for tests about PostgreSQL only; nobody may stop it."""
    with postgres_server() as databases:
        yield databases


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Databases:
    """Where fresh databases come from, once of each kind; of the session, so that Hypothesis allows it."""
    name = {"sqlite": "sqlite_databases", "postgresql": "postgres_databases"}[request.param]
    found: Databases = request.getfixturevalue(name)
    return found


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """The URL of an empty database of this test's own, once of each kind."""
    with databases.fresh() as url:
        yield url
