"""Signs checkpoints of the log, and refuses to sign one that contradicts an earlier one."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, insert, select

from service.clock import Clock, timestamp
from service.database.database import Database
from service.database.key_files import UnusableKey, beside, read, usable
from service.database.private_files import append, open_lock, replace
from service.evidence.checkpoints import (
    Checkpoint,
    Life,
    NotTheSameLog,
    check_continues,
    check_holds,
    incarnation,
    last_note,
)
from service.evidence.keys import adopt_next_key, begin_next_key, make_signing_key, retired_keys, signing_keys
from service.evidence.note_lines import Signing, lines_of
from service.evidence.sealer import seal
from service.evidence.signed_notes import BrokenNote, Signer, Verifier, is_signed_by, sign
from service.evidence.tables import CHECKPOINTS, INCARNATIONS, TREE_HEAD
from service.evidence.tree import StoredTree
from service.log.errors import as_persistence_errors
from service.settings import Settings

_log = logging.getLogger("leadledger")


@dataclass(frozen=True)
class Restart:
    """A life of the log that began with a restore, and the size that had been signed last before."""

    number: int
    signed: int


class Notary:
    """Signs the log's checkpoints.

    What was signed last is kept beside the key, outside the database: so it is noticed where an older database is
    put in the place of the one that was signed. A checkpoint is handed out only when the transaction that keeps it is
    durable, and with it everything that it covers.
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
            present = incarnation(connection)
        if present is None:
            self.checkpoint()
            return self.verifier()
        return self._signers(present["instance"])[0].verifier

    def verifiers(self) -> list[Verifier]:
        """All keys that ever signed: the present one, the next one where one follows, and those before."""
        first = self.verifier()
        with self._database.reading() as connection:
            present = incarnation(connection)
        assert present is not None
        signing = [signer.verifier for signer in self._signers(present["instance"])]
        return list(dict.fromkeys([first, *signing, *retired_keys(self._key_path)]))

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
            adopt_next_key(self._key_path, self._checked_signers()[0].verifier)
        return self.verifier()

    def check(self) -> Checkpoint | None:
        """Raise an `Obstacle` where what comes to the log now could not be signed.

        That is where the key that signed is not there or another one, or where the log does not continue what was
        signed. Answers the last checkpoint of this life of the log, where one was signed.
        """
        try:
            return self._checked()
        except NotTheSameLog:
            seal(self._database)  # leaves do not wait for the disk: a power cut may have taken some
            return self._checked()

    def checkpoint(self) -> str | None:
        """Seal what is not sealed, and sign the tree where it has grown. Answers the newest checkpoint's note.

        None while the log is empty. Raises an `Obstacle`. Where the database is only read, nothing is signed.
        """
        if self._database.is_read_only:
            with as_persistence_errors(), self._database.reading() as connection:
                return last_note(connection)
        seal(self._database)
        with as_persistence_errors(), self._alone_with_key():
            with self._database.reading() as connection:
                note = None if self._has_grown(connection) else last_note(connection)
                if note is not None:
                    self._check(connection)
            if note is None:
                with self._database.writing() as connection:
                    note = self._signed(connection)
            if note is not None:
                self._remember(note)
                self._publish(note)
            return note

    def signed(self, text: str) -> str:
        """A text as a signed note of this log; at least one checkpoint must have been signed.

        Raises an `Obstacle` where the key is not the one that signed that.
        """
        return sign(text, self._checked_signers())

    def begin_incarnation(self, *, has_new_key: bool = False) -> int:
        """Let a new life of the log begin, after a restore: what was signed last is kept as evidence. Its number.

        With a new key, where the one that signed is lost for good; raises `UnusableKey` where it is there.
        """
        with as_persistence_errors(), self._alone_with_key(), self._database.writing() as connection:
            return self._begin_another(connection, self._remembered(), has_new_key=has_new_key)

    def begin_restored(self, connection: Connection, *, has_new_key: bool = False) -> Restart | None:
        """Let a new life begin of a log that was just restored and sealed, in the transaction that does so.

        The checkpoint that was signed last stays as evidence: the one kept beside the key or, where that is lost, the
        backup's own, which must fit the log in any case. None where nothing was ever signed. Raises as
        `begin_incarnation` does, and `NotTheSameLog`.
        """
        with self._alone_with_key():
            kept, remembered = last_note(connection), self._remembered()
            if kept is not None and has_new_key:
                check_holds(connection, Checkpoint.of(kept))
            elif kept is not None:
                if not self._key_path.exists():
                    raise UnusableKey(
                        f"{self._key_path} is not there, and signed this log before; put it back, or name it with "
                        'LEADLEDGER_SIGNING_KEY; where it is lost for good: "leadledger restore --new-key"'
                    )
                self._check_note(connection, kept, signing_keys(self._key_path))
            last = remembered or kept
            if last is None:
                return None
            number = self._begin_another(connection, last, has_new_key=has_new_key)
            return Restart(number, Checkpoint.of(last).size)

    def _begin_another(self, connection: Connection, last: str | None, *, has_new_key: bool) -> int:
        present = incarnation(connection)
        number, instance = (present["number"], present["instance"]) if present else (0, secrets.token_hex(8))
        if last is not None and (life := self._life_of(last)).instance == instance:
            number = max(number, life.number)
        if has_new_key:
            if self._key_path.exists():
                raise UnusableKey(f"{self._key_path} is there; move it away first, if it is not the key that signed")
            make_signing_key(self._key_path)
        elif self._has_signed(connection):
            self._signers(instance)
        self._begin(connection, number + 1, instance, last)
        return number + 1

    def _signed(self, connection: Connection) -> str | None:
        size = connection.execute(select(TREE_HEAD.c.size).with_for_update()).scalar_one()
        if size == 0:
            return None
        if not self._has_signed(connection):
            make_signing_key(self._key_path)
        signing = signing_keys(self._key_path)  # once: another file may take its place, and what signs must be checked
        last = self._check(connection, signing)
        if incarnation(connection) is None:
            self._begin(connection, 1, secrets.token_hex(8), None)
        present = incarnation(connection)
        assert present is not None
        signers = self._signers(present["instance"], signing)
        origin = f"{signers[0].name}/{present['number']}"
        now = self._clock()
        lines = lines_of(Signing(connection, size, now, signers, last))
        note = sign(str(Checkpoint(origin, size, StoredTree(connection).root(size), lines)), signers)
        values = {"incarnation": present["number"], "size": size, "signed_at": timestamp(now)}
        number = connection.execute(select(CHECKPOINTS.c.number).order_by(CHECKPOINTS.c.number.desc())).scalar() or 0
        connection.execute(insert(CHECKPOINTS).values(number=number + 1, note=note, **values))
        return note

    def _checked(self) -> Checkpoint | None:
        with as_persistence_errors(), self._database.reading() as connection:
            return self._check(connection)

    def _check(self, connection: Connection, signing: Sequence[Ed25519PrivateKey] | None = None) -> Checkpoint | None:
        remembered, kept = self._remembered(), last_note(connection)
        if remembered is None and kept is None:
            return None
        signing = signing or signing_keys(self._key_path)
        checkpoint = None
        for note in dict.fromkeys(filter(None, [kept, remembered])):
            checkpoint = self._check_note(connection, note, signing) or checkpoint
        return checkpoint

    def _check_note(self, connection: Connection, note: str, signing: Sequence[Ed25519PrivateKey]) -> Checkpoint | None:
        keys = [key.public_key().public_bytes_raw() for key in signing]
        keys += [key.public for key in retired_keys(self._key_path)]
        try:
            return check_continues(connection, note, keys)
        except BrokenNote as error:
            raise self._not_signed(error) from None

    def _checked_signers(self) -> list[Signer]:
        """Who signs now and has signed this log; the key is read once, since another may take its place."""
        signing = signing_keys(self._key_path)
        with as_persistence_errors(), self._database.reading() as connection:
            self._check(connection, signing)
            present = incarnation(connection)
        assert present is not None
        return self._signers(present["instance"], signing)

    def _has_signed(self, connection: Connection) -> bool:
        return last_note(connection) is not None or self._last_path.exists()

    def _not_signed(self, error: BrokenNote) -> UnusableKey:
        return UnusableKey(
            f"{self._key_path} is not the key that signed this log, or {self._last_path} was altered: {error}",
            "the key that signs is not the one that has signed this log",
        )

    def _has_grown(self, connection: Connection) -> bool:
        sizes = select(CHECKPOINTS.c.size, CHECKPOINTS.c.incarnation).order_by(CHECKPOINTS.c.number.desc()).limit(1)
        last, present, note = connection.execute(sizes).first(), incarnation(connection), last_note(connection)
        if last is None or present is None or note is None:
            return True
        if present["number"] != last.incarnation or StoredTree(connection).size != last.size:
            return True
        return not all(is_signed_by(note, signer.verifier) for signer in self._signers(present["instance"]))

    def _begin(self, connection: Connection, number: int, instance: str, last: str | None) -> None:
        values = {"number": number, "began_at": timestamp(self._clock()), "instance": instance, "last_note": last}
        connection.execute(insert(INCARNATIONS).values(values))

    def _signers(self, instance: str, signing: Sequence[Ed25519PrivateKey] | None = None) -> list[Signer]:
        return [Signer(f"{self._host}/{instance}", key) for key in signing or signing_keys(self._key_path)]

    @contextmanager
    def _alone_with_key(self) -> Iterator[None]:
        """A block that one thread at a time may enter, over all processes that share the key."""
        path = self._key_path.with_name(f"{self._key_path.name}.lock")
        with usable(path):
            turn = open_lock(path)
        with turn:
            flock(turn, LOCK_EX)
            yield

    @property
    def _last_path(self) -> Path:
        return self._key_path.with_name(f"{self._key_path.name}.last")

    def _life_of(self, note: str) -> Life:
        try:
            return Life.of(note)
        except BrokenNote as error:
            raise self._not_signed(error) from None

    def _remembered(self) -> str | None:
        content = read(self._last_path)
        return None if content is None else content.decode(errors="replace")

    def _remember(self, note: str) -> None:
        if note != self._remembered():
            with usable(self._last_path):
                replace(self._last_path, note.encode())

    def _publish(self, note: str) -> None:
        """Add a checkpoint to the file that only grows, where one is configured and it is not there already."""
        if self._file is None:
            return
        entry = f"{note}\n"
        try:
            if not (self._file.exists() and self._file.read_text("utf-8").endswith(entry)):
                append(self._file, entry.encode())
        except OSError:
            _log.exception("the checkpoint cannot be published to %s", self._file)
