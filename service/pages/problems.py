"""Shows what went wrong as a page, to whoever asked for a page."""

from __future__ import annotations

from flask import Request, Response, request

from service.http.errors import Problem
from service.pages.showing import show_anybody

_ELSEWHERE = ("/api/", "/v1/", "/health/", "/metrics", "/openapi.json")


def problem_shown(problem: Problem) -> Response | None:
    """The problem as a page; None for whoever asks the API, or for no HTML."""
    if not _wants_page(request):
        return None
    return show_anybody("problem.html", status=problem.status, problem=problem)


def _wants_page(request: Request) -> bool:
    best = request.accept_mimetypes.best_match(["application/json", "text/html"])
    return best == "text/html" and not request.path.startswith(_ELSEWHERE)
