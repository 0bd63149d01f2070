"""Receipts of commands: a keyed hash of who gave a command in which request, and the positions it was committed at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, func, select, update

from projections.engine.compiled import Values
from projections.engine.statements import Insertion, Statement, Write, write
from service.log.history import position_at, time_of
from service.log.keyed_hash import KeyedHash
from service.log.tables import RECEIPT_HEAD, RECEIPTS

_PURPOSE = b"request-id"


@dataclass(frozen=True)
class Receipt:
    """One command's events, and the HTTP status of its answer."""

    first_position: int
    last_position: int
    status: int | None


class Receipts:
    """Makes receipts and finds them again, by keyed hashes."""

    def __init__(self, hashes: KeyedHash) -> None:
        self._hashes = hashes

    def write_of(self, connection: Connection, user_id: int, request_id: str, receipt: Receipt) -> Write:
        """The statement that inserts a receipt, to be sent along with the command's last writes."""
        row = {"key": self._key(connection, user_id, request_id), **vars(receipt)}
        return _INSERTION, [row]

    def find(self, connection: Connection, user_id: int, request_id: str, limit: int) -> list[Receipt]:
        """The receipts of a user's commands in requests of that id, the last first, and one more than the limit."""
        values: Values = {"key": self._key(connection, user_id, request_id), "limit": limit + 1}
        return [Receipt(*row) for row in _OF_REQUEST.tuples(connection, values)]

    def _key(self, connection: Connection, user_id: int, request_id: str) -> bytes:
        return self._hashes.of(connection, _PURPOSE, f"{user_id} {request_id}")


def swept_position(connection: Connection) -> int:
    """The position up to which receipts were deleted, or never written."""
    found: int = _SWEPT.tuples(connection, {})[0][0]
    return found


def take_a_turn(connection: Connection) -> None:
    """Change a counter, so that committing the caller's transaction has to write to the disk."""
    write(connection, [(_TURN, [{}])])


def due_for_sweeping(connection: Connection, moment: str, limit: int) -> Sequence[int]:
    """The last positions of the oldest receipts that were written up to a moment, in order."""
    (oldest,) = _OLDEST.tuples(connection, {})[0]
    if oldest is None or time_of(connection, oldest) > moment:
        return []
    values = {"upto": position_at(connection, moment), "limit": limit}
    return [position for (position,) in _UPTO.tuples(connection, values)]


def sweep(connection: Connection, due: Sequence[int]) -> None:
    """Remove the receipts up to the last of these positions; several processes may do so."""
    if not due:
        return
    position = due[-1]
    connection.execute(
        update(RECEIPT_HEAD).values(swept_position=position).where(RECEIPT_HEAD.c.swept_position < position)
    )
    connection.execute(delete(RECEIPTS).where(RECEIPTS.c.last_position <= position))


_SWEPT = Statement(select(RECEIPT_HEAD.c.swept_position))
_TURN = Statement(update(RECEIPT_HEAD).values(turns=RECEIPT_HEAD.c.turns + 1))
_INSERTION = Insertion(RECEIPTS)
_OF_REQUEST = Statement(
    select(RECEIPTS.c.first_position, RECEIPTS.c.last_position, RECEIPTS.c.status)
    .where(RECEIPTS.c.key == bindparam("key"))
    .order_by(RECEIPTS.c.last_position.desc())
    .limit(bindparam("limit"))
)
_OLDEST = Statement(select(func.min(RECEIPTS.c.last_position)))
_UPTO = Statement(
    select(RECEIPTS.c.last_position)
    .where(RECEIPTS.c.last_position <= bindparam("upto"))
    .order_by(RECEIPTS.c.last_position)
    .limit(bindparam("limit"))
)
