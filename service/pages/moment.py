"""The moment that a page is of, as its reader sets it: a time in the reader's time zone, a position, or a while ago."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NoReturn
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, available_timezones

from flask import Request
from marshmallow import ValidationError
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

from projections.engine.reading import Reading
from service.clock import Clock
from service.http.answer_time import AnswerTime
from service.http.moments import then_of
from service.http.route import AS_OF
from service.ledger.ledger import Ledger
from service.log.moments import position_or_time

FORM = "moment"
"""The control as a form that may be refused."""

COMPARED, NOW = "compare", "now"
"""The parameter by which a page of the past tells what changed since, and its value."""

_NO_TIME = "it must be a date and a time such as 2026-12-31 10:00"
_ZONE_COOKIE = "leadledger_zone"
_AT, _ZONE, _POSITION, _AGO = "moment_at", "moment_zone", "moment_position", "moment_ago"
_CONTROL = (_AT, _ZONE, _POSITION, _AGO)
_OF_ONE_MOMENT = (AS_OF, "cursor", *_CONTROL)

Asked = MultiDict[str, str]


def zone_in(request: Request) -> str | None:
    """The time zone that a browser says it is in; None where it says none that there is."""
    zone = request.cookies.get(_ZONE_COOKIE)
    return zone if zone in _zones() else None


def address_at(request: Request, ledger: Ledger, reading: Reading) -> str | None:
    """The address of a page as of the moment that its control was set to; None where it was not set.

    It names a position or a time in UTC, and so one moment to everybody. Raises `ValidationError` where there is no
    such moment, or none yet.
    """
    named = _named(request.args, ledger.now)
    if named is None:
        return None
    try:
        then_of(ledger, AnswerTime(ledger.now), reading.connection, position_or_time(named))
    except ValueError:
        _refuse("no log is that long")
    return f"{request.path}?{urlencode([*carried(request.args), (AS_OF, named)])}"


def carried(asked: Asked) -> list[tuple[str, str]]:
    """The parameters of a page that it keeps at another moment: its filters and its order, say."""
    return [(name, value) for name, value in asked.items(multi=True) if name not in _OF_ONE_MOMENT]


def of_now(asked: Asked) -> ImmutableMultiDict[str, str]:
    """The parameters of a page without all that is about a moment."""
    return ImmutableMultiDict([(name, value) for name, value in carried(asked) if name != COMPARED])


def local(moment: datetime, zone: str) -> str:
    """A moment as a field for a date and a time wants it: to the second, as clocks of the zone show it.

    Raises `ValidationError` where the zone has no such time: there is no year 0.
    """
    try:
        return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0).isoformat()
    except OverflowError:
        _refuse(_NO_TIME)


def _named(asked: Asked, now: Clock) -> str | None:
    if not any(name in asked for name in _CONTROL):
        return None
    if _POSITION in asked:
        position = asked[_POSITION].strip()
        return position if position.isdecimal() else _refuse("it must be a position of the log, a number")
    zone = _zone(asked.get(_ZONE, "UTC"))
    if _AGO in asked:
        return _in_utc(_ago(asked[_AGO], now().replace(microsecond=0), zone))
    return _in_utc(_shown_by_clocks(asked.get(_AT, "").strip(), zone))


def _shown_by_clocks(text: str, zone: ZoneInfo) -> datetime:
    """The moment at which clocks of a zone show a time; the first one where they show it twice."""
    try:
        shown = datetime.fromisoformat(text)
        found = shown.replace(tzinfo=zone) if shown.tzinfo is None else shown
        again = found.astimezone(UTC).astimezone(zone)
    except (ValueError, OverflowError):
        _refuse(_NO_TIME)
    if shown.tzinfo is None and again.replace(tzinfo=None, fold=0) != shown:
        _refuse(f"clocks in {zone.key} never showed that time: they were put forward over it")
    return found


def _ago(what: str, now: datetime, zone: ZoneInfo) -> datetime:
    """An hour ago, or the same time of day a day, a week or a month ago: in a shorter month, on its last day."""
    shown = now.astimezone(zone).replace(tzinfo=None)
    match what:
        case "hour":
            return now - timedelta(hours=1)
        case "day" | "week":
            shown -= timedelta(days={"day": 1, "week": 7}[what])
        case "month":
            last = shown.replace(day=1) - timedelta(days=1)
            shown = last.replace(day=min(last.day, shown.day))
        case _:
            _refuse("it must be an hour, day, week or month ago")
    return shown.replace(tzinfo=zone)


def _in_utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name) if name in _zones() else _refuse(f"there is no time zone {name}")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _refuse(reason: str) -> NoReturn:
    raise ValidationError({AS_OF: [reason]})
