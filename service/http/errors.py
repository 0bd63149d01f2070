"""Turns errors of any layer into problems with a status and a message, by one table, for families to word."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from eventsourcing.persistence import IntegrityError, OperationalError, PersistenceError
from flask import Flask, Request, Response, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, UnsupportedMediaType
from werkzeug.exceptions import NotFound as WerkzeugNotFound

from aggregates.refusals import Gone, Refusal, UnknownReference
from service.commands.batches import TooLong
from service.commands.tokens import BeyondScopes
from service.database.database import ReadOnly
from service.http import security
from service.http.auth import ManyTokens, Unauthorized
from service.http.cursors import BrokenCursor
from service.http.idempotency import NAME, KeyConflict, MalformedKey, UnderWay
from service.http.issuer_keys import KeysAway
from service.http.json import UnreadableBody, render
from service.http.limits import TooMany, TooManyFailures
from service.http.tags import BadPrecondition, PreconditionFailed
from service.http.this_request import this_request
from service.ledger.once import OtherRequest
from service.log.errors import UnknownOutcome
from service.obstacles import Obstacle
from service.privacy.file_scrub import StillInUse

REFUSAL = "leadledger.refusal"
"""Where a request's WSGI environment holds why the server refuses it, so that it is refused in its family's words."""

_log = logging.getLogger("leadledger")


class NotFound(Exception):
    """What a request asks for does not exist; the message says what it was."""


class Forbidden(Exception):
    """The user may not do this."""


class NotInBatch(Exception):
    """A batch does not take this; the message says why."""


class CommandRefused(Exception):
    """Of a batch that is done wholly or not at all a command was refused: which one, and how it would be answered."""

    def __init__(self, index: int, result: Mapping[str, Any]) -> None:
        super().__init__(f"nothing was done, since the command at index {index} was refused")
        self.index = index
        self.result = result


@dataclass(frozen=True)
class Problem:
    """What went wrong, in no family's words yet; ``reasons`` names fields and what is wrong with each."""

    status: int
    message: str
    error: Exception
    reasons: tuple[tuple[str, str], ...] = ()


_STATUSES: dict[type[Exception], int] = {
    UnreadableBody: 400,
    ManyTokens: 400,
    BrokenCursor: 400,
    BadPrecondition: 400,
    NotInBatch: 400,
    UnknownReference: 400,
    Unauthorized: 401,
    Forbidden: 403,
    NotFound: 404,
    Gone: 404,
    MalformedKey: 400,
    OtherRequest: 422,
    KeyConflict: 409,
    BeyondScopes: 403,
    Refusal: 409,
    PreconditionFailed: 412,
    TooLong: 413,
    CommandRefused: 422,
    IntegrityError: 409,
    KeysAway: 503,
    StillInUse: 503,
    ReadOnly: 403,
    TooMany: 429,
}

REFUSALS: tuple[type[Exception], ...] = (
    ValidationError,
    *(kind for kind, status in _STATUSES.items() if status < 500 and not issubclass(kind, PersistenceError)),
)
"""The errors by which a command is refused, whatever the database does."""

Wording = Callable[[Problem], tuple[int, dict[str, Any]]]
"""How one family of clients is told of a problem: the status and the body."""


Showing = Callable[[Problem], Response | None]
"""How somebody who looks at a page is shown a problem; None where it is no page that was asked for."""


