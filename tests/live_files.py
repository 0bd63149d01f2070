"""Shows SQLite's locks on a database, and refuses whatever would drop them, in every test of this process.

POSIX locks belong to the process: opening and closing a file that SQLite has open beside it drops SQLite's locks.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

DESCRIPTORS = Path("/proc/self/fdinfo")


class OpenedBesideSqlite(BaseException):
    """A file on which SQLite holds locks was opened without SQLite; no code may catch this and go on."""


def locked_by_us(path: str | bytes | os.PathLike[str]) -> bool:
    """Whether this process holds POSIX locks on a file; SQLite takes such, our own lock files use `flock`."""
    try:
        wanted = os.stat(path)
    except (OSError, ValueError):
        return False
    return any(_is(descriptor, wanted) and " POSIX " in _told_of(descriptor) for descriptor in os.listdir(DESCRIPTORS))


def refuse_from_now_on() -> None:
    """Let every attempt fail, until this process ends; without Linux's ``/proc`` there is nothing to look at."""
    if DESCRIPTORS.is_dir():
        sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event != "open":
        return
    path = arguments[0]
    if isinstance(path, str) and path.startswith("/proc/"):
        return
    if isinstance(path, str | bytes) and locked_by_us(path):
        raise OpenedBesideSqlite(f"{path!r} is opened while SQLite has it open in the same process")


def _is(descriptor: str, wanted: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.fstat(int(descriptor)), wanted)
    except OSError:
        return False


def _told_of(descriptor: str) -> str:
    try:
        return (DESCRIPTORS / descriptor).read_text()
    except OSError:
        return ""
