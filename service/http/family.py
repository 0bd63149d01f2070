"""Routes of one family, and how its requests are checked, answered and put in its envelope."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from flask import Flask, Request, Response, request
from marshmallow import Schema
from marshmallow.fields import Field

from projections.engine.reading import Reading
from service.clock import timestamp
from service.http.admitting import admit
from service.http.answer_time import AnswerTime
from service.http.asked import asked_in
from service.http.auth import token_of
from service.http.call import Call, PublicCall, client
from service.http.idempotency import UnderWay, keyed_request
from service.http.json import render
from service.http.limits import Limits
from service.http.moments import then_of
from service.http.route import AS_OF, Route, View
from service.http.scopes import scope_of
from service.http.tags import Edited, OneThing, preconditions_of
from service.http.this_request import this_request
from service.http.time_fields import with_as_of
from service.http.told import tell
from service.http.waiting import waiting_of
from service.http.whole import Whole
from service.ledger.ledger import Ledger
from service.log.errors import StillLocked
from service.log.history import position_at
from service.log.token_digests import Holder
from service.obstacles import Alarm


@dataclass(frozen=True)
class Answer:
    """What a view answers where its data is not all: what goes beside it in the family's envelope."""

    data: Any
    beside: Mapping[str, Any]


class Family:
    """The routes under one set of prefixes, which share an envelope, an error body and their strictness."""

    def __init__(
        self,
        name: str,
        prefixes: tuple[str, ...],
        *,
        envelope: Callable[[Any], Any],
        unknown_parameters: Literal["refused", "ignored"],
    ) -> None:
        self.name = name
        self.prefixes = prefixes
        self.routes: list[Route] = []
        self.envelope = envelope
        self._unknown: Literal["raise", "exclude"] = "raise" if unknown_parameters == "refused" else "exclude"

    def route(
        self,
        method: str,
        path: str,
        *,
        query: type[Schema] = Schema,
        body: type[Schema] | None = None,
        answer: type[Schema | Field[Any]] | None = None,
        many: bool = False,
        status: int = 200,
        missing: str | None = None,
        is_public: bool = False,
        is_command: bool | None = None,
        is_for_administrators: bool = False,
        is_audited: bool = False,
        is_unrecorded: bool = False,
        scope: str | None = None,
        is_confidential: bool = False,
        shows_secret: bool = False,
        may_take_longer: bool = False,
        may_ask_in_body: bool = False,
        is_alone: bool = False,
        has_past: bool = False,
        no_past: str = "it acts on what is there now",
        formats: tuple[str, ...] = (),
        problems: frozenset[int] = frozenset(),
        has_tag: bool = False,
        edited: Edited | None = None,
        is_of_log: bool | None = None,
    ) -> Callable[[View], View]:
        """Let a function answer a route; it is given the `Call` (a `PublicCall` where it ``is_public``) and the path's
        parameters.

        ``query`` and ``body`` check what comes in; ``answer`` describes what goes out, and ``missing`` is what
        the client is told where the thing asked for does not exist. One that ``is_command`` may change something, so
        it is refused to auditors and by a service that is only read; unless it says otherwise, whatever is no GET is
        one. A record is kept of each request to a route that ``is_audited``, and of whatever an auditor reads, but for
        one that ``is_unrecorded``. What a token's ``scope`` must be follows from these (see `scope_of`), unless it is
        named. One that ``has_past`` can be asked ``as_of`` a moment; any other refuses that, and ``no_past`` says why.
        What one that ``is_confidential`` answers is kept by no cache, and what one that ``shows_secret`` answers is not
        shown to whoever repeats it. One that ``may_take_longer`` may answer 202 in the same shape. One that
        ``may_ask_in_body`` takes the query's parameters in a JSON body, too. One that ``is_alone`` is no part of a
        batch. ``formats`` are the media types that it answers in beside JSON, and ``problems`` the statuses of those
        that its shape does not show. One that ``has_tag`` answers one thing, with the entity tag that the view gives it
        by `Call.tag`; one that changes one thing says where that was ``edited`` last, as preconditions want to know.
        What one answers that ``is_of_log`` depends on who asks, on the log and perhaps on the time of `Call.time`, and
        on nothing else: it bears a tag, and is kept for as long as the log stands still. Unless it says otherwise, that
        is so where it ``has_past`` and no record is kept of it.
        """

        writes = method != "GET" if is_command is None else is_command
        needed = scope or scope_of(
            is_command=writes, is_for_administrators=is_for_administrators, is_audited=is_audited
        )

        def register(view: View) -> View:
            self.routes.append(
                Route(
                    method=method,
                    path=path,
                    view=view,
                    query=(with_as_of(query) if has_past else query)(unknown=self._unknown),
                    body=body(unknown="raise") if body else None,
                    answer=answer() if answer else None,
                    many=many,
                    status=status,
                    missing=missing,
                    is_public=is_public,
                    is_command=writes,
                    is_for_administrators=is_for_administrators,
                    is_audited=is_audited,
                    is_unrecorded=is_unrecorded,
                    scope=needed,
                    is_confidential=is_confidential,
                    shows_secret=shows_secret,
                    may_take_longer=may_take_longer,
                    may_ask_in_body=may_ask_in_body,
                    is_alone=is_alone,
                    formats=formats,
                    problems=problems,
                    has_tag=has_tag,
                    edited=edited,
                    no_past=None if has_past else no_past,
                    is_of_log=has_past and not is_audited if is_of_log is None else is_of_log,
                )
            )
            return view

        return register

    def mount(self, app: Flask, ledger: Ledger, limits: Limits) -> None:
        """Let an application answer all routes of the family; its `url_map` knows their paths."""
        for route in self.routes:
            handle = self._handler(route, ledger, limits)
            for endpoint in map(route.endpoint, self.prefixes):
                if endpoint in operations_of(app):
                    raise ValueError(f"two routes are answered by functions of one name: {endpoint}")
                app.view_functions[endpoint] = handle
                operations_of(app)[endpoint] = self, route

    def token(self, request: Request) -> str | None:
        """The token by which a request says who asks. Raises `ManyTokens`."""
        return token_of(request)

    def _handler(self, route: Route, ledger: Ledger, limits: Limits) -> View:
        serve = self._serve_anybody if route.is_public else partial(self._serve_user, limits)

        def handle(**path: Any) -> Response:
            asked = this_request()
            asked.missing, asked.is_confidential = route.missing, route.is_confidential
            try:
                return serve(route, ledger, path)
            except Alarm as alarm:
                ledger.obstacles.note(alarm)
                raise

        return handle

    def _serve_anybody(self, route: Route, ledger: Ledger, path: Mapping[str, Any]) -> Response:
        preconditions_of(request, has_tag=False)
        return self._response(route, route.view(PublicCall(ledger, route.check(asked_in(request))[0]), **path))

    def _serve_user(self, limits: Limits, route: Route, ledger: Ledger, path: Mapping[str, Any]) -> Response:
        asked = this_request()
        token = self.token(asked)
        if route.fits_batch and not route.is_audited and (known := limits.let_in_again(asked, token)) is not None:
            answer = self._answer_if_confirmed(route, ledger, path, token, known)
            if answer is not None:
                return answer
        with ledger.reading() as reading:
            found = limits.let_in(reading, asked, token, is_first=not waiting_of(asked).is_again)
            user = found.caller
            asked.user_id = user.user_id
            if not route.is_command:
                return self._answer(route, ledger, path, token, found, reading.seen_by(user.viewer))
        return self._answer(route, ledger, path, token, found)

    def _answer_if_confirmed(
        self, route: Route, ledger: Ledger, path: Mapping[str, Any], token: str | None, known: Holder
    ) -> Response | None:
        """The answer to a command of a user who was let in before; None where it did not come to confirm that.

        Then nothing was done, and all is to begin again with asking who the user is: a token that was revoked is
        refused before anything else is, but for a command whose turn did not come.
        """
        assert known.admission is not None
        asked = this_request()
        asked.user_id = known.caller.user_id
        answer = None
        try:
            asked.get_data()  # which keeps it
            answer = self._answer(route, ledger, path, token, known)
        except (StillLocked, UnderWay):
            raise  # who has waited in vain for his turn is not made to wait for it again
        except Exception:
            if known.admission.is_confirmed:
                raise
        return answer if known.admission.is_confirmed else None

    def _answer(
        self,
        route: Route,
        ledger: Ledger,
        path: Mapping[str, Any],
        token: str | None,
        found: Holder,
        reading: Reading | None = None,
    ) -> Response:
        """Check what a user asks, and let the view answer it: from the open reading, where there is one."""
        asked = this_request()
        user, waiting = found.caller, waiting_of(asked)
        admit(route, ledger, user, is_first=not waiting.is_again)
        keyed = keyed_request(asked, takes_body=route.takes_body) if route.is_command else None
        asked.is_keyed = keyed is not None
        preconditions = preconditions_of(asked, has_tag=route.is_about_one, has_digest=route.is_of_log)
        query, body = route.check(asked_in(asked))
        time, then = AnswerTime(ledger.now), None
        if query.get(AS_OF) is not None and reading is not None:
            then = then_of(ledger, time, reading.connection, query[AS_OF])
            reading = reading.at(then.position, timestamp(then.now))
        thing = None
        if route.is_about_one:
            thing = OneThing(route.edited, path, user, preconditions, 0 if reading is None else _end(reading, found))
        call = Call(
            ledger=ledger,
            user=user,
            request_id=asked.request_id,
            client=client(asked),
            token=token,
            admission=found.admission,
            query=query,
            body=body,
            open_reading=reading,
            standing=None if reading is None else found.standing,
            then=then,
            time=time if then is None else AnswerTime.at(then.now),
            status=route.status,
            waiting=waiting,
            keyed=keyed,
            shows_secret=route.shows_secret,
            thing=thing,
        )

        def answer() -> Response:
            return self._response(route, route.view(call, **path))

        response = thing.answer(answer) if route.has_tag and thing is not None else answer()
        if asked.is_repeated:
            response.headers["Idempotent-Replayed"] = "true"
        if then is not None:
            response.headers["X-As-Of-Position"] = str(then.position)
            response.headers["X-As-Of-Time"] = timestamp(then.now)
        if route.is_of_log:
            tell(asked, response, found, time, preconditions)
        return response

    def _response(self, route: Route, answer: Any) -> Response:
        if isinstance(answer, Response):
            return answer
        return Whole(render(self.envelope(answer)), route.status, mimetype="application/json")


def _end(reading: Reading, found: Holder) -> int:
    """Where the log ended before anything was read for the answer."""
    return position_at(reading.connection) if found.standing is None else found.standing.position


def operations_of(app: Flask) -> dict[str, tuple[Family, Route]]:
    """The operations that an application answers, by their endpoints."""
    operations: dict[str, tuple[Family, Route]] = app.extensions.setdefault("operations", {})
    return operations
