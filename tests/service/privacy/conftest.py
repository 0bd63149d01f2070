"""What tests of privacy ask for by name: databases whose raw files nobody else writes to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Databases, SqliteDatabases, postgres_server


@pytest.fixture(params=["sqlite", "postgresql"])
def alone(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    """Databases in whose files nobody else's canaries are."""
    if request.param == "sqlite":
        (tmp_path / "sqlite").mkdir()
        yield SqliteDatabases(tmp_path / "sqlite")
    else:
        with postgres_server() as databases:
            yield databases
