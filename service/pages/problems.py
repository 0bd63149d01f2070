"""Shows what went wrong as a page, to whoever asked for a page."""

from __future__ import annotations

from typing import Any

from flask import Request, Response, request

from service.http.call import Call
from service.http.errors import Problem
from service.pages.family import pages
from service.pages.showing import show, show_anybody

_ELSEWHERE = ("/api/", "/v1/", "/health/", "/metrics", "/openapi.json")


def problem_shown(problem: Problem) -> Response | None:
    """The problem as a page; None for whoever asks the API, or for no HTML."""
    if not _wants_page(request):
        return None
    return show_anybody("problem.html", status=problem.status, problem=problem)


@pages.nothing_then
def show_nothing_then(call: Call, **_: Any) -> Response:
    """That what a page is about was not there at the moment of the past that it is asked about."""
    return show(call, "nothing_then.html")


def _wants_page(request: Request) -> bool:
    best = request.accept_mimetypes.best_match(["application/json", "text/html"])
    return best == "text/html" and not request.path.startswith(_ELSEWHERE)
