"""The form of a backup's file: lines of JSON with rows of tables, and in the last line the hash of all before it."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, get_type_hints

import orjson

from service.obstacles import Obstacle

VERSION = 1
"""Of the form. A version that reads another one says so."""

_LONGEST_HEADING = 1 << 16
_BLOCK = 1 << 20
_END = b'{"sha256":"%s"}\n'
_END_BYTES = len(_END % (b"0" * 64))


class NotWhole(Obstacle):
    """A file is no backup, or not a whole one; the message says which."""


@dataclass(frozen=True)
class Heading:
    """The first line: when the backup was made, to which position of the log, and which form the tables had then."""

    leadledger_backup: int
    made_at: str
    position: int
    revision: str


@dataclass(frozen=True)
class SomeRows:
    """Rows of one table, with the names of their columns; bytes stand in the file in base64."""

    table: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


class BackupWriter:
    """Writes a backup line by line into an open file, which is no backup before `end`."""

    def __init__(self, file: IO[bytes], heading: Heading) -> None:
        self._file = file
        self._hash = sha256()
        self._write(asdict(heading))

    def add(self, some: SomeRows) -> None:
        """Write rows of a table."""
        rows = [list(row) for row in some.rows]
        binary = sorted({place for row in rows for place, value in enumerate(row) if isinstance(value, bytes)})
        for row in rows:
            for place in binary:
                row[place] = row[place] and b64encode(row[place]).decode()
        self._write({"table": some.table, "columns": list(some.columns), "binary": binary, "rows": rows})

    def end(self) -> None:
        """Write the last line, and read all of the file again from the disk. Raises `NotWhole`."""
        self._file.write(_END % self._hash.hexdigest().encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        os.posix_fadvise(self._file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        _check_hash(self._file, "what was written")

    def _write(self, told: dict[str, Any]) -> None:
        line = orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)
        self._hash.update(line)
        self._file.write(line)


class Backup:
    """A whole backup in a file. Raises `NotWhole` where it is none, before anything else is read of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as file:
            self.heading = _heading(file.readline(_LONGEST_HEADING), path)
            _check_hash(file, str(path))

    def rows(self) -> Iterator[SomeRows]:
        """All rows, in the order in which they were written."""
        with self._path.open("rb") as file:
            file.readline()
            for line in file:
                told = orjson.loads(line)
                if "table" not in told:
                    return
                for place in told["binary"]:
                    for row in told["rows"]:
                        row[place] = row[place] and b64decode(row[place])
                yield SomeRows(told["table"], told["columns"], told["rows"])


def _heading(line: bytes, path: Path) -> Heading:
    try:
        told = orjson.loads(line)
        version = told["leadledger_backup"]
    except (ValueError, TypeError, KeyError):
        raise NotWhole(f"{path} is no backup of Leadledger's") from None
    if version != VERSION:
        raise NotWhole(f"{path} is a backup in the form {version}, and this version of Leadledger reads {VERSION}")
    if {name: type(value) for name, value in told.items()} != get_type_hints(Heading):
        raise NotWhole(f"{path} was altered: its first line is not that of a backup")
    return Heading(**told)


def _check_hash(file: IO[bytes], name: str) -> None:
    """Raise `NotWhole` unless the last line has the hash of everything before it."""
    left = file.seek(0, os.SEEK_END) - _END_BYTES
    file.seek(0)
    hashed = sha256()
    while left > 0 and (block := file.read(min(left, _BLOCK))):
        hashed.update(block)
        left -= len(block)
    if left != 0 or file.read() != _END % hashed.hexdigest().encode():
        raise NotWhole(f"{name} is not whole: it was cut off or altered, so it is no backup; take another one")
