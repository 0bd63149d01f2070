"""What trials ask for by name: a service that is served, how many faults to cause, and a line of the table."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tqdm import tqdm

from tests.databases import Databases, PostgresDatabases, postgres_server
from tests.faults.service import Service, running
from tests.faults.trial import Figures

Rounds = Callable[[int], Iterator[int]]
"""So many rounds of a trial where CI tries it, and so many times as many where the command line says so."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Known only where pytest is started for this folder alone."""
    parser.addoption("--rounds", type=int, help="how many times as many rounds as CI has, with a table in the end")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table, one line for each trial."""
    if config.getoption("--rounds", None) is None:
        return
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    lines = {report.nodeid: dict(told) for report in reports if (told := getattr(report, "user_properties", None))}
    names = list(dict.fromkeys(name for line in lines.values() for name in line))
    for cells in [["trial", *names], ["---"] * (len(names) + 1)]:
        terminalreporter.write_line(f"| {' | '.join(cells)} |")
    for trial, line in lines.items():
        cells = [trial.partition("::")[2], *(f"{line.get(name, '')}" for name in names)]
        terminalreporter.write_line(f"| {' | '.join(cells)} |")


@pytest.fixture
def figures(record_property: Callable[[str, object], None]) -> Iterator[Figures]:
    """What is counted in this trial."""
    counted: Figures = {}
    yield counted
    for name, value in counted.items():
        record_property(name, value)


@pytest.fixture
def rounds(request: pytest.FixtureRequest, figures: Figures) -> Rounds:
    """How often a trial causes its fault; shows how far it has come where there are many."""
    times = request.config.getoption("--rounds", None)

    def rounds(count: int) -> Iterator[int]:
        total = count * (times or 1)
        for number in tqdm(range(total), desc=request.node.name, unit=" rounds", leave=False, disable=times is None):
            yield number
            figures["rounds"] = figures.get("rounds", 0) + 1

    return rounds


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[PostgresDatabases]:
    """A PostgreSQL that waits for its disk, as in production, and that trials may stop if they start it again."""
    with postgres_server(durable_in=Path(tempfile.gettempdir())) as databases:
        yield databases


@pytest.fixture(params=["sqlite_databases", "durable_postgres"], ids=["sqlite", "postgresql"])
def durable_databases(request: pytest.FixtureRequest) -> Databases:
    """Where databases come from that wait for their disk: each kind once."""
    databases: Databases = request.getfixturevalue(request.param)
    return databases


@pytest.fixture
def service(durable_databases: Databases, tmp_path: Path) -> Iterator[Service]:
    """A service of one's own that is being served, once on each kind of database."""
    with durable_databases.fresh() as url, running(url, tmp_path) as service:
        yield service
