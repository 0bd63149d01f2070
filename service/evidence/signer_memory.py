"""Files beside the signing key, outside the database: the note signed last, and which incarnation was begun."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path

from service.database.key_files import UnusableKey, read, usable
from service.database.private_files import open_lock, replace
from service.evidence.checkpoints import LogOrigin
from service.evidence.signed_notes import BrokenNote


@dataclass(frozen=True)
class SignerMemory:
    """What a signer knows of a log that nobody can alter who can only write to its database."""

    key_path: Path

    @property
    def note_path(self) -> Path:
        """Where the note is that was signed last."""
        return self._beside("last")

    def note(self) -> str | None:
        """The note that was signed last, as it is in the file."""
        content = read(self.note_path)
        return None if content is None else content.decode(errors="replace")

    def keep_note(self, note: str) -> None:
        """Keep a note, once the transaction that it is in is durable."""
        if note != self.note():
            with usable(self.note_path):
                replace(self.note_path, note.encode())

    def incarnation(self) -> LogOrigin | None:
        """The incarnation of a log that was begun last, by somebody who has the key."""
        content = (read(self._beside("life")) or b"").decode(errors="replace").strip()
        try:
            return LogOrigin.of(content) if content else None
        except BrokenNote:
            raise UnusableKey(
                f"{self._beside('life')} names no incarnation of a log", "a file with keys is damaged"
            ) from None

    def keep_incarnation(self, begun: LogOrigin) -> None:
        """Keep which incarnation is begun, before the database is told of it."""
        with usable(self._beside("life")):
            replace(self._beside("life"), f"{begun.name}/{begun.number}\n".encode())

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A block that one thread at a time may enter, over all processes that share the key."""
        path = self._beside("lock")
        with usable(path):
            turn = open_lock(path)
        with turn:
            flock(turn, LOCK_EX)
            yield

    def _beside(self, suffix: str) -> Path:
        return self.key_path.with_name(f"{self.key_path.name}.{suffix}")
