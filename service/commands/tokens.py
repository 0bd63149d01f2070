"""The commands about tokens: issue, rotate, revoke. They are given digests, and never see a token."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregates.identity import stream_id
from aggregates.refusals import Gone, Refusal
from aggregates.scopes import SCOPES, in_order
from aggregates.user import User
from projections.engine.rows import Row
from projections.tokens import TOKENS
from service.clock import timestamp
from service.ledger.ledger import Transaction
from service.log import token_digests


class BeyondScopes(Refusal):
    """A token would have more scopes than the one it is issued with."""


@dataclass(frozen=True)
class Rights:
    """What whoever commands may do with tokens: give them which scopes, and to whom; None is everybody."""

    scopes: Set[str] = frozenset(SCOPES)
    user_id: int | None = None


EVERYTHING = Rights()
"""What the operator at the console may do."""


def issue(
    tx: Transaction,
    user_id: int,
    digest: str,
    *,
    name: str,
    scopes: Collection[str] | None = None,
    expires: str | None = None,
    rights: Rights = EVERYTHING,
    is_session: bool = False,
) -> str:
    """Issue a token for a user; with all scopes that can be had, where none are named. Answers its id.

    One that ``is_session`` is for the browser in which the user just signed in with a password.

    Raises `BeyondScopes`, and `Refusal` where the user is deactivated or has no such scope.
    """
    user = tx.load(User, stream_id("user", user_id))
    wanted = user.admitted & rights.scopes if scopes is None else frozenset(scopes)
    _check_within(wanted, rights)
    _check_to_come(tx, expires)
    token_id = uuid.uuid4().hex
    user.issue_token(token_id=token_id, name=name, scopes=wanted, expires=expires)
    return _save(tx, user, token_id, digest, is_session=is_session)


def rotate(
    tx: Transaction,
    token_id: str,
    digest: str,
    *,
    overlap: timedelta,
    expires: str | None = None,
    rights: Rights = EVERYTHING,
) -> str:
    """Issue another token in the place of one, which goes on letting in for a while. Answers the new one's id.

    It has the same name and scopes; where nothing is said of when it expires, it lives as long as the one before was
    meant to. Raises `Gone` where there is no such token, `BeyondScopes`, and `Refusal` where it was rotated already.
    """
    row = _existing(tx, token_id, rights)
    user = tx.load(User, stream_id("user", row["user_id"]))
    _check_within(user.admitted.intersection(row["scopes"].split()), rights)
    _check_to_come(tx, expires)
    now = datetime.fromisoformat(tx.metadata.recorded_at)
    if expires is None and row["expires"] is not None:
        lifetime = datetime.fromisoformat(row["expires"]) - datetime.fromisoformat(row["add_time"])
        expires = timestamp(now + lifetime)
    new_id = uuid.uuid4().hex
    user.rotate_token(token_id, new_id=new_id, expires=expires, until=timestamp(now + overlap))
    return _save(tx, user, new_id, digest)


def revoke(tx: Transaction, token_id: str, rights: Rights = EVERYTHING) -> None:
    """Revoke a token. Raises `Gone` where there is no such token, and `Refusal` where it is revoked already."""
    row = _existing(tx, token_id, rights)
    user = tx.load(User, stream_id("user", row["user_id"]))
    user.revoke_token(token_id)
    tx.save(user)


def _existing(tx: Transaction, token_id: str, rights: Rights) -> Row:
    row = tx.rows.current(TOKENS, token_id)
    if row is None or rights.user_id not in (None, row["user_id"]):
        raise Gone(f"there is no token {token_id}")
    return row


def _check_within(scopes: frozenset[str], rights: Rights) -> None:
    if beyond := in_order(scopes - rights.scopes):
        raise BeyondScopes(
            f"a token is issued with scopes of the caller's own only, and that one has not {' or '.join(beyond)}"
        )


def _check_to_come(tx: Transaction, expires: str | None) -> None:
    if expires is not None and expires <= tx.metadata.recorded_at:
        raise Refusal(f"a token that expires at {expires} would let nobody in: that is over")


def _save(tx: Transaction, user: User, token_id: str, digest: str, *, is_session: bool = False) -> str:
    tx.save(user)
    token_digests.keep(tx.connection, token_id, digest, is_session=is_session)
    return token_id
