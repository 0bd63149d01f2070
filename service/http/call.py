"""What a view is given: who asks, what was asked, and the ways to read and to command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any, TypeVar, cast

from flask import Request
from sqlalchemy import Table

from projections.engine.reading import Reading
from projections.engine.rows import Row, Rows, find
from projections.users import Caller
from service.clock import timestamp
from service.http.answer_time import AnswerTime
from service.http.auth import authenticate
from service.http.headers import sent
from service.http.idempotency import HiddenSince, ShownOnce, UnderWay
from service.http.kept import Store, kept_of, names_since
from service.http.tags import OneThing
from service.http.this_request import this_request
from service.http.waiting import Waiting
from service.ledger.ledger import Ledger, Origin, Transaction
from service.ledger.once import once
from service.log.admission import Admission
from service.log.errors import StillLocked
from service.log.foresight import Foresight
from service.log.keyed_receipts import KeyedRequest
from service.log.moments import Then
from service.log.standing import Standing, standing

T = TypeVar("T")

LONGEST_CLIENT = 200


@dataclass(frozen=True)
class PublicCall:
    """One request to a route that anybody may ask, with its query already checked."""

    ledger: Ledger
    query: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Call:
    """One authenticated request, with its query and body already checked.

    One that only reads keeps the ``open_reading`` by which it was authenticated, and may know where the log was
    ``standing`` before anything else was read; one that may command does not, since it may have to wait for its turn to
    write. ``then`` is the moment it asks about, where that is not now; by ``time`` a view learns what time it is, or
    was then. ``status`` is that of the answer where all goes well. One for which nothing is there yet says so to its
    ``waiting``; whoever has waited calls `check_token`. One that can be repeated is ``keyed``, and answered only once
    where the answer ``shows_secret``. ``thing`` is the one thing that it is about, where that has a tag. Where a
    command was just carried out, ``rows`` are those it worked with; the log ended at ``begun`` before, and at its
    ``end`` then.
    """

    ledger: Ledger
    user: Caller
    request_id: str
    client: str
    token: str | None = field(repr=False)
    admission: Admission | None = field(repr=False)
    query: Mapping[str, Any]
    body: Mapping[str, Any]
    open_reading: Reading | None
    standing: Standing | None
    then: Then | None
    time: AnswerTime
    status: int
    waiting: Waiting
    keyed: KeyedRequest | None
    shows_secret: bool
    thing: OneThing | None = None
    rows: Rows | None = None
    begun: int | None = None
    end: int = 0

    def execute(
        self,
        command: Callable[[Transaction], T],
        shown: Callable[[Call, T], Any],
        reason: str | None = None,
        *,
        is_large: bool = False,
        foresight: Foresight | None = None,
    ) -> Any:
        """Carry out a command in the caller's name, and answer how it is ``shown`` what the command tells.

        The command makes every check that depends on anything but the request's shape, and tells what a receipt may
        keep: ids and positions as JSON has them, nothing of people. When it is shown it is durable, and whatever is
        looked up for that is read through the call that ``shown`` is given. That of a `keyed` request is about the
        moment when the command was done, so whoever repeats it is shown the same. ``is_large`` and ``foresight`` are
        those of `Ledger.execute`. Raises `Refusal`.
        """
        wanted = self.on_what_was_seen(command)
        if self.keyed is not None:
            return self._execute_once(
                self.keyed, wanted, shown, self.origin(reason), is_large=is_large, foresight=foresight
            )

        def carry_out(tx: Transaction) -> tuple[int, T, Rows, int]:
            return tx.position, wanted(tx), tx.rows, tx.position

        begun, told, rows, end = self.ledger.execute(
            self.origin(reason), carry_out, is_large=is_large, foresight=foresight
        )
        this_request().is_done = True
        return shown(self.after(end, rows=rows, begun=begun), told)

    def _execute_once(
        self,
        request: KeyedRequest,
        command: Callable[[Transaction], T],
        shown: Callable[[Call, T], Any],
        origin: Origin,
        *,
        is_large: bool,
        foresight: Foresight | None,
    ) -> Any:
        try:
            done = once(self.ledger, origin, request, command, is_large=is_large, foresight=foresight)
        except StillLocked as error:
            raise UnderWay(f"a request under this Idempotency-Key may still be under way: {error}") from error
        if done.is_repeated and self.shows_secret:
            raise ShownOnce("this was done, and its answer held a secret that is shown only once")
        asked = this_request()
        asked.is_done, asked.is_repeated = True, done.is_repeated
        return shown(self.after(done.then.position, rows=done.rows, then=done.then), done.told)

    def on_what_was_seen(self, command: Callable[[Transaction], T]) -> Callable[[Transaction], T]:
        """The command, refused where the one thing that it changes is not as the request wants it to be."""
        thing = self.thing
        if thing is None or not thing.is_conditional:
            return command  # without a question, for which whatever waits would have to be written

        def check_and_carry_out(tx: Transaction) -> T:
            thing.check(tx.seen, AnswerTime(self.ledger.now), tx.position)
            return command(tx)

        return check_and_carry_out

    def after(self, end: int, **known: Any) -> Call:
        """This call once its command was carried out, by what is known then; the log ended there."""
        if self.thing is not None:
            self.thing.change(end)
        then: Then | None = known.get("then")
        time = self.time if then is None else AnswerTime.at(then.now)
        return replace(self, end=end, time=time, **known)

    def row_left(self, table: Table, key: Any) -> Row:
        """The row of a thing that a command told of, as the command left it; it costs nothing where it is still so.

        Where it is shown later, the caller may not see it any more: then it raises `HiddenSince`.
        """
        row = None if self.rows is None else self.rows.known(table, key)
        if row is None or row["valid_from"] > self.end:
            with self.reading() as reading:
                row = find(reading if row is None else reading.at(self.end), table, key)
        if row is None:
            raise HiddenSince("this was done, and the caller may not see any more what became of it")
        return row

    def has_added(self, row: Row) -> bool:
        """Whether the command added the thing of a row just now, so that nothing hangs on it yet."""
        return self.begun is not None and row["created_position"] > self.begun

    def tag(self, edited: int, *, passes: bool = False) -> None:
        """Let the answer bear the tag of the one thing that it shows, which a client last edited at that position.

        That of an answer that ``passes``, as it changes with time alone, is another one at each moment. To be called
        before what is shown is looked up. Raises `NotModified` and `PreconditionFailed`.
        """
        if self.thing is not None:
            self.thing.show(edited, timestamp(self.time.now()) if passes else "", self.reading)

    def check_token(self) -> None:
        """Raise `Unauthorized` where the token has expired or been revoked, or its owner deactivated, meanwhile."""
        with self.ledger.reading() as reading:
            authenticate(reading, self.token, self.ledger)

    def origin(self, reason: str | None) -> Origin:
        """Where a command comes from that is given in this call."""
        user = self.user
        told = reason, self.status, user.viewer, user.token_id, self.admission
        return Origin(user.user_id, self.request_id, self.client, *told)

    def facts(self, kind: type[T]) -> T:
        """The checked body as the facts of that kind, a typed dictionary which names every one of them."""
        return cast(T, self.body)

    @cached_property
    def kept(self) -> Store:
        """What is kept of rows that are read from now on."""
        with self.reading() as reading:
            return kept_of(self.standing or standing(reading.connection))

    @cached_property
    def names_since(self) -> int | None:
        """Since which position of the log names, and who may see them, are what they are now; None if not known."""
        if self.standing is None:
            return None
        with self.reading() as reading:
            return names_since(reading.connection, self.standing)

    def reading(self) -> AbstractContextManager[Reading]:
        """What to ask the read models with: it answers with what the caller may see."""
        if self.open_reading is not None:
            return nullcontext(self.open_reading)
        return self.ledger.reading(self.user.viewer, None if self.then is None else self.then.position)


def client(request: Request) -> str:
    """What the client calls itself."""
    return _printable((sent(request, "User-Agent") or "")[:LONGEST_CLIENT]) or "unknown"


@lru_cache(100)
def _printable(name: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in name)
