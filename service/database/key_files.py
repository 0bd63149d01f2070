"""Where the files with keys are, and what is said where one cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.database.database import Database
from service.obstacles import Obstacle


class UnusableKey(Obstacle):
    """A key cannot be kept, or the file has none that fits; the message says which file."""


def beside(database: Database, name: str) -> Path:
    """The default path of a file of keys: beside a SQLite file, else in the current folder.

    No two databases share them: renewing the keys of one would lose those of the other.
    """
    return Path(f"{database.url.database}.{name}")


@contextmanager
def usable(path: Path) -> Iterator[None]:
    """A block that works with a file of keys; what the system has against it comes out as `UnusableKey`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnusableKey(f"{path} cannot be used: {reason}", f"a file with keys cannot be used: {reason}") from None


def read(path: Path) -> bytes | None:
    """What a file holds; None where there is none. Raises `UnusableKey` where it cannot be read."""
    with usable(path):
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
