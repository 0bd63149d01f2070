"""The settings, read once from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from service.operating import Operation, whole_number
from service.trusted_issuer import TrustedIssuer

DEFAULT_FILE = "var/leadledger.db"
"""Where the data is where nothing is said; its folder is made."""

DEFAULT_DATABASE_URL = f"sqlite:///{DEFAULT_FILE}"
DEFAULT_HOST = "leadledger.local"
DEFAULT_BACKUP_DAYS, MOST_BACKUP_DAYS = 90, 36_500


@dataclass(frozen=True)
class Settings:
    """Where the data is, and the first administrator's token on an empty database (None: one is made up).

    ``log_host`` is the name under which this service's log is known, the first part of every checkpoint's origin.
    The other paths are None where they were not set: then files that must be kept have their place beside the
    database, or in the current folder, and those that need not be are not written. A service that ``is_read_only``
    writes nothing, and its token lets in whoever has it to read everything. Tokens of the ``issuer`` let in, too.
    Backups stay restorable for ``backup_days`` at least, however often keys are renewed meanwhile.
    """

    database_url: str = field(default=DEFAULT_DATABASE_URL, repr=False)
    api_token: str | None = field(default=None, repr=False)
    log_host: str = DEFAULT_HOST
    signing_key: Path | None = None
    data_keys: Path | None = None
    checkpoint_file: Path | None = None
    security_log: Path | None = None
    is_read_only: bool = False
    issuer: TrustedIssuer | None = None
    backup_days: int = DEFAULT_BACKUP_DAYS
    operation: Operation = field(default_factory=Operation)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """What ``LEADLEDGER_…`` variables say, and the defaults for what they do not.

        Raises `WrongIssuer` and `WrongSetting`.
        """

        def path(name: str) -> Path | None:
            return Path(given) if (given := environment.get(name)) else None

        return cls(
            database_url=environment.get("LEADLEDGER_DATABASE_URL") or DEFAULT_DATABASE_URL,
            api_token=environment.get("LEADLEDGER_API_TOKEN") or None,
            log_host=environment.get("LEADLEDGER_LOG_HOST") or DEFAULT_HOST,
            signing_key=path("LEADLEDGER_SIGNING_KEY"),
            data_keys=path("LEADLEDGER_DATA_KEYS"),
            checkpoint_file=path("LEADLEDGER_CHECKPOINT_FILE"),
            security_log=path("LEADLEDGER_SECURITY_LOG"),
            issuer=TrustedIssuer.from_environment(environment),
            backup_days=whole_number(environment, "LEADLEDGER_BACKUP_DAYS", DEFAULT_BACKUP_DAYS, MOST_BACKUP_DAYS),
            operation=Operation.from_environment(environment),
        )
