"""Puts unique words into every place where people are told of, and looks for them afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from service.ledger.ledger import Ledger
from service.privacy.byte_scan import files_with
from tests.databases import Databases, PostgresDatabases

OURS = "/api/ledger/v1"
MARK = "qxcanary"
TELLING = {"User-Agent": f"Mozilla/5.0 ({MARK})", "X-Request-Id": f"for {MARK}"}


class Planted:
    """A company that knows two people: everything told of the first is a canary, nothing told of the second is."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client
        self._numbers = count(1)
        self.words: list[str] = []
        self.person = self._ask("POST", "/api/v2/persons", **self._named())["data"]["id"]
        self.other = self._told("POST", "/api/v2/persons", {}, name="Ola Hansen")["data"]["id"]
        self.kept = self._told("POST", "/v1/leads", {}, title="Kitchen of Ola", person_id=self.other)["data"]["id"]
        self.lead = self._leads()
        self.deal = self._round_trip()
        self._hang_on()
        self._arrives()
        self._search()

    def word(self) -> str:
        """A word that stands nowhere else."""
        self.words.append(f"{MARK}{next(self._numbers):03}x")
        return self.words[-1]

    def _named(self) -> dict[str, Any]:
        self.address = f"{self.word()}@example.no"
        ways = {"emails": [{"value": self.address}], "phones": [{"value": f"+47 {self.word()}"}]}
        return {"name": f"{self.word()} {self.word()}", **ways}

    def _leads(self) -> str:
        told = {"origin_id": self.word(), "channel_id": self.word(), "title": self.word()}
        lead: str = self._ask("POST", "/v1/leads", **told, person_id=self.person)["data"]["id"]
        self._ask("PATCH", f"/v1/leads/{lead}", title=self.word(), channel_id=self.word())
        self._ask("PATCH", f"/api/v2/persons/{self.person}", **self._named())
        return lead

    def _round_trip(self) -> int:
        """The lead becomes a deal, is edited, lost and won, and comes back, and becomes the deal again."""
        convert = f"{OURS}/leads/{self.lead}/convert"
        deal: int = self._ask("POST", convert, reason=self.word(), title=self.word(), stage_id=1)["deal_id"]
        for facts in (
            {"title": self.word(), "channel_id": self.word()},
            {"status": "lost", "lost_reason": self.word()},
            {"status": "open"},
        ):
            self._ask("PATCH", f"/api/v2/deals/{deal}", **facts)
        signal = {"evidence": {"text": self.word()}, "external_id": self.word()}
        self._ask("POST", f"{OURS}/deals/{deal}/signals", kind="email_answered", interest=False, **signal)
        for _ in range(2):
            self._ask("POST", f"{OURS}/deals/{deal}/signals", kind=f"x_{self.word()}")
        self._ask("POST", f"{OURS}/deals/{deal}/signals", kind=f"x_{self.word()}", interest=False)
        self._ask("POST", f"{OURS}/deals/{deal}/revert", reason=self.word())
        self._ask("POST", convert, reason=self.word())
        straight = {"title": self.word(), "channel_id": self.word(), "person_id": self.person}
        self._ask("POST", "/api/v2/deals", **straight)
        return deal

    def _arrives(self) -> None:
        """A lead of the person's comes in, and one of somebody's who has the person's address."""
        signal = {"kind": "chat_held", "evidence": {"text": self.word()}, "external_id": self.word()}
        told = {"title": self.word(), "external_id": self.word(), "signals": [signal]}
        self._ask("POST", f"{OURS}/leads", source="Chatbot", person={"id": self.person}, **told)
        named = self._named()
        self._ask("PATCH", f"/api/v2/persons/{self.person}", **named)
        told = {"title": self.word(), "external_id": self.word()}
        self._ask("POST", f"{OURS}/leads", source="Chatbot", person=named, **told)

    def _hang_on(self) -> None:
        for link in ({"deal_id": self.deal}, {"person_id": self.person}):
            note = self._ask("POST", "/v1/notes", content=self.word(), **link)["data"]["id"]
            self._ask("PUT", f"/v1/notes/{note}", content=self.word())
        for link in ({"deal_id": self.deal}, {"participants": [{"person_id": self.person, "primary": True}]}):
            number = self._ask("POST", "/api/v2/activities", **self._planned(), **link)["data"]["id"]
            self._ask("PATCH", f"/api/v2/activities/{number}", **self._planned())
            self._ask("PATCH", f"/api/v2/activities/{number}", done=True)
        guests = [{"email": f"{self.word()}@example.no", "name": self.word(), "person_id": self.person}]
        self._ask("POST", "/api/v2/activities", subject=self.word(), attendees=guests)
        theirs = [{"email": f" {self.address.upper()}", "name": self.word()}]
        self._ask("POST", "/api/v2/activities", subject=self.word(), attendees=theirs)

    def _planned(self) -> dict[str, Any]:
        location, guest = {"value": self.word()}, {"email": f"{self.word()}@example.no", "name": self.word()}
        told = {name: self.word() for name in ("subject", "note", "public_description")}
        return {**told, "type": "meeting", "location": location, "attendees": [guest]}

    def _search(self) -> None:
        self._ask("GET", f"/api/v2/persons/search?term={self.words[0]}")

    def _ask(self, method: str, path: str, **body: Any) -> Any:
        """Whatever is asked about the first person, the client and the request are called after the person, too."""
        return self._told(method, path, TELLING, **body)

    def _told(self, method: str, path: str, headers: dict[str, str], **body: Any) -> Any:
        answer = self._client.open(path, method=method, json=body or None, headers=headers)
        assert answer.status_code < 300, f"{method} {path}: {answer.text}"
        return answer.json


def files_of(databases: Databases, ledger: Ledger) -> list[Path]:
    """All files that a database has."""
    return [databases.folder] if isinstance(databases, PostgresDatabases) else ledger.database.files


def found_in(paths: Iterable[Path]) -> list[Path]:
    """The files at or below paths in whose raw bytes a canary stands; another process reads them (see `byte_scan`)."""
    files = [file for path in paths for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file()]
    return files_with([MARK.encode()], sorted(files))
