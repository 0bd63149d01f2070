"""Who may work here, and with which tokens."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from aggregates.refusals import Refusal
from aggregates.user import TokenIssued, TokenRevoked, User, UserAdded, UserDeactivated
from tests.aggregates.given import fact, given, refused, then

KARI: dict[str, Any] = {
    "name": "Kari Moe",
    "email": "kari@example.com",
    "is_admin": True,
    "is_auditor": False,
    "default_currency": "NOK",
    "locale": "nb_NO",
    "timezone_name": "Europe/Oslo",
}
TOKEN = {"token_id": "t-1", "digest": sha256(b"secret").hexdigest(), "name": "Laptop"}
ADDED = fact(UserAdded, **KARI)
ISSUED = fact(TokenIssued, **TOKEN)


def test_a_user_may_work_here() -> None:
    user = User.add(1, **KARI)
    then(user, ADDED)
    assert (user.user_id, user.is_admin, user.is_active) == (1, True, True)


def test_a_user_is_handed_tokens() -> None:
    user = given(User, 1, ADDED)
    second = {**TOKEN, "token_id": "t-2"}
    user.issue_token(**TOKEN)
    user.issue_token(**second)
    then(user, ISSUED, fact(TokenIssued, **second))
    assert user.token_ids == {"t-1", "t-2"}


def test_a_token_is_not_handed_out_twice() -> None:
    user = given(User, 1, ADDED, ISSUED)
    with refused(user, Refusal, "has a token t-1 already"):
        user.issue_token(**TOKEN)


def test_a_token_can_be_revoked() -> None:
    user = given(User, 1, ADDED, ISSUED)
    user.revoke_token("t-1")
    then(user, fact(TokenRevoked, token_id="t-1"))
    assert user.token_ids == frozenset()


def test_revoking_a_token_that_nobody_was_handed_is_refused() -> None:
    user = given(User, 1, ADDED, ISSUED)
    with refused(user, Refusal, "has no token t-9"):
        user.revoke_token("t-9")


def test_revoking_a_token_twice_is_refused() -> None:
    user = given(User, 1, ADDED, ISSUED, fact(TokenRevoked, token_id="t-1"))
    with refused(user, Refusal, "has no token t-1"):
        user.revoke_token("t-1")


def test_deactivating_a_user_is_told_once() -> None:
    user = given(User, 1, ADDED)
    user.deactivate()
    user.deactivate()
    then(user, fact(UserDeactivated))
    assert not user.is_active


def test_a_deactivated_user_gets_no_token() -> None:
    user = given(User, 1, ADDED, fact(UserDeactivated))
    with refused(user, Refusal, "gets no token"):
        user.issue_token(**TOKEN)


def test_a_token_of_a_deactivated_user_can_still_be_revoked() -> None:
    user = given(User, 1, ADDED, ISSUED, fact(UserDeactivated))
    user.revoke_token("t-1")
    then(user, fact(TokenRevoked, token_id="t-1"))


def test_an_auditor_changes_nothing_and_so_cannot_administrate() -> None:
    auditor = {**KARI, "is_admin": False, "is_auditor": True}
    assert not User.add(1, **auditor).is_admin
    with pytest.raises(Refusal, match="an administrator cannot be one"):
        User.add(1, **{**auditor, "is_admin": True})
