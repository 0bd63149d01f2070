"""Looks at everything that is answered in tests, and keeps what the description does not tell of."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from flask import Flask, Response, request

from service.http.description import describe
from service.http.routes import FAMILIES


def watch(app: Flask) -> list[str]:
    """From now on, answers whose status, media type or header is not described, each with what was asked.

    What fails on our side is not looked at: that is no answer that anybody may count on.
    """
    surprises = list[str]()

    def look(response: Response) -> Response:
        if request.url_rule is not None and response.status_code != 500:
            surprises.extend(_surprises(request.method, request.url_rule.rule, response))
        return response

    app.after_request_funcs.setdefault(None, []).insert(0, look)  # the first one is called last
    return surprises


def _surprises(method: str, rule: str, response: Response) -> list[str]:
    path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule).removeprefix("/api") if rule.startswith("/api/v1/") else rule
    path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)
    operation = _document()["paths"].get(path, {}).get(method.lower())
    if operation is None:
        return []
    described = operation["responses"].get(str(response.status_code))
    if described is None:
        return [f"{method} {rule} answered {response.status_code}, which is not described: {response.get_data(True)}"]
    if "$ref" in described:
        described = _document()["components"]["responses"][described["$ref"].rpartition("/")[2]]
    content, headers = described.get("content", {}), _document()["components"]["headers"]
    needed = [name for name in described["headers"] if headers[name]["required"]]
    found = [f"{method} {rule} answered without {name}" for name in needed if name not in response.headers]
    if content and response.mimetype not in content:
        found.append(f"{method} {rule} answered {response.status_code} in {response.mimetype}")
    return found


@cache
def _document() -> Any:
    return describe(FAMILIES)
