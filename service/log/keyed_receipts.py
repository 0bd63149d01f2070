"""Receipts by idempotency key: what a request under a key came to, so that it is not done twice but answered again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from projections.engine.statements import Insertion, Statement, Write, chunks
from service.log.keyed_hash import KeyedHash
from service.log.receipts import Receipt
from service.log.tables import KEYED_RECEIPTS

_KEY = b"idempotency-key"
_REQUEST = b"keyed-request"


@dataclass(frozen=True)
class KeyedRequest:
    """A request that its client can repeat: the key it bears, and all that tells it from another one, as text."""

    key: str
    content: str


@dataclass(frozen=True)
class KeyedReceipt:
    """What a request under a key came to.

    ``receipt`` ends where the log ended when it was done; it begins behind that where nothing was recorded. ``told``
    is what its command told, as JSON has it; ``is_same`` says whether it was the same request that one asks about.
    """

    receipt: Receipt
    recorded_at: str
    told: Any
    is_same: bool


class KeyedReceipts:
    """Makes receipts by key and finds them again; both the key and the request are kept as keyed hashes."""

    def __init__(self, hashes: KeyedHash) -> None:
        self._hashes = hashes

    def write_of(
        self, connection: Connection, user_id: int, request: KeyedRequest, receipt: Receipt, recorded_at: str, told: Any
    ) -> Write:
        """The statement that inserts a receipt, to be sent along with the command's last writes."""
        row = {"key": self._key(connection, user_id, request.key), "request": self._request(connection, request)}
        return _INSERTION, [{**row, **vars(receipt), "recorded_at": recorded_at, "told": json.dumps(told)}]

    def find(self, connection: Connection, user_id: int, request: KeyedRequest) -> KeyedReceipt | None:
        """What became of a user's request under that key; None where nothing did, or it was too long ago."""
        row = self._row(connection, user_id, request.key)
        if row is None:
            return None
        first, last, status, recorded_at, told, content = row
        is_same = bytes(content) == self._request(connection, request)
        return KeyedReceipt(Receipt(first, last, status), recorded_at, json.loads(told), is_same)

    def recorded(self, connection: Connection, user_id: int, key: str) -> Receipt | None:
        """The receipt of a user's request under that key, where it recorded anything."""
        row = self._row(connection, user_id, key)
        return Receipt(*row[:3]) if row is not None and row[0] <= row[1] else None

    def _row(self, connection: Connection, user_id: int, key: str) -> tuple[Any, ...] | None:
        return next(iter(_OF_KEY.tuples(connection, {"key": self._key(connection, user_id, key)})), None)

    def _key(self, connection: Connection, user_id: int, key: str) -> bytes:
        return self._hashes.of(connection, _KEY, f"{user_id} {key}")

    def _request(self, connection: Connection, request: KeyedRequest) -> bytes:
        return self._hashes.of(connection, _REQUEST, f"{request.key} {request.content}")


def keyed_due_for_sweeping(connection: Connection, moment: str, limit: int) -> Sequence[bytes]:
    """The keyed hashes of the oldest receipts by key that were written up to a moment."""
    return [key for (key,) in _UPTO.tuples(connection, {"moment": moment, "limit": limit})]


def sweep_keyed(connection: Connection, keys: Iterable[bytes]) -> None:
    """Remove receipts by their keyed hashes; several processes may do so."""
    for some in chunks(keys):
        connection.execute(delete(KEYED_RECEIPTS).where(KEYED_RECEIPTS.c.key.in_(some)))


_INSERTION = Insertion(KEYED_RECEIPTS)
_UPTO = Statement(
    select(KEYED_RECEIPTS.c.key)
    .where(KEYED_RECEIPTS.c.recorded_at <= bindparam("moment"))
    .order_by(KEYED_RECEIPTS.c.recorded_at)
    .limit(bindparam("limit"))
)
_TOLD = ("first_position", "last_position", "status", "recorded_at", "told", "request")
_OF_KEY = Statement(select(*(KEYED_RECEIPTS.c[name] for name in _TOLD)).where(KEYED_RECEIPTS.c.key == bindparam("key")))
