"""Signs checkpoints of the log, and refuses to sign one that contradicts an earlier one."""

from __future__ import annotations

import logging
import secrets
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection, insert, select

from service.clock import Clock, timestamp
from service.database.database import Database
from service.database.key_files import UnusableKey, beside
from service.database.private_files import append, ends_with
from service.evidence.access import last_number
from service.evidence.checkpoints import (
    Checkpoint,
    LogOrigin,
    LogTooShort,
    NotTheSameLog,
    Restart,
    is_of_log,
    is_since,
    last_note,
    latest,
    notes_of_size,
    present_incarnation,
)
from service.evidence.keys import Keys, adopt_next_key, begin_next_key, make_signing_key, retired_keys, signing_keys
from service.evidence.note_lines import Signing, lines_of
from service.evidence.sealer import Unsealable, seal
from service.evidence.signed_before import SignedBefore
from service.evidence.signed_notes import Signer, Verifier, is_signed_by, sign
from service.evidence.signer_memory import SignerMemory
from service.evidence.stream_heads import StreamHeads, heads_at
from service.evidence.tables import CHECKPOINTS, INCARNATIONS
from service.evidence.tree import StoredTree
from service.evidence.tree_check import NOTHING, SignedTree, grown
from service.log.errors import as_persistence_errors
from service.settings import Settings

ACCESS_SECONDS = 3600
"""How often new records of who looked are signed by themselves, where nothing else happens."""

