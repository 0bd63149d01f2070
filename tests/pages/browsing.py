"""A browser without scripts, in this process: somebody who signed in asks for pages and sends their forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from service.pages.languages import COOKIE as LANGUAGE
from service.pages.sessions import COOKIE, FIELD, proof_of
from tests.service.serving import TOKEN, client_of, ledger_of


class Browsing:
    """Pages by a cookie, and the API by a header, of one service."""

    def __init__(self, app: Flask, token: str = TOKEN) -> None:
        self.api = client_of(app)
        self._token = token
        self._client = app.test_client()
        self._client.environ_base["HTTP_ACCEPT"] = "text/html"
        self._client.set_cookie(COOKIE, token)

    def page(self, address: str, *, status: int = 200) -> str:
        """The page at an address."""
        return _text(self._client.get(address), status)

    def send(self, address: str, fields: Mapping[str, Any] | None = None, /, *, status: int = 303, **more: Any) -> str:
        """Give the page a form: where it leads to, or the page that says why it is refused."""
        told = {name.replace("__", "."): value for name, value in {**(fields or {}), **more}.items()}
        answer = self._client.post(address, data={FIELD: proof_of(self._token), **told})
        text = _text(answer, status)
        return answer.headers["Location"] if status == 303 else text

    def speak(self, language: str) -> None:
        """Ask for pages in a language from now on."""
        self.keep(LANGUAGE, language)

    def keep(self, cookie: str, value: str) -> None:
        """Send a cookie from now on."""
        self._client.set_cookie(cookie, value)

    def leads_on(self, address: str) -> str:
        """Where a page leads on to that is not shown itself."""
        answer = self._client.get(address)
        _text(answer, 303)
        return answer.headers["Location"]

    @property
    def position(self) -> int:
        """Where the log ends."""
        return ledger_of(self.api.application).event_log.max_notification_id() or 0

    def lead(self, title: str, **facts: Any) -> str:
        """A new lead's id, of a person of its own unless it says otherwise."""
        if "person_id" not in facts:
            facts["person_id"] = self.added("/api/v2/persons", name=f"Kari of {title}")["id"]
        lead_id: str = self.added("/v1/leads", title=title, **facts)["id"]
        return lead_id

    def added(self, path: str, **body: Any) -> Any:
        """What the API made of a body."""
        answer = self.api.post(path, json=body)
        assert answer.status_code in (200, 201), answer.text
        return (answer.json or {})["data"]

    def told(self, path: str) -> Any:
        """What the API tells at a path of its public wire."""
        return (self.api.get(path).json or {})["data"]


def _text(answer: TestResponse, status: int) -> str:
    said = re.findall(r'role="alert">(.*?)<', answer.text)
    assert answer.status_code == status, (answer.status_code, answer.headers.get("Location"), said)
    return answer.text
