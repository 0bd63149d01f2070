"""What tests of pages ask for by name: a browser, the service with the sample company, and somebody signed in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.databases import SqliteDatabases
from tests.pages import chromium
from tests.pages.company import TOKEN, told
from tests.pages.looking import Looking
from tests.pages.planted import Planting
from tests.served import Served, leadledger
from tests.service.serving import founded, serving


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium without a screen: a skip where there is none, unless it is asked for."""
    if chromium.where() is None:
        if os.environ.get("LEADLEDGER_REQUIRE_CHROMIUM"):
            pytest.fail(chromium.MISSING, pytrace=False)
        pytest.skip(chromium.MISSING)
    with chromium.started() as browser:
        yield browser


@pytest.fixture(scope="session")
def companies(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    """SQLite databases in which the sample company's story is told once; each further one is a copy."""
    return SqliteDatabases(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="session")
def planting() -> Planting:
    """Makes a company in which scripts are planted; the same one, copied from then on."""
    return Planting()


@pytest.fixture(scope="session")
def sample(companies: SqliteDatabases) -> Iterator[str]:
    """The URL of a database with the sample company, for tests that change nothing."""
    with companies.fresh(told) as url:
        yield url


@pytest.fixture(scope="session")
def service(sample: str) -> Iterator[Served]:
    """The service with the sample company, for tests that change nothing that others look at."""
    with leadledger(sample, "--workers", "1") as server:
        yield server


@pytest.fixture
def own_service(companies: SqliteDatabases) -> Iterator[Served]:
    """A service with the sample company of one's own, for tests that change what others would look at."""
    with companies.fresh(told) as url, leadledger(url, "--workers", "1") as server:
        yield server


@pytest.fixture(scope="session")
def new_companies(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    """SQLite databases in which a company was founded; each further one is a copy."""
    return SqliteDatabases(tmp_path_factory.mktemp("new"))


@pytest.fixture
def app(new_companies: SqliteDatabases) -> Iterator[Flask]:
    """The application in this process, with its first administrator and nothing else."""
    with new_companies.fresh(founded) as url, serving(url) as application:
        yield application


@pytest.fixture
def looking_at(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page of a service for somebody who is signed in; in the end none may have had anything to complain of."""
    looks: list[Looking] = []

    def look(server: Served, path: str = "/", *, token: str | None = TOKEN, **options: Any) -> Page:
        looks.append(Looking(browser, server.address, token, **options))
        page = looks[-1].page
        page.goto(server.address + path)
        return page

    yield look
    for each in looks:
        each.end()
