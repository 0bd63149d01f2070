"""Carries out the command of a request once, however often the request is repeated under its idempotency key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from projections.engine.rows import Rows
from service.ledger.ledger import Ledger, Origin, Transaction
from service.log.foresight import Foresight
from service.log.keyed_receipts import KeyedReceipt, KeyedRequest
from service.log.moments import Then
from service.log.receipts import Receipt


class OtherRequest(Exception):
    """A key is used again for a request that is another one than before."""


@dataclass(frozen=True)
class Done:
    """What a command told, and the moment of the log when it was done; ``rows`` are those it worked with just now."""

    told: Any
    then: Then
    rows: Rows | None = None

    @property
    def is_repeated(self) -> bool:
        """Whether it was done before."""
        return self.rows is None


def once(
    ledger: Ledger,
    origin: Origin,
    request: KeyedRequest,
    command: Callable[[Transaction], Any],
    *,
    is_large: bool = False,
    foresight: Foresight | None = None,
) -> Done:
    """Carry out a command, or find again what it told when the user gave it before in the same request.

    Whoever asks while it is under way waits for the log's lock. A command that records nothing leaves a receipt, too: a
    repeat that comes late does not undo what others did since. One that is refused leaves none. Raises what
    `Ledger.execute` does, and `OtherRequest`.
    """

    def find_or_carry_out(tx: Transaction) -> Done:
        kept = ledger.keyed_receipts.find(tx.connection, tx.user_id, request)
        return _found(kept) if kept is not None else _carried_out(tx)

    def _carried_out(tx: Transaction) -> Done:
        end, recorded_at = tx.position, tx.metadata.recorded_at
        told = command(tx)
        receipt = Receipt(end + 1, tx.position, origin.status)
        connection = tx.writing.connection  # the receipt goes with what is not written yet
        tx.write_last(ledger.keyed_receipts.write_of(connection, tx.user_id, request, receipt, recorded_at, told))
        return Done(told, Then(tx.position, datetime.fromisoformat(recorded_at)), tx.rows)

    return ledger.execute(origin, find_or_carry_out, is_large=is_large, foresight=foresight)


def _found(kept: KeyedReceipt) -> Done:
    if not kept.is_same:
        raise OtherRequest(
            "this Idempotency-Key was used for another request: a new request needs a new key, and a repeated one is "
            "the same in method, path, query and body"
        )
    return Done(kept.told, Then(kept.receipt.last_position, datetime.fromisoformat(kept.recorded_at)))
