"""The story of an opportunity: its turns from lead to deal and back, with who, when, why and what was known then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from service.clock import timestamp
from service.http.call import Call
from service.http.errors import NotFound
from service.pages import api

_FIRST, _COLUMN, _LAST = 64, 190, 96
_OPPORTUNITIES = "/api/ledger/v1/opportunities"
LANES = {"lead": 84, "deal": 164}
"""How far down in the picture each form is drawn."""

HEIGHT = 232


@dataclass(frozen=True)
class Stretch:
    """A time as one form, and where it is drawn; ``days`` are whole ones."""

    form: str
    x: int
    until_x: int
    days: int

    @property
    def y(self) -> int:
        """How far down it is drawn."""
        return LANES[self.form]


@dataclass(frozen=True)
class Turn:
    """A change of form; ``known`` is what the API told of the form before, just before that, where it may be seen."""

    number: int
    form: str
    when: str
    who: str | None
    reason: str | None
    known: Mapping[str, Any] | None
    x: int


@dataclass(frozen=True)
class Story:
    """An opportunity from its beginning on: ``state`` is what it is in the end (inbox, archived, open, won, lost)."""

    began: str
    began_by: str | None
    stretches: list[Stretch]
    turns: list[Turn]
    state: str

    @property
    def width(self) -> int:
        """Of the picture."""
        return self.stretches[-1].until_x + _LAST


def opportunity_of(call: Call, **form: Any) -> dict[str, Any]:
    """The opportunity of a lead or a deal as ``/opportunities`` tells it, also as of a moment when only its other form
    was there yet. Raises `NotFound`.
    """
    try:
        found: dict[str, Any] = api.get(call, _OPPORTUNITIES, form)
    except NotFound:
        if call.then is None:
            raise
        known = api.get(api.now(call), _OPPORTUNITIES, form)
        other = {name: known[name] for name in ("lead_id", "deal_id") if name not in form and known[name] is not None}
        if not other:
            raise
        found = api.get(call, _OPPORTUNITIES, other)
    return found


def story_of(call: Call, opportunity: Mapping[str, Any]) -> Story:
    """The story of an opportunity as ``/opportunities`` tells it; a column of the picture is a time as one form."""
    changes = opportunity["changes"]
    first = _first(call, opportunity)
    times = [first["when"], *(change["when"] for change in changes), timestamp(call.time.now())]
    before = [_OTHER[change["form"]] for change in changes[:1]]
    forms = [*before, *(change["form"] for change in changes)] or [opportunity["form"]]
    stretches = [
        Stretch(form, _FIRST + number * _COLUMN, _FIRST + (number + 1) * _COLUMN, _days(begun, ended))
        for number, (form, (begun, ended)) in enumerate(zip(forms, pairwise(times), strict=True))
    ]
    turns = [_turn(call, opportunity, number, change) for number, change in enumerate(changes, 1)]
    return Story(first["when"], _name(first["who"]), stretches, turns, _state(call, opportunity))


_OTHER = {"lead": "deal", "deal": "lead"}


def _first(call: Call, opportunity: Mapping[str, Any]) -> dict[str, Any]:
    """The first that happened to the opportunity."""
    known = {name: opportunity[name] for name in ("lead_id", "deal_id") if opportunity[name] is not None}
    name, number = next(iter(known.items()))
    asked = {name: number, "order": "oldest", "limit": 1}
    first: dict[str, Any] = api.get(call, "/api/ledger/v1/timeline", asked)["items"][0]
    return first


def _turn(call: Call, opportunity: Mapping[str, Any], number: int, change: Mapping[str, Any]) -> Turn:
    before = api.just_before(call, change["position"], change["when"])
    try:
        known = (_known_lead if change["form"] == "deal" else _known_deal)(before, opportunity)
    except NotFound:
        known = None
    x = _FIRST + number * _COLUMN
    return Turn(number, change["form"], change["when"], _name(change["who"]), change["reason"], known, x)


def _known_lead(call: Call, opportunity: Mapping[str, Any]) -> dict[str, Any]:
    lead = api.get(call, f"/v1/leads/{opportunity['lead_id']}")["data"]
    readiness = api.get(call, f"/api/ledger/v1/leads/{opportunity['lead_id']}/readiness")
    return {"value": lead["value"], "source": lead["source_name"], "readiness": readiness}


def _known_deal(call: Call, opportunity: Mapping[str, Any]) -> dict[str, Any]:
    deal = api.get(call, f"/api/v2/deals/{opportunity['deal_id']}")["data"]
    stage = api.get(call, f"/api/v2/stages/{deal['stage_id']}")["data"]
    value = {"amount": deal["value"], "currency": deal["currency"]} if deal["currency"] else None
    days = _days(deal["stage_change_time"] or deal["add_time"], timestamp(call.time.now()))
    return {"value": value, "stage": stage["name"], "days_in_stage": days, "probability": deal["probability"]}


def _state(call: Call, opportunity: Mapping[str, Any]) -> str:
    match opportunity["form"]:
        case "lead":
            lead = api.get(call, f"/v1/leads/{opportunity['lead_id']}")["data"]
            return "archived" if lead["is_archived"] else "inbox"
        case "deal":
            deal = api.get(call, f"/api/v2/deals/{opportunity['deal_id']}")["data"]
            return str(deal["status"])
        case _:
            return "deleted"


def _name(who: Mapping[str, Any] | None) -> str | None:
    return None if who is None else who["name"]


def _days(begun: str, ended: str) -> int:
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(begun)).days
