"""The commands about users: add, deactivate, set a password, sign out everywhere."""

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
from service.log import passwords, token_digests


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
    passwords.forget(tx.connection, user_id)


def set_password(tx: Transaction, user_id: int, password_hash: str) -> None:
    """Let a user sign in with another password, and in no browser any more with the one before.

    Raises `Refusal` where the user is deactivated.
    """
    user = tx.load(User, stream_id("user", user_id))
    user.set_password()
    _sign_out(tx, user)
    tx.save(user)
    passwords.keep(tx.connection, user_id, password_hash)


def sign_out_everywhere(tx: Transaction, user_id: int) -> int:
    """Let the tokens of all browsers in which a user has signed in with a password let in no longer; how many."""
    user = tx.load(User, stream_id("user", user_id))
    count = _sign_out(tx, user)
    tx.save(user)
    return count


def _sign_out(tx: Transaction, user: User) -> int:
    revoked = token_digests.sessions(tx.connection, user.tokens.keys() - user.revoked)
    for token_id in sorted(revoked):
        user.revoke_token(token_id)
    return len(revoked)
