"""Databases in temporary files, which are removed even where the process that made them was killed."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.database.database import Database

_PREFIX = "leadledger-aside-"
_IN_USE = "in-use"
_SECONDS_TO_BEGIN = 60
"""After so long whoever made a folder has marked it as in use, if still alive."""


@contextmanager
def database_aside() -> Iterator[Database]:
    """An empty database in a temporary file; those that others left behind are removed."""
    remove_abandoned()
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder, Path(folder, _IN_USE).open("w") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        database = Database(f"sqlite:///{Path(folder, 'replay.db')}")
        try:
            yield database
        finally:
            database.close()


def remove_abandoned() -> None:
    """Remove the temporary databases whose process has ended: they hold what was known of people."""
    for mark in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_IN_USE}"):
        try:
            with mark.open("r") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if time.time() - mark.stat().st_mtime > _SECONDS_TO_BEGIN:
                    shutil.rmtree(mark.parent, ignore_errors=True)
        except OSError:
            continue  # in use, somebody else's, or just removed
