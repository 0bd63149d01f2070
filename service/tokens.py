"""Access tokens: their form, how strong a chosen one must be, and the digest that is stored in a token's place."""

from __future__ import annotations

import hashlib
import re
import secrets
from zlib import crc32

SHORTEST_TOKEN = 16
"""Characters."""

PREFIX = "leadledger_"
"""How tokens begin that are made up here: whoever finds one in a text, such as a scanner for secrets, knows it."""

_SECRET_BYTES = 20
_FORM = re.compile(rf"{PREFIX}([0-9a-f]{{{2 * _SECRET_BYTES}}})([0-9a-f]{{8}})")


class WeakToken(Exception):
    """A token that could be guessed; the message says what would do."""


def check_strength(token: str) -> None:
    """Raise `WeakToken` for a token that somebody chose and that is shorter than `SHORTEST_TOKEN`."""
    if len(token) < SHORTEST_TOKEN:
        raise WeakToken(
            f"LEADLEDGER_API_TOKEN must have at least {SHORTEST_TOKEN} characters, so that nobody guesses it"
        )


def new_token() -> str:
    """A new token: `PREFIX`, 160 bits of chance, and a checksum (CRC-32) of these, both in hexadecimal."""
    secret = secrets.token_hex(_SECRET_BYTES)
    return f"{PREFIX}{secret}{_checksum(secret)}"


def is_mistyped(token: str) -> bool:
    """Whether a token begins like one of ours and cannot be one: it was cut off, or a character is another."""
    if not token.startswith(PREFIX):
        return False
    form = _FORM.fullmatch(token)
    return form is None or _checksum(form[1]) != form[2]


def digest_of(token: str) -> str:
    """The form in which a token is stored: its SHA-256 in hexadecimal."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _checksum(secret: str) -> str:
    return f"{crc32(secret.encode()):08x}"
