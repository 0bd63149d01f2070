"""The tree flows in and checkpoints flow out: its size and root, signed, for others to keep."""

from __future__ import annotations

import fcntl
import os
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, insert, select

from projections.rows import Row
from service.clock import Clock, timestamp
from service.database import Database
from service.evidence.keys import adopt_next_key, begin_next_key, retired_keys, signing_keys
from service.evidence.notes import BrokenNote, Signer, Verifier, is_signed_by, opened, sign
from service.evidence.sealer import seal
from service.evidence.tree import Tree
from service.key_files import UnusableKey, beside
from service.log.errors import as_persistence_errors
from service.log.tables import ACCESS_RECORDS, CHECKPOINTS, INCARNATIONS, TREE_HEAD
from service.settings import Settings


class NotTheSameLog(Exception):
    """The log is not the one of which a checkpoint was signed before; the message says what to do."""


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint says: which log, how large, and the root over its leaves; ``access`` is that line, if any."""

    origin: str
    size: int
    root: bytes
    access: str | None = None

    @property
    def accesses(self) -> int:
        """How many access records it seals."""
        return int(self.access.split(" ")[1]) if self.access else 0

    def __str__(self) -> str:
        lines = [self.origin, str(self.size), b64encode(self.root).decode()]
        return "".join(f"{line}\n" for line in [*lines, *filter(None, [self.access])])

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """A checkpoint's text, without its signatures. Raises `BrokenNote`."""
        try:
            origin, size, root, *others = text.splitlines()
            return cls(origin, int(size), b64decode(root, validate=True), next(iter(others), None))
        except ValueError:
            raise BrokenNote("this is a signed note, but no checkpoint") from None


class Notary:
    """Signs the log's checkpoints, and never one that contradicts what was signed before.

    What was signed last is kept beside the key, outside the database: so it is noticed where an older database is
    put in the place of the one that was signed.
    """

    def __init__(self, database: Database, clock: Clock, settings: Settings) -> None:
        self._database = database
        self._clock = clock
        self._host = settings.log_host
        self._file = settings.checkpoint_file
        self._key_path = settings.signing_key or beside(database, "signing-key")

    def verifier(self) -> Verifier:
        """The public key, under the name of this log. Raises `UnusableKey` where the database is only read."""
        if self._database.is_read_only:
            raise UnusableKey("a service that is only read signs nothing; ask the one that signed for its key")
        with self._database.reading() as connection:
            incarnation = _incarnation(connection)
        if incarnation is None:
            self.checkpoint()
            return self.verifier()
        return self._signers(incarnation["instance"])[0].verifier

    def verifiers(self) -> list[Verifier]:
        """All keys that ever signed: the present one, the next one where one follows, and those before."""
        first = self.verifier()
        with self._database.reading() as connection:
            incarnation = _incarnation(connection)
        assert incarnation is not None
        return list(dict.fromkeys([first, *self._known(incarnation["instance"])]))

    def begin_next_key(self) -> Verifier:
        """Make the key that is to follow, and let both sign from now on. Answers its public half."""
        with self._alone_with_key():
            begin_next_key(self._key_path)
        self.checkpoint()
        return self.verifiers()[1]

    def adopt_next_key(self) -> Verifier:
        """Let the next key sign alone, once both have signed where the log has come to. Answers its public half."""
        self.checkpoint()
        with self._alone_with_key():
            adopt_next_key(self._key_path, str(self.verifier()))
        return self.verifier()

    def checkpoint(self) -> str | None:
        """Seal what is not sealed, and sign the tree where it has grown. Answers the newest checkpoint's note.

        None while the log is empty. Raises `NotTheSameLog`. Where the database is only read, nothing is signed.
        """
        if self._database.is_read_only:
            with as_persistence_errors(), self._database.reading() as connection:
                return last_note(connection)
        seal(self._database)
        with as_persistence_errors(), self._alone_with_key():
            with self._database.reading() as connection:
                last = last_note(connection)
                if last is not None and not self._has_grown(connection):
                    self._publish(last)
                    return last
            with self._database.writing() as connection:
                note = self._signed(connection)
            if note is not None:
                self._remember(note)
                self._publish(note)
            return note

    def signed(self, text: str) -> str:
        """Any other text as a note that this log has signed; something must have been recorded."""
        with self._database.reading() as connection:
            incarnation = _incarnation(connection)
        assert incarnation is not None
        return sign(text, self._signers(incarnation["instance"]))

    def begin_incarnation(self) -> int:
        """Let a new life of the log begin, after a restore: what was signed last is kept as evidence. Its number."""
        with as_persistence_errors(), self._alone_with_key(), self._database.writing() as connection:
            current = _incarnation(connection)
            number = current["number"] + 1 if current else 1
            instance = current["instance"] if current else secrets.token_hex(8)
            self._begin(connection, number, instance, self._remembered())
            return number

    def _signed(self, connection: Connection) -> str | None:
        size = connection.execute(select(TREE_HEAD.c.size).with_for_update()).scalar_one()
        if size == 0:
            return None
        incarnation = _incarnation(connection)
        if incarnation is None:
            self._begin(connection, 1, secrets.token_hex(8), None)
            incarnation = _incarnation(connection)
            assert incarnation is not None
        signers = self._signers(incarnation["instance"])
        checkpoint = Checkpoint(
            f"{signers[0].name}/{incarnation['number']}", size, Tree(connection).root(size), _access(connection)
        )
        self._check_follows(connection, checkpoint, self._known(incarnation["instance"]))
        note = sign(str(checkpoint), signers)
        values = {"incarnation": incarnation["number"], "size": size, "signed_at": timestamp(self._clock())}
        number = connection.execute(select(CHECKPOINTS.c.number).order_by(CHECKPOINTS.c.number.desc())).scalar() or 0
        connection.execute(insert(CHECKPOINTS).values(number=number + 1, note=note, **values))
        return note

    def _check_follows(self, connection: Connection, checkpoint: Checkpoint, known: list[Verifier]) -> None:
        """Raise `NotTheSameLog` unless the tree holds what was signed before, in this life of the log."""
        for note in filter(None, [self._remembered(), last_note(connection)]):
            if note.partition("\n")[0] != checkpoint.origin:
                continue
            before = Checkpoint.parse(opened(note, known))
            if before.size > checkpoint.size or Tree(connection).root(before.size) != before.root:
                raise NotTheSameLog(
                    f"a checkpoint of {before.size} events was signed before, and this log does not continue it; where "
                    'it was restored from a backup, "leadledger audit incarnation" lets a new life of it begin'
                )

    def _has_grown(self, connection: Connection) -> bool:
        sizes = select(CHECKPOINTS.c.size, CHECKPOINTS.c.incarnation).order_by(CHECKPOINTS.c.number.desc()).limit(1)
        size, number = connection.execute(sizes).one()
        incarnation = _incarnation(connection)
        same_life = incarnation is not None and incarnation["number"] == number
        last = last_note(connection)
        if not same_life or Tree(connection).size != size or self._remembered() != last:
            return True
        signers = self._signers(incarnation["instance"]) if incarnation else []
        return last is not None and not all(is_signed_by(last, signer.verifier) for signer in signers)

    def _begin(self, connection: Connection, number: int, instance: str, last: str | None) -> None:
        values = {"number": number, "began_at": timestamp(self._clock()), "instance": instance, "last_note": last}
        connection.execute(insert(INCARNATIONS).values(values))

    def _signers(self, instance: str) -> list[Signer]:
        return [Signer(f"{self._host}/{instance}", key) for key in signing_keys(self._key_path)]

    def _known(self, instance: str) -> list[Verifier]:
        before = map(Verifier.parse, retired_keys(self._key_path))
        return [*(signer.verifier for signer in self._signers(instance)), *before]

    def _alone_with_key(self) -> _Turn:
        return _Turn(self._key_path.with_name(f"{self._key_path.name}.lock"))

    @property
    def _last_path(self) -> Path:
        return self._key_path.with_name(f"{self._key_path.name}.last")

    def _remembered(self) -> str | None:
        return self._last_path.read_text("utf-8") if self._last_path.exists() else None

    def _remember(self, note: str) -> None:
        unfinished = self._last_path.with_name(f"{self._last_path.name}.new")
        _write(unfinished, note, "w")
        unfinished.replace(self._last_path)

    def _publish(self, note: str) -> None:
        """Add a checkpoint to the file that only grows, where one is configured and it is not there already."""
        if self._file is None:
            return
        entry = f"{note}\n"
        if not (self._file.exists() and self._file.read_text("utf-8").endswith(entry)):
            _write(self._file, entry, "a")


