"""Plants canaries in what can be erased beside persons: a sole trader, a user, a lone lead, a lone note, a title."""

from __future__ import annotations

from itertools import count
from typing import Any

from flask.testing import FlaskClient

from service.ledger.ledger import Ledger
from tests.service.privacy.canaries import MARK, OURS
from tests.service.serving import user_who_left


class Others:
    """A company that works with a sole trader, had a user who left, and wrote down much that stands by itself.

    Everything told of these is a canary; what is told of the company ``kept`` is none.
    """

    def __init__(self, client: FlaskClient, ledger: Ledger) -> None:
        self._client = client
        self._numbers = count(1)
        self.trader = self._trader()
        self.kept = self.ask("POST", "/api/v2/organizations", name="Varme AS")["data"]["id"]
        self.user = user_who_left(ledger, name=self.word(), email=f"{self.word()}@example.no")
        self.lead = self._lead()
        self.note = self.ask("POST", "/v1/notes", content=self.word(), org_id=self.kept)["data"]["id"]
        self.ask("PUT", f"/v1/notes/{self.note}", content=self.word())
        self.activity = self._activity(org_id=self.kept)
        self.deal = self.ask("POST", "/api/v2/deals", title=self.word(), org_id=self.kept)["data"]["id"]

    def word(self) -> str:
        """A word that stands nowhere else."""
        return f"{MARK}{next(self._numbers):03}y"

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """The JSON that a request is answered, which has to go well."""
        answer = self._client.open(path, method=method, json=body or None)
        assert answer.status_code < 300, f"{method} {path}: {answer.text}"
        return answer.json

    def _trader(self) -> int:
        number: int = self.ask("POST", "/api/v2/organizations", **self._named())["data"]["id"]
        self.ask("PATCH", f"/api/v2/organizations/{number}", **self._named())
        lead = self.ask("POST", "/v1/leads", title=self.word(), organization_id=number)["data"]["id"]
        self.ask("POST", "/v1/notes", content=self.word(), lead_id=lead)
        self.ask("POST", f"{OURS}/leads/{lead}/convert", reason=self.word(), title=self.word())
        self.ask("POST", "/v1/notes", content=self.word(), org_id=number)
        self._activity(org_id=number)
        return number

    def _named(self) -> dict[str, Any]:
        told = {name: self.word() for name in ("name", "website", "linkedin")}
        return {**told, "address": {"value": self.word(), "locality": self.word()}}

    def _lead(self) -> str:
        told = {"title": self.word(), "origin_id": self.word(), "channel_id": self.word()}
        lead: str = self.ask("POST", "/v1/leads", **told, organization_id=self.kept)["data"]["id"]
        self.ask("PATCH", f"/v1/leads/{lead}", title=self.word())
        self.ask("POST", "/v1/notes", content=self.word(), lead_id=lead)
        signal = {"evidence": {"text": self.word()}, "external_id": self.word()}
        self.ask("POST", f"{OURS}/leads/{lead}/signals", kind="email_answered", **signal)
        return lead

    def _activity(self, **links: int) -> int:
        texts = {name: self.word() for name in ("subject", "note", "public_description")}
        told = {**texts, "type": "meeting", "location": {"value": self.word()}}
        number: int = self.ask("POST", "/api/v2/activities", **told, **links)["data"]["id"]
        return number
