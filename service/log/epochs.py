"""Stores the keys of epochs, which wrap stream keys, in a file outside the database."""

from __future__ import annotations

import json
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.clock import Clock, timestamp
from service.database.key_files import UnusableKey, read, usable
from service.database.private_files import keep_new, replace


@dataclass(frozen=True)
class Epoch:
    """A period in which new stream keys are wrapped by this key; ``number`` is random and identifies it."""

    number: int
    began_at: str
    key: bytes

    @cached_property
    def cipher(self) -> AESGCM:
        """The AES-GCM cipher that wraps and unwraps stream keys."""
        return AESGCM(self.key)


class Epochs:
    """The epochs whose keys are still there, in a file that several processes share; the last one wraps new keys.

    Reading never makes the file. Raises `UnusableKey` where it is not there, or holds no keys.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self._clock = clock
        self._read: tuple[int, int] | None = None
        self._epochs: dict[int, Epoch] = {}

    @property
    def exist(self) -> bool:
        """Whether there is a file already."""
        return self.path.exists()

    @property
    def version(self) -> tuple[int, int]:
        """Inode and modification time of the file, which differ after every change."""
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            raise self._missing() from None
        except OSError as error:
            raise UnusableKey(f"{self.path} cannot be read: {error.strerror}", _UNREADABLE) from None
        return found.st_ino, found.st_mtime_ns

    def all(self) -> list[Epoch]:
        """All epochs, the newest last; reads the file again only where it has changed."""
        version = self.version
        if self._read != version:
            content = read(self.path)
            if content is None:
                raise self._missing()
            self._epochs = {epoch.number: epoch for epoch in self._parsed(content)}
            self._read = version
        return list(self._epochs.values())

    def numbered(self, number: int) -> Epoch:
        """The epoch of a number. Raises `UnusableKey` where the file does not have it."""
        if number not in self._epochs:
            self.all()
        if number not in self._epochs:
            raise self.wrong()
        return self._epochs[number]

    def begin_first(self) -> None:
        """Make the file with a first epoch, unless another process was quicker; for a database without wrapped keys."""
        if not self.exist:
            with usable(self.path):
                keep_new(self.path, _written([self._new()]))

    def begin(self) -> Epoch:
        """Add a new epoch, whose key wraps from now on."""
        new = self._new()
        self._replace([*(self.all() if self.exist else []), new])
        return new

    def keep_only(self, epoch: Epoch) -> None:
        """Destroy the keys of all other epochs."""
        self._replace([epoch])

    def join(self, others: Epochs) -> int:
        """Add the epochs of another file, before those that are here. Answers how many were added.

        Raises `UnusableKey` where the same epoch has another key there: one of the two files was altered.
        """
        here = {epoch.number: epoch for epoch in (self.all() if self.exist else [])}
        added = [epoch for epoch in others.all() if epoch.number not in here]
        for epoch in others.all():
            if here.get(epoch.number, epoch).key != epoch.key:
                raise UnusableKey(f"{self.path} and {others.path} have different keys for one epoch; one was altered")
        if added:
            self._replace([*added, *here.values()])
        return len(added)

    def wrong(self) -> UnusableKey:
        """The error for a file whose keys do not unwrap this database's stream keys."""
        return UnusableKey(
            f"{self.path} does not have all the keys of this database's personal data: it is another database's file, "
            'or an older or newer one of this; put the right one there, or join both: "leadledger keys merge FILE"',
            "the file with the keys to personal data does not fit this database",
        )

    def _missing(self) -> UnusableKey:
        return UnusableKey(
            f"{self.path} is not there, and this database's personal data needs the keys in it; put it back, or name "
            "it with LEADLEDGER_DATA_KEYS",
            "the file with the keys to personal data is not there",
        )

    def _parsed(self, content: bytes) -> list[Epoch]:
        try:
            told = json.loads(content)["epochs"]
            epochs = [Epoch(int(each["number"]), each["began_at"], _key(each["key"])) for each in told]
        except (ValueError, KeyError, TypeError):
            epochs = []
        if not epochs:
            raise UnusableKey(f"{self.path} cannot be read as the keys of this database's personal data", _UNREADABLE)
        return epochs

    def _replace(self, epochs: Iterable[Epoch]) -> None:
        with usable(self.path):
            replace(self.path, _written(epochs))

    def _new(self) -> Epoch:
        return Epoch(secrets.randbits(32), timestamp(self._clock()), secrets.token_bytes(_BYTES))


_BYTES = 32
_UNREADABLE = "the file with the keys to personal data cannot be read"


def _written(epochs: Iterable[Epoch]) -> bytes:
    told = [
        {"number": epoch.number, "began_at": epoch.began_at, "key": b64encode(epoch.key).decode()} for epoch in epochs
    ]
    return json.dumps({"epochs": told}, indent=1).encode() + b"\n"


def _key(written: str) -> bytes:
    key = b64decode(written, validate=True)
    if len(key) != _BYTES:
        raise ValueError("an epoch's key has 32 bytes")
    return key
