"""The keys of epochs flow out of a file outside the database: what they wrap is lost with them, in every backup."""

from __future__ import annotations

import json
import os
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.clock import Clock, timestamp
from service.key_files import UnusableKey, keep_new, replace


@dataclass(frozen=True)
class Epoch:
    """A time in which keys are wrapped by one key; ``number`` tells one from another."""

    number: int
    began_at: str
    key: bytes

    @cached_property
    def cipher(self) -> AESGCM:
        """What wraps and unwraps."""
        return AESGCM(self.key)


class Epochs:
    """The epochs whose keys are still there, in a file that several processes share; the last one wraps new keys."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self._clock = clock
        self._read: tuple[int, int] | None = None
        self._epochs: dict[int, Epoch] = {}

    @property
    def exist(self) -> bool:
        """Whether there is a file already."""
        return self.path.exists()

    def all(self) -> list[Epoch]:
        """All epochs, the last one behind the others; the first begins where there is no file yet."""
        if not self.exist:
            keep_new(self.path, _written([self._new()]))
        found = os.stat(self.path)
        if self._read != (found.st_ino, found.st_mtime_ns):
            self._epochs = {epoch.number: epoch for epoch in _parsed(self.path)}
            self._read = (found.st_ino, found.st_mtime_ns)
        return list(self._epochs.values())

    def numbered(self, number: int) -> Epoch:
        """One epoch. Raises `UnusableKey` where its key is not there, or not there any more."""
        if number not in self._epochs:
            self.all()
        if number not in self._epochs:
            raise UnusableKey(f"{self.path} is not the file with the keys of this database's personal data")
        return self._epochs[number]

    def begin(self) -> Epoch:
        """Let a new epoch begin, whose key wraps from now on."""
        new = self._new()
        replace(self.path, _written([*self.all(), new]))
        return new

    def keep_only(self, epoch: Epoch) -> None:
        """Destroy the keys of all other epochs."""
        replace(self.path, _written([epoch]))

    def _new(self) -> Epoch:
        return Epoch(secrets.randbits(32), timestamp(self._clock()), secrets.token_bytes(32))


def _written(epochs: list[Epoch]) -> bytes:
    told = [
        {"number": epoch.number, "began_at": epoch.began_at, "key": b64encode(epoch.key).decode()} for epoch in epochs
    ]
    return json.dumps({"epochs": told}, indent=1).encode() + b"\n"


def _parsed(path: Path) -> list[Epoch]:
    try:
        told = json.loads(path.read_bytes())["epochs"]
        return [Epoch(int(each["number"]), each["began_at"], b64decode(each["key"], validate=True)) for each in told]
    except (OSError, ValueError, KeyError, TypeError):
        raise UnusableKey(f"{path} cannot be read as the keys of this database's personal data") from None
