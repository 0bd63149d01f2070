"""The files of a SQLite database: made for their owner only, and watched for being exchanged under the service."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from service.database.private_files import keep_new
from service.obstacles import Alarm

Identity = tuple[int, int] | None
"""What tells one file from another at the same path: its device and inode; None where there is none."""


class FilesExchanged(Alarm):
    """The database's files are not those that were opened: what is written to them goes nowhere."""


def make(path: Path) -> None:
    """Make an empty database that only its owner can read, where there is no file yet.

    SQLite would leave that to the umask; it gives the files beside the database the database's own mode.
    """
    with suppress(OSError):  # SQLite itself says what is wrong with the place
        if not path.exists():
            keep_new(path, b"")


def note_identities(path: Path, info: dict[Any, Any]) -> None:
    """Note which files a connection has opened, in what is remembered with the connection."""
    info["files"] = _identities(path)


def check_identities(path: Path, info: dict[Any, Any]) -> None:
    """Raise `FilesExchanged` where other files are at the database's path than those a connection has opened.

    SQLite keeps the write-ahead log for as long as anybody has the database open. Where it is gone all the same, or
    another file is there, somebody has restored, moved or deleted files under the service, or has made SQLite believe
    that nobody has the database open.
    """
    if info["files"] != _identities(path):
        raise FilesExchanged(
            f"the files of {path} were exchanged or removed while the service had them open; start it again, and "
            'have "leadledger verify" look at them',
            "the database's files were exchanged under the service; it must be started again",
        )


def _identities(path: Path) -> tuple[Identity, Identity]:
    return _identity(str(path)), _identity(f"{path}-wal")


def _identity(path: str) -> Identity:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
