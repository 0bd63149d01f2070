"""Passwords: how strong one must be, and the hash (Argon2id, RFC 9106) that is stored in its place."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST_PASSWORD = 12
"""Characters; nothing else is asked of one, and no change ever (NIST SP 800-63B, 3.1.1)."""

LONGEST_PASSWORD = 200

_HASHER = PasswordHasher()
_NOBODYS = _HASHER.hash("nobody's password")


def hash_of(password: str) -> str:
    """The form in which a password is stored; takes some 30 ms on purpose, and 64 MB for that long."""
    return _HASHER.hash(password)


def fits(password: str, password_hash: str | None) -> bool:
    """Whether a hash is that of a password. With None it takes as long, so that nobody learns who has a password."""
    try:
        _HASHER.verify(password_hash or _NOBODYS, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None
