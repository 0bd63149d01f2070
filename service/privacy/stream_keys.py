"""Each stream has a key of its own for what it tells of people; it flows in and out of the database wrapped."""

from __future__ import annotations

import os
import struct
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.key_files import UnusableKey
from service.privacy.epochs import Epoch, Epochs

REMEMBERED = 4096
_PURPOSE = b"leadledger-stream-key/v1\n"
_BYTES, _NONCE = 32, 12


class StreamKeys:
    """Makes, wraps and unwraps the keys of streams.

    A wrapped key is its epoch's number (4 bytes), a nonce (12) and the key, encrypted by AES-256-GCM. What was
    unwrapped is remembered by its wrapped form only: whoever has that no more cannot ask for it.
    """

    def __init__(self, epochs: Epochs) -> None:
        self.epochs = epochs
        self.cipher = lru_cache(REMEMBERED)(self._cipher)

    def new(self, stream_id: UUID) -> bytes:
        """A new key for a stream, wrapped in the last epoch's key."""
        return wrap(self.epochs.all()[-1], stream_id, os.urandom(_BYTES))

    def rewrap(self, stream_id: UUID, wrapped: bytes, epoch: Epoch) -> bytes:
        """The same key, wrapped in another epoch's."""
        return wrap(epoch, stream_id, self._unwrapped(stream_id, wrapped))

    def forget(self) -> None:
        """Remember no key any more."""
        self.cipher.cache_clear()

    def _cipher(self, stream_id: UUID, wrapped: bytes) -> AESGCM:
        return AESGCM(self._unwrapped(stream_id, wrapped))

    def _unwrapped(self, stream_id: UUID, wrapped: bytes) -> bytes:
        epoch, sealed = self.epochs.numbered(epoch_of(wrapped)), wrapped[4:]
        try:
            return epoch.cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _PURPOSE + stream_id.bytes)
        except InvalidTag:
            raise UnusableKey(f"{self.epochs.path} does not fit the keys of this database's personal data") from None


def wrap(epoch: Epoch, stream_id: UUID, key: bytes) -> bytes:
    """A stream's key as the database keeps it."""
    nonce = os.urandom(_NONCE)
    return struct.pack(">I", epoch.number) + nonce + epoch.cipher.encrypt(nonce, key, _PURPOSE + stream_id.bytes)


def epoch_of(wrapped: bytes) -> int:
    """The number of the epoch in whose key a key is wrapped."""
    (number,) = struct.unpack(">I", wrapped[:4])
    return int(number)
