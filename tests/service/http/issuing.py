"""An issuer of JSON Web Tokens: its keys, the tokens that it signs, and the address at which it tells its keys."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from service.trusted_issuer import TrustedIssuer

NAME, AUDIENCE = "https://login.firma.no", "leadledger"
RSA, EC = RSAKey.generate_key(2048, {"kid": "rsa"}), ECKey.generate_key("P-256", {"kid": "ec"})
STRANGER = RSAKey.generate_key(2048, {"kid": "rsa"})


def signed(key: Any = EC, algorithm: str = "ES256", header: dict[str, Any] | None = None, **claims: Any) -> str:
    """A token that lasts for a day, of the administrator and for all scopes, but for what is told otherwise.

    What is None is left out.
    """
    told = {
        "iss": NAME,
        "aud": AUDIENCE,
        "exp": int(time.time()) + 86_400,
        "email": "Administrator@leadledger.invalid",
        "scope": "openid read write administrate audit metrics",
        **claims,
    }
    kid = {} if key.kid is None else {"kid": key.kid}
    given = {name: claim for name, claim in told.items() if claim is not None}
    return jwt.encode({"alg": algorithm, **kid, **(header or {})}, given, key, algorithms=[algorithm])


def told(*keys: Any) -> str:
    """A key set as issuers publish it."""
    return json.dumps(KeySet(list(keys)).as_dict(private=False))


class Address:
    """Where an issuer tells its keys: how it answers, and how often it was asked."""

    def __init__(self) -> None:
        self.status, self.text, self.seconds, self.asked = 200, told(RSA, EC), 0.0, 0
        self.location: str | None = None
        self.url = ""

    def issuer(self) -> TrustedIssuer:
        """The issuer whose keys are there."""
        return TrustedIssuer(NAME, AUDIENCE, urlsplit(self.url))


@contextmanager
def address() -> Iterator[Address]:
    """An issuer's address on this machine."""
    told_there = Address()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told_there.asked += 1
            time.sleep(told_there.seconds)
            self.send_response(told_there.status)
            if told_there.location:
                self.send_header("location", told_there.location)
            self.end_headers()
            with suppress(ConnectionError):  # whoever asked has given up
                self.wfile.write(told_there.text.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    told_there.url = f"http://127.0.0.1:{server.server_port}/keys"
    try:
        yield told_there
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
