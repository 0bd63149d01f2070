"""Makes, wraps and unwraps the keys of streams, one for the personal values of each stream's events."""

from __future__ import annotations

import os
import struct
import time
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, bindparam, func, select

from projections.engine.statements import Statement
from service.log.epochs import Epoch, Epochs
from service.log.tables import STREAM_KEYS

REMEMBERED = 4096
AT_ONCE = 2000
"""Keys that are read at once where all are gone through."""

LOOKED_THROUGH_SECONDS = 60.0
"""How long all keys that there are need not be looked through: a million take half a second."""

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
        self._fitting: tuple[int, int] | None = None
        self._looked_through_at = 0.0

    def new(self, stream_id: UUID) -> bytes:
        """A new key for a stream, wrapped in the last epoch's key."""
        return wrap(self.epochs.all()[-1], stream_id, os.urandom(_BYTES))

    def rewrap(self, stream_id: UUID, wrapped: bytes, epoch: Epoch) -> bytes:
        """The same key, wrapped in another epoch's."""
        return wrap(epoch, stream_id, self._unwrapped(stream_id, wrapped))

    def forget(self) -> None:
        """Drop all unwrapped keys from memory."""
        self.cipher.cache_clear()

    def check(self, connection: Connection) -> None:
        """Raise `UnusableKey` unless the file of epochs opens every wrapped key of a database.

        Where the file has not changed since it was found to fit, and that was of late, one key is tried, now this one,
        now that: that takes as long however many there are. Otherwise one of each epoch is, and all are looked through
        for that: another database may have been put in place.
        """
        if not (one := _ONE.tuples(connection, {})):
            return
        version, fitted = self.epochs.version, self._fitting
        self._fitting = None  # where one does not open, all are looked through the next time
        self.epochs.all()
        if version == fitted and time.monotonic() - self._looked_through_at < LOOKED_THROUGH_SECONDS:
            tried = _ONE_FROM.tuples(connection, {"stream_id": os.urandom(16).hex()}) or one
        else:
            self._looked_through_at = time.monotonic()
            tried = _ONE_OF_EACH_EPOCH.tuples(connection, {})
        for stream_id, wrapped in tried:
            self._unwrapped(UUID(stream_id), bytes(wrapped))
        self._fitting = version

    def make_ready(self, connection: Connection) -> None:
        """See to it that new keys can be wrapped: the first epoch begins where a database has no wrapped key at all.

        Raises `UnusableKey` where it has some and the file does not fit, since what is written with another's keys
        could not be read by anybody who has the right ones.
        """
        if not self.epochs.exist and not _ONE.tuples(connection, {}):
            self.epochs.begin_first()
        if self.epochs.version != self._fitting:
            self.check(connection)

    def opened(self, stream: bytes, wrapped: bytes) -> AESGCM:
        """The cipher of a stream, whose id is given in bytes; it is not remembered."""
        return AESGCM(self._opened(stream, wrapped))

    def _cipher(self, stream: str, wrapped: bytes) -> AESGCM:
        """The cipher of a stream, whose id is given in hexadecimal, as the log has it."""
        return self.opened(bytes.fromhex(stream), wrapped)

    def _unwrapped(self, stream_id: UUID, wrapped: bytes) -> bytes:
        return self._opened(stream_id.bytes, wrapped)

    def _opened(self, stream: bytes, wrapped: bytes) -> bytes:
        epoch, sealed = self.epochs.numbered(epoch_of(wrapped)), wrapped[4:]
        try:
            return epoch.cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _PURPOSE + stream)
        except InvalidTag:
            raise self.epochs.wrong() from None


def wrap(epoch: Epoch, stream_id: UUID, key: bytes) -> bytes:
    """A stream's key, encrypted by an epoch's key, as it is stored."""
    nonce = os.urandom(_NONCE)
    return mark(epoch) + nonce + epoch.cipher.encrypt(nonce, key, _PURPOSE + stream_id.bytes)


def mark(epoch: Epoch) -> bytes:
    """What all keys begin with that an epoch's key wraps."""
    return struct.pack(">I", epoch.number)


def epoch_of(wrapped: bytes) -> int:
    """The number of the epoch whose key wraps a key."""
    (number,) = struct.unpack(">I", wrapped[:4])
    return int(number)


def keys_behind(connection: Connection, after: str) -> list[tuple[str, bytes]]:
    """The next streams' ids and wrapped keys behind a stream's id, in the order of ids; none at the end."""
    return [(stream_id, bytes(wrapped)) for stream_id, wrapped in _BEHIND.tuples(connection, {"after": after})]


_ONE = Statement(select(STREAM_KEYS.c.stream_id, STREAM_KEYS.c.wrapped).limit(1))
_ONE_FROM = Statement(
    select(STREAM_KEYS.c.stream_id, STREAM_KEYS.c.wrapped)
    .where(STREAM_KEYS.c.stream_id >= bindparam("stream_id"))
    .order_by(STREAM_KEYS.c.stream_id)
    .limit(1)
)
_BEHIND = Statement(
    select(STREAM_KEYS.c.stream_id, STREAM_KEYS.c.wrapped)
    .where(STREAM_KEYS.c.stream_id > bindparam("after"))
    .order_by(STREAM_KEYS.c.stream_id)
    .limit(AT_ONCE)
)
_FIRST_OF_EACH = select(func.min(STREAM_KEYS.c.stream_id)).group_by(func.substr(STREAM_KEYS.c.wrapped, 1, 4))
_ONE_OF_EACH_EPOCH = Statement(
    select(STREAM_KEYS.c.stream_id, STREAM_KEYS.c.wrapped).where(STREAM_KEYS.c.stream_id.in_(_FIRST_OF_EACH))
)
