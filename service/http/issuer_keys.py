"""The keys of a trusted issuer (RFC 7517): read from a file or fetched, kept, and looked up by their ids."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from service.http.background import done_within
from service.trusted_issuer import TrustedIssuer, WrongIssuer

FETCH_SECONDS = 5.0
"""How long a fetch may take in all."""

AGAIN_SECONDS = 60.0
"""How long no other look is taken after one, however many tokens name keys that are not known."""

FRESH_SECONDS = 600.0
"""How long keys are believed before they are looked at again: a key that the issuer takes back counts that long."""

LARGEST_BYTES = 256_000

Key = RSAKey | ECKey | OKPKey
_log = logging.getLogger("leadledger")


class UnknownKey(Exception):
    """A token names a key that the issuer has not."""


class KeysAway(Exception):
    """The issuer's keys cannot be had at the moment, so nobody can tell whether a token is one of the issuer's."""


class UnreadableKeys(Exception):
    """The issuer's keys cannot be read; the message says why."""


class IssuerKeys:
    """The keys of one issuer as they were last read; they count for as long as no others can be had."""

    def __init__(self, issuer: TrustedIssuer) -> None:
        self._source = issuer.keys
        self._keys: dict[str | None, list[Key]] = {}
        self._read_at: float | None = None
        self._looked_at: float | None = None
        self._looking = threading.Lock()

    def find(self, header: Mapping[str, Any]) -> Key:
        """The key that a token's header names by its ``kid``; where it names none, the only one that fits its ``alg``.

        Keys are read again where that one is not known, at most once in `AGAIN_SECONDS`, and when they have become
        old. One caller does so, and the others go on with what is known. Raises `UnknownKey`, and `KeysAway` where
        there are none yet, or somebody is just looking.
        """
        key = self._known(header)
        if (key is None or self._is_over(self._read_at, FRESH_SECONDS)) and not self._look() and key is None:
            raise KeysAway("the keys of the token's issuer cannot be had at the moment; try again in a few seconds")
        key = self._known(header)
        if key is None:
            raise UnknownKey
        return key

    def check(self) -> None:
        """Read the keys where they are in a file. Raises `WrongIssuer`."""
        if isinstance(self._source, Path):
            try:
                keys_of(_read(self._source))
            except UnreadableKeys as error:
                raise WrongIssuer(f"LEADLEDGER_JWT_KEYS: {error}") from None

    def _known(self, header: Mapping[str, Any]) -> Key | None:
        named, algorithm = header.get("kid"), header["alg"]
        candidates = [*self._keys.values()] if named is None else [self._keys.get(named, [])]
        fitting = [key for keys in candidates for key in keys if key.get("alg") in (None, algorithm)]
        return fitting[0] if len(fitting) == 1 else None

    def _look(self) -> bool:
        """Read the keys again, unless that was done just now. Answers False where nobody knows what they are."""
        if self._is_over(self._looked_at, AGAIN_SECONDS):
            if not self._looking.acquire(blocking=False):
                return False
            try:
                if self._is_over(self._looked_at, AGAIN_SECONDS):
                    self._read_again()
            finally:
                self._looking.release()
        return self._read_at is not None

    def _read_again(self) -> None:
        try:
            self._keys = keys_of(_read(self._source))
            self._read_at = time.monotonic()
        except UnreadableKeys as error:
            _log.warning("the keys of the trusted issuer cannot be read: %s", error)
        self._looked_at = time.monotonic()

    @staticmethod
    def _is_over(since: float | None, seconds: float) -> bool:
        return since is None or time.monotonic() - since >= seconds


def keys_of(text: bytes) -> dict[str | None, list[Key]]:
    """The keys of a set that may sign, by their ids; shared secrets among them are no keys here.

    Raises `UnreadableKeys`.
    """
    try:
        found = KeySet.import_key_set(json.loads(text)).keys
    except (JoseError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableKeys(f"it is no JSON Web Key Set: {error}") from None
    keys: dict[str | None, list[Key]] = {}
    for key in found:
        if isinstance(key, Key) and key.get("use") in (None, "sig"):
            keys.setdefault(key.kid, []).append(key)
    if not keys:
        raise UnreadableKeys("there is no public key in it that signs")
    return keys


def _read(source: Path | SplitResult) -> bytes:
    if isinstance(source, Path):
        try:
            return source.read_bytes()
        except OSError as error:
            raise UnreadableKeys(f"{error.strerror}: {source}") from None
    try:
        text = done_within(FETCH_SECONDS, partial(_fetched, source))
    except (OSError, HTTPException) as error:
        raise UnreadableKeys(f"{source.geturl()}: {error}") from None
    if text is None:
        raise UnreadableKeys(f"{source.geturl()} did not answer within {FETCH_SECONDS:.0f} seconds")
    return text


def _fetched(address: SplitResult) -> bytes:
    """What is answered at an address; no other is followed. Raises `UnreadableKeys`."""
    kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
    path = f"{address.path or '/'}{f'?{address.query}' if address.query else ''}"
    with closing(kind(address.hostname or "", address.port, timeout=FETCH_SECONDS)) as connection:
        connection.request("GET", path, headers={"accept": "application/jwk-set+json, application/json"})
        with connection.getresponse() as answer:
            text = answer.read(LARGEST_BYTES + 1)
    if answer.status != 200 or len(text) > LARGEST_BYTES:
        told = f"{answer.status} {answer.reason}" if answer.status != 200 else f"more than {LARGEST_BYTES} bytes"
        raise UnreadableKeys(f"{address.geturl()} answered {told}")
    return text
