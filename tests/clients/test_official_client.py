"""The official npm client, driven by Node against the served service on both databases, works unchanged."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Databases
from tests.served import leadledger
from tests.service.serving import TOKEN, founded

HERE = Path(__file__).parent
SCRIPTS = sorted(HERE.glob("*.test.mjs"))


@pytest.fixture(scope="module")
def node() -> str:
    """Node, with the client beside it: a skip where there is none, unless it is asked for."""
    found = shutil.which("node")
    missing = "Node" if found is None else "" if (HERE / "node_modules" / "pipedrive").is_dir() else "node_modules"
    if found is None or missing:
        reason = (
            f"THE OFFICIAL CLIENT WAS NOT TRIED: there is no {missing} here. Install Node 18 or newer "
            f"and run `npm ci` in tests/clients (`make test` does the latter)."
        )
        if os.environ.get("LEADLEDGER_REQUIRE_NODE"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="module")
def address(node: str, databases: Databases) -> Iterator[str]:
    """Where the service is served; no script counts on being the first there."""
    with databases.fresh(founded) as url, leadledger(url) as server:
        yield server.address


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name.partition(".")[0])
def test_the_official_client_works_unchanged(node: str, address: str, script: Path) -> None:
    environment = {**os.environ, "LEADLEDGER_ADDRESS": address, "LEADLEDGER_TOKEN": TOKEN, "NODE_NO_WARNINGS": "1"}
    command = [node, "--test", "--test-reporter=spec", str(script)]
    done = subprocess.run(command, cwd=HERE, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"\n{done.stdout}\n{done.stderr}"
