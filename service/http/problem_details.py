"""The problem details (RFC 9457) of our own interface."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import request

from aggregates.refusals import Gone, OtherForm
from service.http.errors import CommandRefused, Problem
from service.http.family import Family
from service.http.limits import TooMany
from service.http.tags import PreconditionFailed
from service.http.this_request import this_request


def word_problem(problem: Problem) -> tuple[int, dict[str, Any]]:
    """A problem as RFC 9457 has it, with the request's id and, for bad input, one entry per field.

    Whoever names the form that an opportunity has no more is told both its identities: reading that is a 404, and to
    command it a 409. Whoever gives a batch is told which of its commands was refused, and how.
    """
    error = problem.error
    is_conflict = isinstance(error, OtherForm) and request.method != "GET"
    status = 409 if is_conflict else problem.status
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": str(error) if isinstance(error, Gone) else problem.message,
        "request_id": this_request().request_id,
    }
    if isinstance(error, OtherForm):
        body |= error.identities
    if isinstance(error, CommandRefused):
        body |= {"index": error.index, "result": error.result}
    if isinstance(error, TooMany):
        body |= {"type": error.kind, "violated-policies": [error.policy.name]}
    if isinstance(error, PreconditionFailed):
        body |= error.now
    if problem.reasons:
        body["errors"] = [{"field": name, "reason": reason} for name, reason in problem.reasons]
    return status, body


ledger = Family("ledger", ("/api/ledger/v1",), envelope=lambda answer: answer, unknown_parameters="refused")
root = Family("root", ("",), envelope=lambda answer: answer, unknown_parameters="ignored")
