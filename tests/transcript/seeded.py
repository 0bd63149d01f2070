"""Makes the service repeatable: random bytes and the clock come from one seed, so that answers can be compared."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

STEP = timedelta(minutes=1)


class SteppedClock:
    """A clock that stands still during a request, and goes on by a minute between two."""

    def __init__(self, start: datetime) -> None:
        self._at = start

    def __call__(self) -> datetime:
        return self._at

    def step(self) -> None:
        """Go on to the next request."""
        self._at += STEP


@contextmanager
def seeded_randomness() -> Iterator[None]:
    """Random bytes of each length are a sequence of their own.

    So an id (16 bytes) stays what it is when a change draws a key (32) or a nonce (12) more or less.
    """
    sources: dict[int, random.Random] = {}

    def urandom(count: int) -> bytes:
        return sources.setdefault(count, random.Random(count)).randbytes(count)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "urandom", urandom)
        patch.setattr(random, "_urandom", urandom)
        yield


def write_signing_key(path: Path) -> None:
    """Put the same signing key in a file each time."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
