"""The public wire's envelopes and error bodies, and the two families of routes that use them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from marshmallow import ValidationError

from projections.engine.rows import Row
from service.http import cursors
from service.http.auth import Expired, Unauthorized
from service.http.errors import NotFound, Problem
from service.http.family import Answer, Family
from service.http.idempotency import KeyConflict
from service.http.json import UnreadableBody
from service.http.tags import PreconditionFailed

_UNKNOWN = "Unknown field"
"""What marshmallow says of a key or a parameter that a schema does not have."""
_HINT = "Please check the API description at /api/ledger/v1/openapi.json"


Show = Callable[[list[Row]], list[Any]]
"""Shows rows as the wire has them."""


class UserNotFound(NotFound):
    """Nobody works here under that id; version 1 says so in a body of its own (wire reference 1.4)."""


class NoTerm(UnreadableBody):
    """A search of version 1 without a term; the message says whether it is missing or empty."""


def envelope(answer: Any) -> dict[str, Any]:
    """The success envelope of both versions (wire reference 1.3)."""
    if isinstance(answer, Answer):
        return {"success": True, "data": answer.data, **answer.beside}
    return {"success": True, "data": answer}


def offset_page(found: list[Row], query: Mapping[str, Any], show: Show) -> Answer:
    """A page of version 1's lists (wire reference 1.7); ``found`` holds one more than the limit where more follow."""
    start, limit = query["start"], query["limit"]
    pagination: dict[str, Any] = {"start": start, "limit": limit, "more_items_in_collection": len(found) > limit}
    if len(found) > limit:
        pagination["next_start"] = start + limit
    return Answer(show(found[:limit]), {"additional_data": {"pagination": pagination, **pagination}})


def cursor_page(
    found: list[Row],
    query: Mapping[str, Any],
    show: Callable[[list[Row]], Any],
    *order: str,
    listed: Sequence[str] = (),
) -> Answer:
    """A page of version 2's lists (wire reference 1.7); ``order`` names the columns the cursor continues behind.

    ``listed`` is the list's own name, where the cursor bears it.
    """
    limit = query["limit"]
    last = found[limit - 1] if len(found) > limit else None
    next_cursor = None if last is None else cursors.encode(*listed, *(last[name] for name in order))
    return Answer(show(found[:limit]), {"additional_data": {"next_cursor": next_cursor}})


def word_problem(problem: Problem) -> tuple[int, dict[str, Any]]:
    """The error envelope of both versions (wire reference 1.4).

    The wire knows no 409, so a broken rule is a 400; only what became of an Idempotency-Key is told as its draft says.
    """
    if isinstance(problem.error, Unauthorized):
        info = problem.message if isinstance(problem.error, Expired) else _HINT
        return 401, {"success": False, "error": "unauthorized access", "errorCode": 401, "error_info": info}
    if isinstance(problem.error, UserNotFound):
        return 404, {"success": False, "error": problem.message}
    if isinstance(problem.error, NoTerm):
        said = f'ServerError [ERR_INVALID_INPUT]: Invalid input: "term" {problem.message}'
        return 400, {"success": False, "error": {"message": said, "code": 400, "failed_fields": ["term"]}}
    status = 400 if problem.status == 409 and not isinstance(problem.error, KeyConflict) else problem.status
    info = "Object was not found." if status == 404 else _HINT
    now = problem.error.now if isinstance(problem.error, PreconditionFailed) else None
    body = {"success": False, "error": problem.message, "error_info": info, "data": None, "additional_data": now}
    return status, body


def word_v2_problem(problem: Problem) -> tuple[int, dict[str, Any]]:
    """As `word_problem`, but version 2 words failed validation in its own way (wire reference 1.4)."""
    if isinstance(problem.error, ValidationError):
        reasons = "; ".join(f"{name}: {_in_v2_words(name, reason)}" for name, reason in problem.reasons)
        message = f"Validation failed: {reasons}"
        return 400, {"success": False, "error": message, "code": "ERR_SCHEMA_VALIDATION_FAILED"}
    return word_problem(problem)


def _in_v2_words(name: str, reason: str) -> str:
    return f"Parameter '{name}' is not allowed for this request" if reason == _UNKNOWN else reason


v1 = Family("v1", ("/v1", "/api/v1"), envelope=envelope, unknown_parameters="ignored")
v2 = Family("v2", ("/api/v2",), envelope=envelope, unknown_parameters="refused")
