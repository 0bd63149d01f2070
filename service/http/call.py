"""What a view is given: who asks, what was asked, and the ways to read and to command."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, cast

from flask import Request, g

from projections.engine.reading import Reading
from projections.users import Caller
from service.http.auth import authenticate
from service.http.waiting import Waiting
from service.ledger.ledger import Ledger, Origin, Transaction
from service.log.moments import Then

T = TypeVar("T")

LONGEST_CLIENT = 200
LONGEST_REQUEST_ID = 100


@dataclass(frozen=True)
class PublicCall:
    """One request to a route that anybody may ask, with its query already checked."""

    ledger: Ledger
    query: Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """One authenticated request, with its query and body already checked.

    One that only reads keeps the ``open_reading`` by which it was authenticated; one that may command does not, since
    it may have to wait for its turn to write. ``then`` is the moment it asks about, where that is not now, and
    ``status`` that of the answer where all goes well. One for which nothing is there yet says so to its ``waiting``;
    whoever has waited calls `check_token`.
    """

    ledger: Ledger
    user: Caller
    request_id: str
    client: str
    token: str | None = field(repr=False)
    query: Mapping[str, Any]
    body: Mapping[str, Any]
    open_reading: Reading | None
    then: Then | None
    status: int
    waiting: Waiting

    def execute(self, command: Callable[[Transaction], T], reason: str | None = None) -> T:
        """Carry out a command in the caller's name; when this returns it is durable. Raises `Refusal`."""
        done = self.ledger.execute(self.origin(reason), command)
        g.is_done = True
        return done

    def check_token(self) -> None:
        """Raise `Unauthorized` where the token has been revoked, or its owner deactivated, since the call began."""
        with self.ledger.reading() as reading:
            authenticate(reading, self.token, self.ledger.settings)

    def origin(self, reason: str | None) -> Origin:
        """Where a command comes from that is given in this call."""
        return Origin(self.user.user_id, self.request_id, self.client, reason, self.status)

    def facts(self, kind: type[T]) -> T:
        """The checked body as the facts of that kind, a typed dictionary which names every one of them."""
        return cast(T, self.body)

    @property
    def now(self) -> datetime:
        """What time it is, or was at the moment that is asked about."""
        return self.ledger.clock() if self.then is None else self.then.now

    def reading(self) -> AbstractContextManager[Reading]:
        """What to ask the read models with."""
        return self.ledger.reading() if self.open_reading is None else nullcontext(self.open_reading)


def request_id(request: Request) -> str:
    """The id a proxy or client gave the request, where it is a sane one; else a new one."""
    given = request.headers.get("X-Request-Id", "")
    is_sane = given.isascii() and given.isprintable() and 0 < len(given) <= LONGEST_REQUEST_ID
    return given if is_sane else uuid.uuid4().hex


def client(request: Request) -> str:
    """What the client calls itself."""
    name = request.headers.get("User-Agent", "")[:LONGEST_CLIENT]
    return "".join(character if character.isprintable() else "?" for character in name) or "unknown"
