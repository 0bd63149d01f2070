"""Hashes what may tell of people with the database's own secret: hashes can be compared, and without it not guessed."""

from __future__ import annotations

from hashlib import blake2b

from sqlalchemy import Connection, select

from projections.engine.statements import Statement
from service.log.tables import RECEIPT_HEAD

HASH_BYTES = 16


class KeyedHash:
    """Makes keyed hashes; the secret is read once in a process."""

    def __init__(self) -> None:
        self._secret: bytes | None = None

    def of(self, connection: Connection, purpose: bytes, told: str) -> bytes:
        """The hash of a text for a purpose, which is at most 16 bytes: each has hashes of its own."""
        if self._secret is None:
            self._secret = bytes(_SECRET.tuples(connection, {})[0][0])
        return blake2b(told.encode(), digest_size=HASH_BYTES, key=self._secret, person=purpose).digest()


_SECRET = Statement(select(RECEIPT_HEAD.c.secret))
