"""Files that only their owner can read, written so that a power cut leaves either the old content or the new."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import IO


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
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that the block writes, and may read again; it gets its name when it is whole and on the disk.

    Whatever the block raises, and whenever the process ends, nothing unfinished has that name.
    """
    with _beside(path) as unfinished:
        with unfinished.open("w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    sync_folder(path)


def move(path: Path, to: Path) -> None:
    """Let a file take another's place, in the same folder."""
    os.replace(path, to)
    sync_folder(to)


def append(path: Path, content: bytes) -> None:
    """Add to a file that only grows; it is meant for others, so the process's umask says who may read it."""
    is_new = not path.exists()
    with path.open("ab") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        sync_folder(path)


def ends_with(path: Path, content: bytes) -> bool:
    """Whether a file ends with that; of a file that is large no more is read."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - len(content)))
        return file.read() == content


def open_lock(path: Path | str) -> FileIO:
    """A file to lock, and for nothing else."""
    return open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b", buffering=0)


def sync_folder(path: Path) -> None:
    """Let a file's name survive a power cut, and not only what is in it."""
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _written_beside(path: Path, content: bytes) -> Iterator[Path]:
    with _beside(path) as unfinished:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield unfinished
    sync_folder(path)


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """An empty file of a name of its own, in a file's folder; it is removed where the block raises."""
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    os.close(descriptor)
    try:
        yield Path(name)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
