"""Reads the header Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-08) and what tells requests apart."""

from __future__ import annotations

import json
import re

from flask import Request

from service.http.bodies import body_of
from service.http.headers import sent
from service.http.json import parse
from service.log.keyed_receipts import KeyedRequest

NAME = "Idempotency-Key"
LONGEST_KEY = 255

QUOTED_KEY = rf'"((?:[ !#-\[\]-~]|\\["\\]){{1,{LONGEST_KEY}}})"'
"""A string of structured fields (RFC 9651, section 3.3.3)."""
BARE_KEY = rf"[!#-+\--:<-\[\]-~]{{1,{LONGEST_KEY}}}"
"""A key without quotes, as most clients send it, though the draft asks for a string: no blanks, commas, semicolons."""


class MalformedKey(Exception):
    """The header Idempotency-Key holds no key."""


class KeyConflict(Exception):
    """A request is not answered again now though its key and all else of it are those of another one."""


class UnderWay(KeyConflict):
    """It is not known yet what becomes of the request that was sent before, and waiting for it took too long."""


class ShownOnce(KeyConflict):
    """The answer held a secret, which nobody keeps."""


class HiddenSince(KeyConflict):
    """What was done may not be seen any more by whoever did it."""


def keyed_request(request: Request, *, takes_body: bool) -> KeyedRequest | None:
    """What a repetition of a request is known by; None where it bears no key. Raises `MalformedKey`.

    The body counts where the route ``takes_body``; it can be read again.
    """
    given = sent(request, NAME)
    return None if given is None else KeyedRequest(_key(given), _content(request, takes_body))


def _key(given: str) -> str:
    if (quoted := re.fullmatch(QUOTED_KEY, given)) is not None:
        return re.sub(r"\\(.)", r"\1", quoted[1])
    if re.fullmatch(BARE_KEY, given):
        return given
    raise MalformedKey(f'{NAME} must be one string of 1 to {LONGEST_KEY} ASCII characters, such as "8e03978e-40d5"')


def _content(request: Request, takes_body: bool) -> str:
    """All that a request asks for, the same for every way to write it: not who asks, and not by which token."""
    query = sorted(pair for pair in request.args.items(multi=True) if pair[0] != "api_token")
    if takes_body:
        request.get_data()  # which keeps it
    body = parse(body_of(request)) if takes_body else None
    return json.dumps([request.method, request.path, query, body], sort_keys=True, default=repr)
