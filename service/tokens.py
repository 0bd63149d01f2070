"""Access tokens: how strong a chosen one must be, and the digest that is stored in a token's place."""

from __future__ import annotations

import hashlib

SHORTEST_TOKEN = 16
"""Characters."""


class WeakToken(Exception):
    """A token that could be guessed; the message says what would do."""


def check_strength(token: str) -> None:
    """Raise `WeakToken` for a token that somebody chose and that is shorter than `SHORTEST_TOKEN`."""
    if len(token) < SHORTEST_TOKEN:
        raise WeakToken(
            f"LEADLEDGER_API_TOKEN must have at least {SHORTEST_TOKEN} characters, so that nobody guesses it"
        )


def digest_of(token: str) -> str:
    """The form in which a token is stored: its SHA-256 in hexadecimal."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
