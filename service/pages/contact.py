"""A person or an organization as a page: all leads, deals, activities and notes about it on one axis of time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, request

from service.http.call import Call
from service.pages import api
from service.pages.agenda import activities_of, contact, notes_of
from service.pages.family import pages
from service.pages.showing import show
from service.pages.since import since_of
from service.pages.steps import steps

_MOST = 100
_LEFT, _WIDTH, _ROW, _TOP = 8, 880, 26, 30
_TICKS = 6


@dataclass(frozen=True)
class Mark:
    """A thing on the axis: a bar where it lasts, else a point; ``state`` is what became of it."""

    kind: str
    title: str
    address: str | None
    begun: datetime
    ended: datetime
    state: str

    @property
    def when(self) -> str:
        """When it began, as the API writes times."""
        return self.begun.isoformat()


@dataclass(frozen=True)
class Drawn:
    """A mark, and where it is drawn."""

    mark: Mark
    x: int
    width: int
    y: int


@dataclass(frozen=True)
class Axis:
    """All marks as drawn, each lead and deal in a row of its own, and times below them; ``now`` is where now is."""

    drawn: list[Drawn]
    ticks: list[tuple[int, str]]
    now: int
    height: int


@pages.page("/persons/<id:person_id>", missing="there is no such person")
def show_person(call: Call, person_id: int) -> Response:
    """A person."""
    found = api.get(call, f"/api/v2/persons/{person_id}")["data"]
    return _contact(call, found, {"person_id": person_id}, {"person_id": person_id})


@pages.page("/organizations/<id:organization_id>", missing="there is no such organization")
def show_organization(call: Call, organization_id: int) -> Response:
    """An organization."""
    found = api.get(call, f"/api/v2/organizations/{organization_id}")["data"]
    return _contact(call, found, {"organization_id": organization_id}, {"org_id": organization_id})


def _contact(call: Call, found: Mapping[str, Any], ours: Mapping[str, int], theirs: Mapping[str, int]) -> Response:
    """The page of a contact, named as our own routes name it and as the public wire does."""
    now = call.time.now()
    marks = sorted(_marks(call, ours, theirs, now), key=lambda mark: mark.begun)
    timeline = {"limit": 20, "cursor": request.args.get("cursor")}
    return show(
        call,
        "contact.html",
        contact=found,
        organization=contact(call, "organizations", found.get("org_id")),
        marks=marks,
        axis=_axis(marks, now) if marks else None,
        happenings=api.get(call, "/api/ledger/v1/timeline", {**ours, **timeline}),
        steps=steps(call, ours),
        since=since_of(call, *next((name.removesuffix("_id"), number) for name, number in ours.items())),
    )


def _marks(call: Call, ours: Mapping[str, int], theirs: Mapping[str, int], now: datetime) -> Iterator[Mark]:
    for lead in api.get(call, "/api/ledger/v1/inbox", {**ours, "limit": _MOST})["items"]:
        yield Mark("lead", lead["title"], f"/leads/{lead['id']}", _time(lead["add_time"]), now, "inbox")
    for lead in api.get(call, "/v1/leads/archived", {**ours, "limit": _MOST})["data"] or ():
        ended = _time(lead["update_time"])
        yield Mark("lead", lead["title"], f"/leads/{lead['id']}", _time(lead["add_time"]), ended, "archived")
    for path in ("/api/v2/deals", "/api/v2/deals/archived"):
        for deal in api.get(call, path, {**theirs, "limit": _MOST})["data"]:
            ended = _time(deal["close_time"]) if deal["close_time"] else now
            yield Mark("deal", deal["title"], f"/deals/{deal['id']}", _time(deal["add_time"]), ended, deal["status"])
    for activity in activities_of(call, theirs):
        told = activity["due_date"] or activity["marked_as_done_time"] or activity["add_time"]
        yield _point("activity", activity["subject"], told, "done" if activity["done"] else "planned")
    for note in notes_of(call, theirs):
        yield _point("note", note["content"], note["add_time"], "")


def _point(kind: str, title: str, told: str, state: str) -> Mark:
    return Mark(kind, title, None, _time(told), _time(told), state)


def _time(told: str) -> datetime:
    """A time or a day of the API; what names no zone is in UTC."""
    found = datetime.fromisoformat(told)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _axis(marks: list[Mark], now: datetime) -> Axis:
    begun, ended = min(mark.begun for mark in marks), max(now, *(mark.ended for mark in marks))
    length = max(ended - begun, timedelta(days=1))

    def x(moment: datetime) -> int:
        return _LEFT + round((moment - begun) / length * _WIDTH)

    lasting = [mark for mark in marks if mark.kind in ("lead", "deal")]
    rows = {id(mark): row for row, mark in enumerate(lasting)}
    points = {"activity": len(lasting), "note": len(lasting) + 1}
    drawn = [
        Drawn(
            mark,
            x(mark.begun),
            max(4, x(mark.ended) - x(mark.begun)),
            _TOP + _ROW * rows.get(id(mark), points.get(mark.kind, 0)),
        )
        for mark in marks
    ]
    ticks = [(_LEFT + _WIDTH * part // _TICKS, (begun + length * part / _TICKS).isoformat()) for part in range(_TICKS)]
    return Axis(drawn, ticks, x(now), _TOP + _ROW * (len(lasting) + 2) + 10)
