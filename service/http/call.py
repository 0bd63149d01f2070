"""A request flows in as a call: who makes it, what was asked, and the ways to read and to command."""

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
from service.http.moments import Then
from service.http.waiting import Waiting
from service.ledger.ledger import Ledger, Origin, Transaction

T = TypeVar("T")

LONGEST_CLIENT = 200
LONGEST_REQUEST_ID = 100


@dataclass(frozen=True)
class Call:
    """One authenticated request, with its query and body already checked.

    One that only reads keeps the ``open_reading`` by which it was authenticated; one that may command does not, since
    it may have to wait for its turn to write. ``then`` is the moment it asks about, where that is not now, and
    ``status`` that of the answer where all goes well. One for which nothing is there yet says so to its ``waiting``;
    whoever has waited calls ``check_token``, which raises `Unauthorized` where the token was revoked meanwhile.
    """

    ledger: Ledger
    user: Caller
    request_id: str
    client: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    open_reading: Reading | None = None
    then: Then | None = None
    status: int = 200
    waiting: Waiting = field(default_factory=Waiting)
    check_token: Callable[[], object] = lambda: None

    def execute(self, command: Callable[[Transaction], T], reason: str | None = None) -> T:
        """Carry out a command in the caller's name; when this returns it is durable. Raises `Refusal`."""
        done = self.ledger.execute(self.origin(reason), command)
        g.is_done = True
        return done

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
