"""Exports the sealed log with its checkpoints and keys into a folder that anybody can check."""

from __future__ import annotations

import json
import shutil
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, select

from service.database.database import Database
from service.evidence.access import last_number
from service.evidence.checkpoints import Checkpoint
from service.evidence.notary import Notary
from service.evidence.readability import Progress, Trial
from service.evidence.signed_notes import opened
from service.evidence.tables import ACCESS_RECORDS, CHECKPOINTS, INCARNATIONS, LEAVES
from service.evidence.verifier.bundle import BUNDLE_VERSION, entry_line
from service.evidence.verifier.events import Entry
from service.evidence.verifier.totals import Totals
from service.evidence.verifier_file import verifier_digest
from service.log.errors import as_persistence_errors
from service.log.stream_keys import StreamKeys
from service.log.tables import EVENTS

READ_AT_ONCE = 2000


class NothingToExport(Exception):
    """There is no event, or no place to export to; the message says which."""


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
        with database.alone(), as_persistence_errors(), database.reading() as connection:
            note = notary.checkpoint(is_of_every_look=True)
            if note is None:
                raise NothingToExport("nothing was recorded yet")
            (unfinished / "checkpoints").mkdir(parents=True)
            verifiers = notary.verifiers()
            checkpoint = Checkpoint.parse(opened(note, verifiers))
            trial, totals = Trial(connection, keys), Totals()
            _write(unfinished / "entries.jsonl", _lines(trial, totals, checkpoint.size, progress))
            _write(unfinished / "readable-from.txt", _readable_from(trial, checkpoint.size))
            _write(unfinished / "leaves.bin", _leaves(connection, checkpoint.size))
            _write(unfinished / "access.jsonl", _accesses(connection))
            _write(unfinished / "lives.jsonl", _lives(connection))
            _write(unfinished / "keys.txt", iter(f"{verifier}\n".encode() for verifier in verifiers))
            for number, signed in _checkpoints(connection, note):
                _write(unfinished / "checkpoints" / f"{number:08}", iter([signed.encode()]))
        told = [f"events {checkpoint.size}", f"verifier {verifier_digest()}", *totals.lines()]
        lines = [BUNDLE_VERSION, *told, *_files(unfinished)]
        _write(unfinished / "manifest", iter([notary.signed("".join(f"{line}\n" for line in lines)).encode()]))
        unfinished.replace(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return checkpoint.size


def _lines(trial: Trial, totals: Totals, size: int, progress: Progress) -> Iterator[bytes]:
    for entry in trial.entries(size, progress):
        totals.add([entry])
        yield entry_line(entry)


def _readable_from(trial: Trial, size: int) -> Iterator[bytes]:
    for stream, version in sorted(trial.readable_from(size).items()):
        yield f"{stream} {version}\n".encode()


def entries(connection: Connection, size: int) -> Iterator[Entry]:
    """The first events of the log, byte for byte as they are stored."""
    columns = EVENTS.c.position, EVENTS.c.stream_id, EVENTS.c.version, EVENTS.c.topic, EVENTS.c.state
    for start in range(0, size, READ_AT_ONCE):
        upto = min(start + READ_AT_ONCE, size)
        query = select(*columns).where(EVENTS.c.position > start, EVENTS.c.position <= upto).order_by(EVENTS.c.position)
        for position, stream_id, version, topic, state in connection.execute(query):
            yield Entry(position, stream_id, version, topic, bytes(state), version - 1 or None)


def _leaves(connection: Connection, size: int) -> Iterator[bytes]:
    for start in range(0, size, READ_AT_ONCE):
        upto = min(start + READ_AT_ONCE, size)
        query = select(LEAVES.c.hash).where(LEAVES.c.position > start, LEAVES.c.position <= upto)
        yield b"".join(bytes(leaf) for leaf in connection.execute(query.order_by(LEAVES.c.position)).scalars())


def _accesses(connection: Connection) -> Iterator[bytes]:
    """All access records, those too that came after the checkpoint: it says how many it seals."""
    end = last_number(connection)
    for start in range(0, end, READ_AT_ONCE):
        number = ACCESS_RECORDS.c.number
        upto = min(start + READ_AT_ONCE, end)
        query = select(ACCESS_RECORDS).where(number > start, number <= upto).order_by(number)
        for *record, kept in connection.execute(query):
            yield json.dumps([*record, b64encode(bytes(kept)).decode()], ensure_ascii=False).encode() + b"\n"


def _lives(connection: Connection) -> Iterator[bytes]:
    """The lives of the log, each with the note that was signed last before it."""
    columns = INCARNATIONS.c.number, INCARNATIONS.c.began_at, INCARNATIONS.c.instance, INCARNATIONS.c.last_note
    for life in connection.execute(select(*columns).order_by(INCARNATIONS.c.number)):
        yield json.dumps([*life], ensure_ascii=False).encode() + b"\n"


def _checkpoints(connection: Connection, last: str) -> Iterator[tuple[int, str]]:
    """All checkpoints up to one, with their numbers."""
    for number, note in connection.execute(
        select(CHECKPOINTS.c.number, CHECKPOINTS.c.note).order_by(CHECKPOINTS.c.number)
    ):
        yield number, note
        if note == last:
            return


def _files(folder: Path) -> Iterator[str]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        hashed = sha256()
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                hashed.update(block)
        yield f"file {hashed.hexdigest()} {path.stat().st_size} {path.relative_to(folder).as_posix()}"


def _write(path: Path, blocks: Iterator[bytes]) -> None:
    with path.open("wb") as file:
        for block in blocks:
            file.write(block)
