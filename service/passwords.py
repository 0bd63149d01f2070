"""Passwords: how strong one must be, and the hash (Argon2id, RFC 9106) that is stored in its place."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST_PASSWORD = 12
"""Characters; nothing else is asked of one, and no change ever (NIST SP 800-63B, 3.1.1)."""

LONGEST_PASSWORD = 200

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""As OWASP's cheat sheet for the storage of passwords has it at least: several who sign in at once must find room."""


def hash_of(password: str) -> str:
    """The form in which a password is stored; takes some 20 ms on purpose, and 19 MB for that long."""
    return _HASHER.hash(password)


def fits(password: str, password_hash: str | None) -> bool:
    """Whether a hash is that of a password. With None it takes as long, so that nobody learns who has a password."""
    try:
        _HASHER.verify(password_hash or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@cache
def _nobodys() -> str:
    return hash_of("nobody's password")
