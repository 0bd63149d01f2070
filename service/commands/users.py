"""The commands about users: add, deactivate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aggregates.identity import stream_id
from aggregates.money import exponent_of
from aggregates.refusals import Refusal
from aggregates.user import User
from projections.engine.folding import folded
from projections.engine.rows import Row
from projections.users import USERS, users
from service.ledger.ledger import Transaction


def add(tx: Transaction, facts: Mapping[str, Any]) -> Row:
    """Add a user. Answers the user's row.

    Raises `UnknownReference` for a currency that does not exist, and `Refusal` for an address that somebody has.
    """
    exponent_of(facts["default_currency"])
    address = folded(facts["email"])
    for row in users(tx.reading):
        if row["is_active"] and row["email_folded"] == address:
            raise Refusal(f"user {row['user_id']} has that e-mail address already")
    user = User.add(tx.next_number("user"), **facts)
    tx.save(user)
    return tx.row(USERS, user.user_id)


def deactivate(tx: Transaction, user_id: int) -> None:
    """Deactivate a user. Raises `Refusal` for the last active administrator."""
    user = tx.load(User, stream_id("user", user_id))
    administrators = {row["user_id"] for row in users(tx.reading) if row["is_admin"] and row["is_active"]}
    if administrators == {user_id}:
        raise Refusal("this is the last administrator; make another one first")
    user.deactivate()
    tx.save(user)
