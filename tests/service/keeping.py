"""Colleagues at work who keep things to themselves, and a model of who may see what, as simple as can be."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from service.commands import users
from service.ledger.ledger import Origin
from tests.service.serving import client_of, issued, ledger_of

ADMIN, AUDITOR, SELLERS = 1, 5, (2, 3, 4)
WHO_SEES_ALL = (ADMIN, AUDITOR)
LEVELS = (1, 1, 3, 7)
FORMS = ("lead", "deal")
CONTACTS = ("person", "organization")
OURS = "/api/ledger/v1"
_ORIGIN = Origin(user_id=ADMIN, request_id="given", client="given")
_FACTS: dict[str, Any] = {"default_currency": "NOK", "locale": "nb_NO", "timezone_name": "Europe/Oslo"}


@dataclass(eq=False)
class Kept:
    """An opportunity, a person or an organization, by its ids; ``form`` is what it is now, or ``deleted``."""

    form: str
    ids: dict[str, Any]
    level: int
    owner: int
    followers: set[int] = field(default_factory=set)

    def lets(self, user_id: int) -> bool:
        """Whether a user may see it."""
        return self.level != 1 or user_id in (*WHO_SEES_ALL, self.owner, *self.followers)

    @property
    def path(self) -> str:
        """Where it is now."""
        return f"{'/v1' if self.form == 'lead' else '/api/v2'}/{self.form}s/{self.ids[self.form]}"


class Colleagues:
    """An administrator, three sellers and an auditor, and all that they keep."""

    def __init__(self, app: Flask, seed: int) -> None:
        self.app, self.random = app, random.Random(seed)
        self.clients: dict[int, FlaskClient] = {ADMIN: client_of(app)}
        self.kept: list[Kept] = []
        self.notes: dict[int, list[Kept]] = {}
        for user_id in (*SELLERS, AUDITOR):
            self.clients[user_id] = self._hire(user_id)
        self._ask(ADMIN, "PATCH", "/api/v2/pipelines/1", {"is_deal_probability_enabled": True})
        self._ask(ADMIN, "PATCH", "/api/v2/stages/2", {"deal_probability": 40})
        for kind in CONTACTS:
            self._add(ADMIN, kind, {"name": kind}, level=3)

    def work(self, steps: int) -> None:
        """Let anybody do anything so many times; what somebody may not see must be missing to whoever tries."""
        deeds = (self.add, self.write, self.hang, self.change, self.change, self.turn, self.follow, self.move)
        for _ in range(steps):
            self.random.choice(deeds)(self.random.choice((ADMIN, *SELLERS)))

    def add(self, user_id: int) -> None:
        """Add something, perhaps for another and at any level, linked to contacts that the user may see."""
        kind, level = self.random.choice((*FORMS, *CONTACTS)), self.random.choice(LEVELS)
        if kind in CONTACTS:
            self._add(user_id, kind, {"name": f"{kind} {len(self.kept)}"}, level)
            return
        person, organization = self._any("person"), self._any("organization")
        name = "org_id" if kind == "deal" else "organization_id"
        facts: dict[str, Any] = {"title": f"Boiler {len(self.kept)}", "person_id": person.ids["person"]}
        facts[name] = organization.ids["organization"]
        if kind == "deal":
            facts |= {"value": self.random.randrange(100), "currency": self.random.choice(("NOK", "EUR"))}
            facts |= {"stage_id": self.random.randint(1, 3), "probability": self.random.choice((None, 30))}
        if not (person.lets(user_id) and organization.lets(user_id)):
            self._refused(user_id, "POST", f"{'/v1' if kind == 'lead' else '/api/v2'}/{kind}s", facts, status=400)
            return
        self._add(user_id, kind, facts, level)

    def write(self, user_id: int) -> None:
        """Write a note, plan something or tell a signal about one or two things."""
        named = [self._any(), *(self._any(kind) for kind in CONTACTS if self.random.random() < 0.2)]
        things = {thing.form: thing for thing in named}.values()
        path = self.random.choice(("/v1/notes", "/api/v2/activities"))
        facts: dict[str, Any] = {"content": "told"} if path == "/v1/notes" else {"subject": "to do"}
        for thing in things:
            number = thing.ids[thing.form]
            if thing.form == "person" and path != "/v1/notes":
                facts["participants"] = [{"person_id": number}]
            else:
                facts["org_id" if thing.form == "organization" else f"{thing.form}_id"] = number
        if not all(thing.lets(user_id) for thing in things):
            self._refused(user_id, "POST", path, facts, status=400)
        else:
            number = self._ask(user_id, "POST", path, facts)["id"]
            if path == "/v1/notes":
                self.notes[number] = [*things]

    def hang(self, user_id: int) -> None:
        """Hang a note on another organization."""
        if not self.notes:
            return
        number, organization = self.random.choice([*self.notes]), self._any("organization")
        path, body = f"/v1/notes/{number}", {"org_id": organization.ids["organization"]}
        things = self.notes[number]
        if not all(thing.lets(user_id) for thing in things):
            self._refused(user_id, "PUT", path, body, status=404)
        elif not organization.lets(user_id):
            self._refused(user_id, "PUT", path, body, status=400)
        else:
            self._ask(user_id, "PUT", path, body)
            self.notes[number] = [*(thing for thing in things if thing.form != "organization"), organization]

    def change(self, user_id: int) -> None:
        """Hand something over, or let others see it or not."""
        thing = self._any()
        change = self.random.choice(("owner_id", "visible_to"))
        value = self.random.choice(SELLERS if change == "owner_id" else LEVELS)
        told: Any = str(value) if thing.form == "lead" and change == "visible_to" else value
        if self._try(user_id, thing, "PATCH", thing.path, {change: told}):
            setattr(thing, "owner" if change == "owner_id" else "level", value)

    def turn(self, user_id: int) -> None:
        """Convert a lead, or revert a deal."""
        thing = self._any(*FORMS)
        other = "deal" if thing.form == "lead" else "lead"
        if self._try(user_id, thing, "POST", f"/api/v2/{thing.form}s/{thing.ids[thing.form]}/convert/{other}"):
            found = self._ask(ADMIN, "GET", f"{OURS}/opportunities?{thing.form}_id={thing.ids[thing.form]}")
            thing.ids[other], thing.form = found[f"{other}_id"], other

    def follow(self, user_id: int) -> None:
        """Have somebody follow something, or no longer."""
        thing, follower = self._any("deal", *CONTACTS), self.random.choice(SELLERS)
        if follower in thing.followers:
            if self._try(user_id, thing, "DELETE", f"{thing.path}/followers/{follower}"):
                thing.followers.remove(follower)
        elif self._try(user_id, thing, "POST", f"{thing.path}/followers", {"user_id": follower}):
            thing.followers.add(follower)

    def move(self, user_id: int) -> None:
        """Move a deal, win or lose it, or delete it."""
        thing = self._any("deal")
        if self.random.random() < 0.2:
            if self._try(user_id, thing, "DELETE", thing.path):
                thing.form = "deleted"
            return
        self._try(
            user_id,
            thing,
            "PATCH",
            thing.path,
            self.random.choice(({"stage_id": self.random.randint(1, 3)}, {"status": "won"}, {"status": "open"})),
        )

    def sees(self, user_id: int, kind: str, number: Any) -> bool:
        """Whether a user may see the thing with an id; where there is no id there is nothing to hide."""
        return number is None or self.thing(kind, number).lets(user_id)

    def thing(self, kind: str, number: Any) -> Kept:
        """The thing with an id."""
        return next(thing for thing in self.kept if thing.ids.get(kind) == number)

    @property
    def length(self) -> int:
        """How many events there are."""
        return ledger_of(self.app).event_log.max_notification_id() or 0

    def _hire(self, user_id: int) -> FlaskClient:
        ledger = ledger_of(self.app)
        who = {"name": f"User {user_id}", "email": f"{user_id}@example.no", "is_admin": False}
        facts = {**_FACTS, **who, "is_auditor": user_id == AUDITOR}
        assert ledger.execute(_ORIGIN, partial(users.add, facts=facts))["user_id"] == user_id
        return client_of(self.app, issued(ledger, user_id, name="theirs"))

    def _add(self, user_id: int, kind: str, facts: dict[str, Any], level: int) -> None:
        owner = self.random.choice((user_id, user_id, *SELLERS))
        told = {**facts, "owner_id": owner, "visible_to": str(level) if kind == "lead" else level}
        number = self._ask(user_id, "POST", f"{'/v1' if kind == 'lead' else '/api/v2'}/{kind}s", told)["id"]
        self.kept.append(Kept(kind, {kind: number}, level, owner))

    def _any(self, *forms: str) -> Kept:
        """Something that is there; of these forms, where any is."""
        there = [thing for thing in self.kept if thing.form in (forms or (*FORMS, *CONTACTS))]
        if not there:
            self._add(ADMIN, forms[0], {"title": "Pumps", "person_id": self.kept[0].ids["person"]}, level=1)
        return self.random.choice(there or self.kept[-1:])

    def _try(self, user_id: int, thing: Kept, method: str, path: str, body: Any = None) -> bool:
        """Whether a user may do something to a thing; if not, it is missing."""
        if thing.lets(user_id):
            self._ask(user_id, method, path, body)
            return True
        self._refused(user_id, method, path, body, status=404)
        return False

    def _refused(self, user_id: int, method: str, path: str, body: Any, status: int) -> None:
        before = self.length
        answer = self.clients[user_id].open(path, method=method, json=body)
        assert answer.status_code == status, (user_id, method, path, body, answer.text)
        assert self.length == before

    def _ask(self, user_id: int, method: str, path: str, body: Any = None) -> Any:
        answer = self.clients[user_id].open(path, method=method, json=body)
        assert answer.status_code in (200, 201), (user_id, method, path, body, answer.text)
        told = answer.get_json()
        return told.get("data", told)
