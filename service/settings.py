"""Settings flow in from the environment, once, and are handed on as one value."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT_DATABASE_URL = "sqlite:///leadledger.db"


@dataclass(frozen=True)
class Settings:
    """Where the data is, and the first administrator's token on an empty database (None: one is made up)."""

    database_url: str = DEFAULT_DATABASE_URL
    api_token: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """What ``LEADLEDGER_…`` variables say, and the defaults for what they do not."""
        return cls(
            database_url=environment.get("LEADLEDGER_DATABASE_URL") or DEFAULT_DATABASE_URL,
            api_token=environment.get("LEADLEDGER_API_TOKEN") or None,
        )
