"""Checks what a log's signer has signed before: by its key, of this incarnation of the log, and of these events."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from projections.engine.rows import Row
from service.database.key_files import UnusableKey
from service.evidence.checkpoints import (
    Checkpoint,
    LogOrigin,
    LogTooShort,
    NotTheSameLog,
    OtherEvents,
    check_fits,
    is_of_log,
    last_note,
    latest,
    of_this_incarnation,
    present_incarnation,
)
from service.evidence.keys import Keys, retired_keys, signing_keys
from service.evidence.signed_notes import BrokenNote
from service.evidence.signer_memory import SignerMemory
from service.evidence.tree_check import SignedTree
from service.obstacles import Alarm


class SignedBefore:
    """What was signed before of one log, by the key in a file and those that it followed."""

    def __init__(self, key_path: Path) -> None:
        self._key_path = key_path
        self._memory = SignerMemory(key_path)
        self._told = dict[SignedTree, Alarm]()

    def exists(self, connection: Connection) -> bool:
        """Whether anything was signed at all."""
        return last_note(connection) is not None or self._memory.note_path.exists()

    def kept(self, connection: Connection, signing: Keys | None = None) -> list[Checkpoint]:
        """The checkpoints of this incarnation of the log that were signed last: beside the key, and in the database.

        Raises an `Obstacle` where they are not of this log, or not signed by its key.
        """
        remembered, last, present = self._memory.note(), last_note(connection), present_incarnation(connection)
        if remembered is None and last is None:
            return []
        if present is not None:
            self._check_incarnation(present["instance"], present["number"], remembered)
            self._check_ended(present, remembered)
        found = [self._opened(present, note, signing) for note in dict.fromkeys(filter(None, [last, remembered]))]
        return [checkpoint for checkpoint in found if checkpoint is not None]

    def check(self, connection: Connection, signing: Keys | None = None) -> Checkpoint | None:
        """The last checkpoint of this incarnation of the log; None where none was signed.

        Raises as `kept` does, `NotTheSameLog` where the log does not continue it, and `TreeAltered` where the events do
        and the tree over them does not; to tell that, all events are read, once in a process.
        """
        kept = self.kept(connection, signing)
        for checkpoint in kept:
            self._check_fits(connection, checkpoint)
        return max(kept, key=lambda checkpoint: (checkpoint.size, checkpoint.accesses), default=None)

    def proved(self, connection: Connection, kept: str | None, *, is_key_lost: bool) -> int:
        """How many events of a log that was just restored and sealed are proved by the backup's last checkpoint.

        None are where that is of an incarnation that has ended and no key is known that signed it; who signed it cannot
        be told where the key is lost. Raises as `kept` does, and `NotTheSameLog` where it is of other events, whichever
        incarnation it is of.
        """
        if kept is None:
            return 0
        if not is_key_lost and not self._key_path.exists():
            raise UnusableKey(
                f"{self._key_path} is not there, and signed this log before; put it back, or name it with "
                'LEADLEDGER_SIGNING_KEY; where it is lost for good: "leadledger restore --new-key"'
            )
        is_known = is_key_lost or self._opened(present_incarnation(connection), kept) is not None
        if not is_known and not is_of_log(kept, self._public()):
            return 0
        signed = Checkpoint.of(kept)
        check_fits(connection, signed.tree)
        return signed.size

    def contradicting(self, connection: Connection, kept: str | None) -> Checkpoint | None:
        """What was signed last, beside the key, where a restored log is long enough and has other events.

        That is so where an older incarnation of the log is restored in the place of one that went another way. Raises
        `NotTheSameLog` where it is of the incarnation that was restored: of that no other events were ever signed.
        """
        remembered, present = self._memory.note(), present_incarnation(connection)
        if remembered is None:
            return None
        try:
            origin, signed = LogOrigin.of(remembered), Checkpoint.of(remembered)
            check_fits(connection, signed.tree)
        except BrokenNote as error:
            raise self._not_signed(error) from None
        except LogTooShort:
            return None
        except NotTheSameLog:
            restored = [(present["instance"], present["number"])] if present is not None else []
            restored += [(of.instance, of.number) for of in map(LogOrigin.of, filter(None, [kept]))]
            if (origin.instance, origin.number) in restored:
                raise
            return signed if latest(remembered, kept) == remembered else None
        return None

    def incarnations_of(self, instance: str, note: str | None) -> list[int]:
        """The incarnations of a log that were begun, or of which a note is, as is known outside the database."""
        try:
            incarnations = [self._memory.incarnation(), LogOrigin.of(note) if note is not None else None]
        except BrokenNote as error:
            raise self._not_signed(error) from None
        return [each.number for each in incarnations if each is not None and each.instance == instance]

    def _opened(self, present: Row | None, note: str, signing: Keys | None = None) -> Checkpoint | None:
        try:
            return of_this_incarnation(present, note, self._public(signing))
        except BrokenNote as error:
            raise self._not_signed(error) from None

    def _public(self, signing: Keys | None = None) -> list[bytes]:
        """The public keys that sign or signed before."""
        keys = [key.public_key().public_bytes_raw() for key in signing or signing_keys(self._key_path)]
        return keys + [key.public for key in retired_keys(self._key_path)]

    def _check_fits(self, connection: Connection, checkpoint: Checkpoint) -> None:
        try:
            check_fits(connection, checkpoint.tree)
        except OtherEvents as differs:
            if differs.signed not in self._told:
                self._told[differs.signed] = differs.told_by_events(connection)
            raise self._told[differs.signed] from None

    def _check_incarnation(self, instance: str, number: int, note: str | None) -> None:
        """Raise `NotTheSameLog` where an incarnation began in the database only, by nobody who has the key."""
        numbers = self.incarnations_of(instance, note)
        if numbers and number > (last := max(numbers)):
            raise NotTheSameLog(
                f"incarnation {last} was signed before, and nobody has begun incarnation {number} of this log"
            )

    def _check_ended(self, present: Row, remembered: str | None) -> None:
        """Raise `NotTheSameLog` where more was signed of the incarnation before than the present one follows."""
        if remembered is None:
            return
        last, ended = LogOrigin.of(remembered), present["last_note"]
        is_before = last.instance == present["instance"] and last.number < present["number"]
        if is_before and latest(ended, remembered) != ended:
            signed = Checkpoint.of(remembered)
            raise NotTheSameLog(f"{signed.size} events of {signed.origin} was signed last, and another one is followed")

    def _not_signed(self, error: BrokenNote) -> UnusableKey:
        return UnusableKey(
            f"{self._key_path} is not the key that signed this log, or {self._memory.note_path} was altered: {error}",
            "the key that signs is not the one that has signed this log",
        )
