"""Exports the sealed log with its checkpoints and keys into a folder that anybody can check."""

from __future__ import annotations

import json
import shutil
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from projections.engine.statements import Statement
from service.database.database import Database
from service.evidence.access import last_number
from service.evidence.checkpoints import Checkpoint
from service.evidence.notary import Notary
from service.evidence.readability import (
    Findings,
    FindingsBeside,
    Progress,
    entries_of,
    findings_of,
    readable_from,
    rows_up_to,
)
from service.evidence.signed_notes import opened
from service.evidence.tables import ACCESS_RECORDS, CHECKPOINTS, INCARNATIONS, LEAVES
from service.evidence.verifier.beside import ProcessEnded, is_worth_it, no_circles_sought
from service.evidence.verifier.bundle import BUNDLE_VERSION, entry_line
from service.evidence.verifier_file import verifier_digest
from service.log.errors import as_persistence_errors
from service.log.history import position_at
from service.log.replaying import Row
from service.log.stream_keys import StreamKeys

READ_AT_ONCE = 2000


class NothingToExport(Exception):
    """There is no event, or no place to export to; the message says which."""


class _File(NamedTuple):
    """A file that was written, with its SHA-256."""

    path: str
    digest: str
    size: int


def export(database: Database, notary: Notary, keys: StreamKeys, folder: Path, progress: Progress) -> int:
    """Write everything up to the newest checkpoint into a folder, which appears when it is whole.

    What the events add up to is told by the events themselves, and what of them can be read by trying the keys; nobody
    is erased meanwhile. Answers how many events that are. Raises `NothingToExport`, and `UnusableKey`.
    """
    if folder.exists():
        raise NothingToExport(f"{folder} is there already; name a folder that is not")
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        with (
            no_circles_sought(),
            database.alone(),
            as_persistence_errors(),
            database.reading() as connection,
            closing(findings_of(connection, keys, are_many=is_worth_it(position_at(connection)))) as findings,
        ):
            note = notary.checkpoint(is_of_every_look=True)
            if note is None:
                raise NothingToExport("nothing was recorded yet")
            (unfinished / "checkpoints").mkdir(parents=True)
            verifiers = notary.verifiers()
            checkpoint = Checkpoint.parse(opened(note, verifiers))
            size, write = checkpoint.size, partial(_written, unfinished)
            files = [
                write("entries.jsonl", _lines(rows_up_to(connection, size, progress), findings)),
                write("readable-from.txt", _readable(readable_from(connection, keys, findings.tried(), size))),
                write("leaves.bin", _leaves(connection, size)),
                write("access.jsonl", _accesses(connection)),
                write("lives.jsonl", _incarnations(connection)),
                write("keys.txt", (f"{verifier}\n".encode() for verifier in verifiers)),
            ]
            for number, signed in _checkpoints(connection, note):
                files.append(write(f"checkpoints/{number:08}", [signed.encode()]))
            told = [f"events {size}", f"verifier {verifier_digest()}", *findings.added_up().lines]
        lines = [BUNDLE_VERSION, *told, *(f"file {each.digest} {each.size} {each.path}" for each in sorted(files))]
        write("manifest", [notary.signed("".join(f"{line}\n" for line in lines)).encode()])
        unfinished.replace(folder)
    except ProcessEnded as error:
        raise NothingToExport(
            f"{error}, killed perhaps or for want of memory; nothing was exported: try again"
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return size


def _lines(batches: Iterable[Sequence[Row]], findings: Findings | FindingsBeside) -> Iterator[bytes]:
    for rows in batches:
        findings.add(rows)
        yield b"".join(map(entry_line, entries_of(rows)))


def _readable(readable: Mapping[str, int]) -> Iterator[bytes]:
    for stream, since in sorted(readable.items()):
        yield f"{stream} {since}\n".encode()


def _leaves(connection: Connection, size: int) -> Iterator[bytes]:
    for start in range(0, size, READ_AT_ONCE):
        upto = min(start + READ_AT_ONCE, size)
        yield b"".join(bytes(leaf) for (leaf,) in _LEAVES.tuples(connection, {"start": start, "upto": upto}))


def _accesses(connection: Connection) -> Iterator[bytes]:
    """All access records, those too that came after the checkpoint: it says how many it seals."""
    end = last_number(connection)
    for start in range(0, end, READ_AT_ONCE):
        number = ACCESS_RECORDS.c.number
        upto = min(start + READ_AT_ONCE, end)
        query = select(ACCESS_RECORDS).where(number > start, number <= upto).order_by(number)
        for *record, kept in connection.execute(query):
            yield json.dumps([*record, b64encode(bytes(kept)).decode()], ensure_ascii=False).encode() + b"\n"


def _incarnations(connection: Connection) -> Iterator[bytes]:
    """The incarnations of the log, each with the note that was signed last before it."""
    columns = INCARNATIONS.c.number, INCARNATIONS.c.began_at, INCARNATIONS.c.instance, INCARNATIONS.c.last_note
    for incarnation in connection.execute(select(*columns).order_by(INCARNATIONS.c.number)):
        yield json.dumps([*incarnation], ensure_ascii=False).encode() + b"\n"


def _checkpoints(connection: Connection, last: str) -> Iterator[tuple[int, str]]:
    """All checkpoints up to one, with their numbers."""
    for number, note in connection.execute(
        select(CHECKPOINTS.c.number, CHECKPOINTS.c.note).order_by(CHECKPOINTS.c.number)
    ):
        yield number, note
        if note == last:
            return


def _written(folder: Path, path: str, blocks: Iterable[bytes]) -> _File:
    hashed, size = sha256(), 0
    with (folder / path).open("wb") as file:
        for block in blocks:
            file.write(block)
            hashed.update(block)
            size += len(block)
    return _File(path, hashed.hexdigest(), size)


_UP_TO = LEAVES.c.position > bindparam("start"), LEAVES.c.position <= bindparam("upto")
_LEAVES = Statement(select(LEAVES.c.hash).where(*_UP_TO).order_by(LEAVES.c.position))