def install(app: Flask, wordings: Mapping[str, Wording], otherwise: Wording, shown: Showing) -> None:
    """Answer every error on an application; ``wordings`` says by path prefix which family words it.

    One that is ``shown`` as a page is worded in no family's words.
    """

    def word(problem: Problem, path: str) -> tuple[int, dict[str, Any]]:
        return next((word for prefix, word in wordings.items() if path.startswith(prefix)), otherwise)(problem)

    def answer(error: Exception) -> Response:
        problem = noted_problem(error, request.method)
        response = shown(problem)
        if response is None:
            status, body = word(problem, request.path)
            kind = "application/problem+json" if "type" in body else "application/json"
            response = Response(render(body), status, mimetype=kind)
        status = response.status_code
        if isinstance(error, UnderWay) or (status == 503 and not isinstance(error, Obstacle)):  # which waiting mends
            response.headers["Retry-After"] = "2"
        if isinstance(error, PreconditionFailed):
            response.headers["ETag"] = str(error.tag)
        if status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
        if isinstance(error, UnsupportedMediaType):
            response.headers["Accept-Encoding"] = "gzip"
        return response

    app.extensions["word"] = word
    app.register_error_handler(Exception, answer)


def in_words(app: Flask, error: Exception, method: str, path: str) -> tuple[int, dict[str, Any]]:
    """The status and the body that an error is answered with, as the family words it whose path was asked."""
    worded: tuple[int, dict[str, Any]] = app.extensions["word"](noted_problem(error, method), path)
    return worded


def noted_problem(error: Exception, method: str) -> Problem:
    """What an exception means to the client; the security log has it where somebody was turned away."""
    problem = problem_of(error, method)
    if problem.status in (401, 403) or isinstance(error, TooManyFailures):
        security.note(problem.status, problem.message)
    return problem


def refuse(request: Request) -> None:
    """Raise what the server has to say against a request, such as that it was not there in time."""
    if isinstance(refusal := request.environ.get(REFUSAL), HTTPException):
        raise refusal


def problem_of(error: Exception, method: str) -> Problem:
    """What an exception means to the client; what it does not know is a 500 that says nothing, and a log line."""
    if isinstance(error, ValidationError):
        reasons = tuple(sorted(_flat(error.messages_dict)))
        return Problem(400, "; ".join(f"{name}: {reason}" for name, reason in reasons), error, reasons)
    if isinstance(error, HTTPException):
        return Problem(error.code or 500, _http_message(error, method), error)
    asked = this_request()
    if isinstance(error, UnknownOutcome) or (isinstance(error, OperationalError) and asked.is_done):
        _log.warning("request %s: the database went away: %s", asked.request_id, error)
        return Problem(504, _where_to_look(is_done=isinstance(error, OperationalError)), error)
    if isinstance(error, Obstacle):
        _log.warning("request %s: %s", asked.request_id, error)
        return Problem(503, error.outside, error)
    if isinstance(error, OperationalError):
        _log.warning("request %s: the database is away: %s", asked.request_id, error)
        return Problem(503, "the database cannot be reached at the moment; try again in a few seconds", error)
    for kind in type(error).__mro__:
        if kind in _STATUSES:
            status = _STATUSES[kind]
            missing: str | None = asked.missing if status == 404 else None
            return Problem(status, missing or str(error), error)
    _log.error("request %s failed", asked.request_id, exc_info=error)
    return Problem(500, "something went wrong on our side; the request id helps to find out what", error)


def _where_to_look(*, is_done: bool) -> str:
    """What is said to whoever gave a command that may have been committed: never to give it once more without a key."""
    happened = "this was done, but its answer could not be made" if is_done else "it is not known whether this was done"
    asked = this_request()
    look = f"{happened}: GET /api/ledger/v1/commands/{quote(asked.request_id, safe='')} tells what was committed"
    return f"{look}, and the same request with the same {NAME} is done once at most" if asked.is_keyed else look


def _http_message(error: HTTPException, method: str) -> str:
    if isinstance(error, WerkzeugNotFound):
        return "there is nothing at this address"
    if isinstance(error, MethodNotAllowed):
        return f"{method} is not possible here"
    return error.description or error.name


def _flat(messages: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(messages, dict):
        for name, inner in messages.items():
            yield from _flat(inner, path if name == "_schema" else f"{path}.{name}" if path else str(name))
    else:
        yield from ((path or "body", str(message).rstrip(".")) for message in messages)