class _Turn:
    """One at a time signs, over all processes that share the key. Raises `UnusableKey` where none can be kept."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        try:
            self._file = self._path.open("a")
        except OSError as error:
            raise UnusableKey(f"the key cannot be kept at {self._path.parent}: {error.strerror}") from None
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self._file.close()


def last_note(connection: Connection) -> str | None:
    """The note of the checkpoint that was signed last."""
    query = select(CHECKPOINTS.c.note).order_by(CHECKPOINTS.c.number.desc()).limit(1)
    note: str | None = connection.execute(query).scalar()
    return note


def note_of_size(connection: Connection, size: int) -> str | None:
    """The note of the newest checkpoint of a size; None where none was signed at that size."""
    query = select(CHECKPOINTS.c.note).where(CHECKPOINTS.c.size == size).order_by(CHECKPOINTS.c.number.desc())
    note: str | None = connection.execute(query.limit(1)).scalar()
    return note


def _incarnation(connection: Connection) -> Row | None:
    found = connection.execute(select(INCARNATIONS).order_by(INCARNATIONS.c.number.desc()).limit(1)).mappings().first()
    return None if found is None else dict(found)


def _access(connection: Connection) -> str | None:
    """The line that seals who looked: how many reads were noted, and the last one's hash, which covers all."""
    query = select(ACCESS_RECORDS.c.number, ACCESS_RECORDS.c.hash).order_by(ACCESS_RECORDS.c.number.desc()).limit(1)
    last = connection.execute(query).first()
    return None if last is None else f"access {last.number} {b64encode(bytes(last.hash)).decode()}"


def _write(path: Path, text: str, mode: str) -> None:
    with path.open(mode, encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
