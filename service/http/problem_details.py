"""Problems flow out of our own interface as RFC 9457 problem details."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import g

from service.http.errors import Problem
from service.http.family import Family


def word_problem(problem: Problem) -> tuple[int, dict[str, Any]]:
    """A problem as RFC 9457 has it, with the request's id and, for bad input, one entry per field."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.message,
        "request_id": g.request_id,
    }
    if problem.reasons:
        body["errors"] = [{"field": name, "reason": reason} for name, reason in problem.reasons]
    return problem.status, body


ledger = Family("ledger", ("/api/ledger/v1",), envelope=lambda answer: answer, unknown_parameters="refused")
root = Family("root", ("",), envelope=lambda answer: answer, unknown_parameters="ignored")
