"""Who may work here, and with which tokens."""

from __future__ import annotations

from typing import Any

import pytest

from aggregates.refusals import Refusal
from aggregates.user import TokenIssued, TokenLimited, TokenRevoked, User, UserAdded, UserDeactivated
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
TOKEN: dict[str, Any] = {"token_id": "t-1", "name": "Laptop", "scopes": ["read", "write"]}
ADDED = fact(UserAdded, **KARI)
OLA, ANNA = KARI | {"is_admin": False}, KARI | {"is_admin": False, "is_auditor": True}


def issued(**told: Any) -> Any:
    """That the token was issued, for ever and in nobody's place unless it is told otherwise."""
    return fact(TokenIssued, **{**TOKEN, "expires": None, "replaces": None, **told})


ISSUED = issued()


def test_a_user_may_work_here() -> None:
    user = User.add(1, **KARI)
    then(user, ADDED)
    assert (user.user_id, user.is_admin, user.is_active) == (1, True, True)


def test_a_user_is_handed_tokens() -> None:
    user = given(User, 1, ADDED)
    user.issue_token(**TOKEN)
    user.issue_token(**{**TOKEN, "token_id": "t-2", "expires": "2027-01-01T00:00:00.000000Z"})
    then(user, ISSUED, issued(token_id="t-2", expires="2027-01-01T00:00:00.000000Z"))
    assert user.tokens.keys() == {"t-1", "t-2"}


@pytest.mark.parametrize(
    ("who", "admitted"),
    [
        (KARI, ["read", "write", "administrate", "audit", "metrics"]),
        (OLA, ["read", "write", "audit"]),
        (ANNA, ["read", "audit"]),
    ],
)
def test_a_token_has_scopes_that_its_users_role_admits(who: dict[str, Any], admitted: list[str]) -> None:
    user = given(User, 1, fact(UserAdded, **who))
    user.issue_token(token_id="t-1", name="Laptop", scopes=set(admitted))
    then(user, issued(scopes=admitted))
    for scope in {"read", "write", "administrate", "audit", "metrics", "nonsense"} - {*admitted}:
        other = given(User, 1, fact(UserAdded, **who))
        with refused(other, Refusal, f"does not admit the scope {scope}"):
            other.issue_token(token_id="t-2", name="Laptop", scopes={"read", scope})


def test_a_token_for_nothing_is_refused() -> None:
    user = given(User, 1, ADDED)
    with refused(user, Refusal, "for nothing"):
        user.issue_token(token_id="t-1", name="Laptop", scopes=())


ROTATED = issued(token_id="t-2", replaces="t-1")
LIMITED = fact(TokenLimited, token_id="t-1", expires="2026-12-01T00:00:00.000000Z")


def test_a_token_is_rotated_with_an_overlap() -> None:
    user = given(User, 1, ADDED, ISSUED)
    user.rotate_token("t-1", new_id="t-2", expires=None, until="2026-12-01T00:00:00.000000Z")
    then(user, ROTATED, LIMITED)


def test_a_rotated_token_lives_no_longer_for_that() -> None:
    user = given(User, 1, ADDED, issued(expires="2026-11-30T00:00:00.000000Z"))
    user.rotate_token("t-1", new_id="t-2", expires=None, until="2026-12-01T00:00:00.000000Z")
    then(user, ROTATED)


def test_a_token_is_rotated_once() -> None:
    user = given(User, 1, ADDED, ISSUED, ROTATED, LIMITED)
    with refused(user, Refusal, "rotated already"):
        user.rotate_token("t-1", new_id="t-3", expires=None, until="2026-12-01T00:00:00.000000Z")
    user.rotate_token("t-2", new_id="t-3", expires=None, until="2026-12-02T00:00:00.000000Z")


def test_a_token_is_not_handed_out_twice() -> None:
    user = given(User, 1, ADDED, ISSUED)
    with refused(user, Refusal, "has a token t-1 already"):
        user.issue_token(**TOKEN)


def test_a_token_can_be_revoked() -> None:
    user = given(User, 1, ADDED, ISSUED)
    user.revoke_token("t-1")
    then(user, fact(TokenRevoked, token_id="t-1"))


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
