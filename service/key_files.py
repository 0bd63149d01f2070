"""Keys flow into files that nobody but the service can read, and out of them again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.database import Database


class UnusableKey(Exception):
    """A key cannot be kept, or the file has none that fits; the message says which file."""


def beside(database: Database, name: str) -> Path:
    """Where keys of that name are where nobody said otherwise: beside a SQLite file, else in the current folder.

    No two databases share them: renewing the keys of one would lose those of the other.
    """
    return Path(f"{database.url.database}.{name}")


def keep_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet; of several processes that do so at once one wins, and all use its file."""
    with _written_beside(path, content) as unfinished:
        try:
            os.link(unfinished, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(unfinished)


def replace(path: Path, content: bytes) -> None:
    """Put other content in a file's place, in one step: whoever reads it finds the old content or the new."""
    with _written_beside(path, content) as unfinished:
        os.replace(unfinished, path)


@contextmanager
def _written_beside(path: Path, content: bytes) -> Iterator[str]:
    try:
        descriptor, unfinished = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    except OSError as error:
        raise UnusableKey(f"the key cannot be kept at {path.parent}: {error.strerror}") from None
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    yield unfinished
