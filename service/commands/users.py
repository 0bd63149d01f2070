"""The commands about users and their tokens: add, deactivate, issue, revoke."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aggregates.identity import stream_id
from aggregates.money import exponent_of
from aggregates.refusals import Refusal, UnknownReference
from aggregates.user import User
from projections.engine.folding import folded
from projections.engine.rows import Row
from projections.users import TOKENS, USERS, users
from service.ledger.ledger import Transaction
from service.tokens import digest_of


@dataclass(frozen=True)
class IssuedToken:
    """A new token, which is not stored, and the id by which it can be revoked."""

    token_id: str
    token: str


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


def issue_token(tx: Transaction, user_id: int, name: str) -> IssuedToken:
    """Issue a token with a name for a user. Raises `Refusal` where the user is deactivated."""
    issued = IssuedToken(uuid.uuid4().hex, secrets.token_hex(20))
    user = tx.load(User, stream_id("user", user_id))
    user.issue_token(token_id=issued.token_id, digest=digest_of(issued.token), name=name)
    tx.save(user)
    return issued


def revoke_token(tx: Transaction, token_id: str) -> None:
    """Revoke a token. Raises `UnknownReference` where there is no such token."""
    row = tx.rows.current(TOKENS, token_id)
    if row is None:
        raise UnknownReference(f"there is no token {token_id}")
    user = tx.load(User, stream_id("user", row["user_id"]))
    user.revoke_token(token_id)
    tx.save(user)


def deactivate(tx: Transaction, user_id: int) -> None:
    """Deactivate a user. Raises `Refusal` for the last active administrator."""
    user = tx.load(User, stream_id("user", user_id))
    administrators = {row["user_id"] for row in users(tx.reading) if row["is_admin"] and row["is_active"]}
    if administrators == {user_id}:
        raise Refusal("this is the last administrator; make another one first")
    user.deactivate()
    tx.save(user)
