"""Fields for dates, times of day and moments, in exactly the forms of the wire (reference 1.8)."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any

from flask import has_request_context
from marshmallow import Schema, ValidationError, fields

from service.clock import EXAMPLE, Span, has_zone, parsed
from service.http.this_request import this_request
from service.log.moments import position_or_time

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LOST_PLUS = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})? \d\d:\d\d", re.ASCII)
_TIME_OF_DAY = re.compile(r"\d\d:\d\d(:\d\d)?", re.ASCII)


class Day(fields.Field[str]):
    """A date, ``YYYY-MM-DD``; it stays text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        try:
            return date.fromisoformat(_in_form(_DAY, value)).isoformat()
        except (TypeError, ValueError):
            raise ValidationError("it must be a date such as 2026-12-31") from None


class TimeOfDay(fields.Field[str]):
    """A time of day or a duration below a day, ``HH:MM`` or ``HH:MM:SS``; it comes out in the longer form."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        try:
            return time.fromisoformat(_in_form(_TIME_OF_DAY, value)).isoformat("seconds")
        except (TypeError, ValueError):
            raise ValidationError("it must be a time such as 09:30:00") from None


class Moment(fields.Field[str]):
    """A time in any of the wire's forms, or the beginning of a stretch of time; it comes out as it is stored."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        return self._edge(_span(value))

    def _edge(self, span: Span) -> str:
        return span.first


class Until(Moment):
    """The end of a stretch of time: it has all that is shown with this very time, to the last microsecond."""

    def _edge(self, span: Span) -> str:
        return span.last


class AsOf(fields.Field[int | Span]):
    """A moment of the past in a query: a position of the log, or a time."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> int | Span:
        try:
            moment = position_or_time(value)
        except ValueError:
            raise _wrong("a position of the log, or a time", value) from None
        if isinstance(moment, Span):
            _note_zone(value)
        return moment


def _span(value: Any) -> Span:
    try:
        span = parsed(value)
    except (TypeError, ValueError):
        raise _wrong("a time", value) from None
    _note_zone(value)
    return span


def _note_zone(text: str) -> None:
    """Let the answer say where a time was taken as one of UTC because it did not say its zone."""
    if not has_zone(text) and has_request_context():
        this_request().is_zone_assumed = True


def _wrong(what: str, value: Any) -> ValidationError:
    """What is wrong with a value that was to be a moment: mostly that it is none, sometimes that it has lost its +."""
    is_blank = isinstance(value, str) and _LOST_PLUS.fullmatch(value)
    hint = "; a + in an address stands for a blank, so write the zone's as %2B" if is_blank else ""
    return ValidationError(f"it must be {what} such as {EXAMPLE}{hint}")


def _in_form(form: re.Pattern[str], value: str) -> str:
    if form.fullmatch(value) is None:
        raise ValueError
    return value


def with_as_of(query: type[Schema]) -> type[Schema]:
    """The query of what can be asked as of a moment, too."""
    as_of: dict[str, Any] = {"as_of": AsOf(load_default=None)}
    return type(query.__name__, (query,), {"__module__": query.__module__, "__doc__": query.__doc__, **as_of})
