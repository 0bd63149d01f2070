"""The sample company in a database, told once and copied from then on."""

from __future__ import annotations

import subprocess

from tests.databases import environment_of
from tests.served import LEADLEDGER
from tests.service.serving import TOKEN

__all__ = ["TOKEN", "told"]


def told(database_url: str) -> None:
    """Tell the sample company's story in an empty database."""
    environment = {**environment_of(database_url), "LEADLEDGER_API_TOKEN": TOKEN}
    subprocess.run([LEADLEDGER, "sample"], env=environment, check=True, capture_output=True, timeout=120)