_log = logging.getLogger("leadledger")


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
        self._before = SignedBefore(self._key_path)

    def has_signed(self) -> bool:
        """Whether anything was signed before, as the database or the file beside the key tells."""
        with as_persistence_errors(), self._database.reading() as connection:
            return self._before.exists(connection)

    def verifier(self) -> Verifier:
        """The public key, under the name of this log. Raises `UnusableKey` where the database is only read."""
        if self._database.is_read_only:
            raise UnusableKey("a service that is only read signs nothing; ask the one that signed for its key")
        with self._database.reading() as connection:
            present = present_incarnation(connection)
        if present is None:
            self.checkpoint()
            return self.verifier()
        return self._signers(present["instance"])[0].verifier

    def verifiers(self) -> list[Verifier]:
        """All keys that ever signed: the present one, the next one where one follows, and those before."""
        first = self.verifier()
        with self._database.reading() as connection:
            present = present_incarnation(connection)
        assert present is not None
        signing = [signer.verifier for signer in self._signers(present["instance"])]
        return list(dict.fromkeys([first, *signing, *retired_keys(self._key_path)]))

    def begin_next_key(self) -> Verifier:
        """Make the key that is to follow, and let both sign from now on. Answers its public half."""
        with self._memory.alone():
            begin_next_key(self._key_path)
        self.checkpoint()
        return self.verifiers()[1]

    def adopt_next_key(self) -> Verifier:
        """Let the next key sign alone, once both have signed where the log has come to. Answers its public half."""
        self.checkpoint()
        with self._memory.alone():
            adopt_next_key(self._key_path, self._checked_signers()[0].verifier)
        return self.verifier()

    def check(self) -> Checkpoint | None:
        """Raise an `Obstacle` where what comes to the log now could not be signed.

        That is where the key that signed is not there or another one, or where the log does not continue what was
        signed. Answers the last checkpoint of this incarnation of the log, where one was signed.
        """
        try:
            return self._checked()
        except LogTooShort:
            seal(self._database)  # leaves do not wait for the disk: a power cut may have taken some
            return self._checked()

    def checkpoint(self, *, is_of_every_look: bool = False, since: datetime | None = None) -> str | None:
        """Seal what is not sealed, and sign the tree where it has grown. Answers the newest checkpoint's note.

        Records of who looked make a checkpoint by themselves where `ACCESS_SECONDS` have passed since the last one, or
        where it has to be ``is_of_every_look``; a moment does that it has to be signed ``since``. What came since the
        last one is made of the events again, not believed of the stored tree: so this costs what sealing them does.
        None while the log is empty. Raises an `Obstacle`. Where the database is only read, nothing is signed.
        """
        if self._database.is_read_only:
            with as_persistence_errors(), self._database.reading() as connection:
                return last_note(connection)
        if seal(self._database) == 0:
            return None
        with as_persistence_errors(), self._memory.alone():
            with self._database.reading() as connection:
                if not self._before.exists(connection):
                    make_signing_key(self._key_path)
                signing = signing_keys(self._key_path)  # once: another file may take its place meanwhile
                last = self._before.check(connection, signing)
                is_due = self._is_due(connection, signing, last, is_of_every_look)
                note = None if is_due or not is_since(last, since) else last_note(connection)
                if note is None:
                    tree = grown(connection, last.tree if last else NOTHING, StoredTree(connection).size)
                    heads = heads_at(connection, last, tree.size)
            if note is None:
                with self._database.writing() as connection:
                    note = self._signed(connection, signing, last, SignedTree(tree.size, tree.root), heads)
            self._memory.keep_note(note)
            self._publish(note)
            return note

    def tree_signed(self, size: int) -> SignedTree:
        """What was signed last, of so many events at least: where it was of fewer, that is signed now.

        Raises an `Obstacle`. Of a database that is only read, it is what it holds.
        """
        if self._database.is_read_only:
            with as_persistence_errors(), self._database.reading() as connection:
                note = last_note(connection)
            return NOTHING if note is None else Checkpoint.of(note).tree
        signed = self.check()
        if signed is None or signed.size < size:
            self.checkpoint()
            signed = self.check()
        return NOTHING if signed is None else signed.tree

    def note_of(self, tree: SignedTree) -> str | None:
        """The newest note that this log's signer has signed of a tree; None where there is none.

        Of a database that is only read nobody can tell who has signed it.
        """
        keys = [] if self._database.is_read_only else [verifier.public for verifier in self.verifiers()]
        with as_persistence_errors(), self._database.reading() as connection:
            notes = notes_of_size(connection, tree.size)
        ours = (note for note in notes if self._database.is_read_only or is_of_log(note, keys))
        return next((note for note in ours if Checkpoint.of(note).tree == tree), None)

    def signed(self, text: str) -> str:
        """A text as a signed note of this log; at least one checkpoint must have been signed.

        Raises an `Obstacle` where the key is not the one that signed that.
        """
        return sign(text, self._checked_signers())

    def begin_incarnation(self, *, has_new_key: bool = False) -> int:
        """Begin a new incarnation of the log, after a restore: what was signed last is kept as evidence. Its number.

        With a new key, where the one that signed is lost for good; raises `UnusableKey` where it is there, and
        `TreeAltered` where the events continue what was signed, so that there was no restore.
        """
        with suppress(UnusableKey, NotTheSameLog, Unsealable):
            self.check()
        with as_persistence_errors(), self._memory.alone(), self._database.writing() as connection:
            return self._begin_another(connection, self._memory.note(), has_new_key=has_new_key)

    def begin_restored(self, connection: Connection, *, has_new_key: bool = False) -> Restart | None:
        """Begin a new incarnation of a log that was just restored and sealed, in the transaction that does so.

        The checkpoint that was signed last stays as evidence: the one kept beside the key or, where that is lost or
        older, the backup's own. Both must fit the log, but for one of another incarnation. None where nothing was ever
        signed. Raises as `begin_incarnation` does, and `NotTheSameLog`.
        """
        with self._memory.alone():
            kept = last_note(connection)
            proved = self._before.proved(connection, kept, is_key_lost=has_new_key)
            other = self._before.contradicting(connection, kept)
            if (last := latest(self._memory.note(), kept)) is None:
                return None
            number = self._begin_another(connection, last, has_new_key=has_new_key)
            return Restart(number, Checkpoint.of(last).size, proved, other)

    def _begin_another(self, connection: Connection, last: str | None, *, has_new_key: bool) -> int:
        present = present_incarnation(connection)
        number, instance = (present["number"], present["instance"]) if present else (0, secrets.token_hex(8))
        number = max([number, *self._before.incarnations_of(instance, last)])
        if has_new_key:
            if self._key_path.exists():
                raise UnusableKey(f"{self._key_path} is there; move it away first, if it is not the key that signed")
            make_signing_key(self._key_path)
        elif self._before.exists(connection):
            self._signers(instance)
        self._begin(connection, number + 1, instance, last)
        return number + 1

    def _signed(
        self, connection: Connection, signing: Keys, last: Checkpoint | None, tree: SignedTree, heads: StreamHeads
    ) -> str:
        if present_incarnation(connection) is None:
            self._begin(connection, 1, secrets.token_hex(8), None)
        present = present_incarnation(connection)
        assert present is not None
        signers = self._signers(present["instance"], signing)
        origin = f"{signers[0].name}/{present['number']}"
        now = self._clock()
        lines = lines_of(Signing(connection, tree.size, now, signers, last, heads))
        note = sign(str(Checkpoint(origin, tree.size, tree.root, lines)), signers)
        values = {"incarnation": present["number"], "size": tree.size, "signed_at": timestamp(now)}
        number = connection.execute(select(CHECKPOINTS.c.number).order_by(CHECKPOINTS.c.number.desc())).scalar() or 0
        connection.execute(insert(CHECKPOINTS).values(number=number + 1, note=note, **values))
        return note

    def kept(self) -> list[Checkpoint]:
        """As `SignedBefore.kept`."""
        with as_persistence_errors(), self._database.reading() as connection:
            return self._before.kept(connection)

    def _checked(self) -> Checkpoint | None:
        with as_persistence_errors(), self._database.reading() as connection:
            return self._before.check(connection)

    def _checked_signers(self) -> list[Signer]:
        """Who signs now and has signed this log; the key is read once, since another may take its place."""
        signing = signing_keys(self._key_path)
        with as_persistence_errors(), self._database.reading() as connection:
            self._before.check(connection, signing)
            present = present_incarnation(connection)
        assert present is not None
        return self._signers(present["instance"], signing)

    def _is_due(self, connection: Connection, signing: Keys, last: Checkpoint | None, every_look: bool) -> bool:
        """Whether a checkpoint is to be signed: of more events, by more keys, of a new incarnation, of who looked."""
        present, note = present_incarnation(connection), last_note(connection)
        if last is None or last.streams is None or present is None or note is None:
            return True
        signers = self._signers(present["instance"], signing)
        if StoredTree(connection).size != last.size or not all(is_signed_by(note, each.verifier) for each in signers):
            return True
        if last_number(connection) == last.accesses:
            return False
        since = self._clock().timestamp() - (last.time or 0)
        return every_look or since >= ACCESS_SECONDS

    def _begin(self, connection: Connection, number: int, instance: str, last: str | None) -> None:
        self._memory.keep_incarnation(LogOrigin(f"{self._host}/{instance}", number))
        values = {"number": number, "began_at": timestamp(self._clock()), "instance": instance, "last_note": last}
        connection.execute(insert(INCARNATIONS).values(values))

    def _signers(self, instance: str, signing: Keys | None = None) -> list[Signer]:
        return [Signer(f"{self._host}/{instance}", key) for key in signing or signing_keys(self._key_path)]

    @property
    def _memory(self) -> SignerMemory:
        return SignerMemory(self._key_path)

    def _publish(self, note: str) -> None:
        """Add a checkpoint to the file that only grows, where one is configured and it is not there already."""
        if self._file is None:
            return
        entry = f"{note}\n".encode()
        try:
            if not ends_with(self._file, entry):
                append(self._file, entry)
        except OSError:
            _log.exception("the checkpoint cannot be published to %s", self._file)
