"""How pages write money, numbers, days and times, in a language and a time zone: the filters of templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_skeleton
from babel.numbers import format_compact_decimal, format_currency, format_decimal, format_percent
from babel.units import format_unit
from jinja2 import pass_context
from jinja2.runtime import Context

from projections.markup import text_of

NOTHING = "–"
"""What stands where there is nothing to write."""

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))

_LOCALES = {"en": "en_GB", "nb": "nb_NO"}


def filters(language: str) -> dict[str, Callable[..., str]]:
    """The filters of templates in a language, by name."""
    locale = _LOCALES[language]
    return {
        "money": partial(_money, locale=locale),
        "number": partial(_number, locale=locale),
        "compact": partial(_compact, locale=locale),
        "percent": partial(_percent, locale=locale),
        "duration": partial(_duration, locale=locale),
        "day": partial(_day, locale=locale),
        "month": partial(_month, locale=locale),
        "note_text": text_of,
        "moment": pass_context(partial(_moment, locale=locale)),
    }


def _money(value: Mapping[str, Any] | None, locale: str) -> str:
    """``{"amount", "currency"}`` as an amount; whole ones without decimals."""
    if value is None:
        return NOTHING
    amount, currency = value["amount"], value["currency"]
    if Decimal(amount) == int(amount):
        return format_currency(amount, currency, locale=locale, format="#,##0 ¤¤", currency_digits=False)
    return format_currency(amount, currency, locale=locale, format="#,##0.00 ¤¤")


def _number(value: int | Decimal | None, locale: str) -> str:
    return NOTHING if value is None else format_decimal(value, locale=locale)


def _compact(value: int | Decimal | None, locale: str) -> str:
    """A number in a few signs, as 12K is."""
    return NOTHING if value is None else format_compact_decimal(value, locale=locale, fraction_digits=1)


def _percent(part: float | Decimal | None, locale: str) -> str:
    """A part of one as per cent."""
    return NOTHING if part is None else format_percent(part, locale=locale)


def _duration(seconds: float | Decimal | None, locale: str) -> str:
    """A length of time in the unit that fits it: minutes, hours or days."""
    if seconds is None:
        return NOTHING
    unit, length = next(((unit, length) for unit, length in _UNITS if seconds >= 2 * length), _UNITS[-1])
    return format_unit(round(float(seconds) / length, 1), f"duration-{unit}", locale=locale)


def _day(text: str | None, locale: str) -> str:
    """A day such as 2026-11-26."""
    return NOTHING if not text else format_date(date.fromisoformat(text[:10]), "medium", locale=locale)


def _month(text: str, locale: str) -> str:
    """A month such as 2026-11."""
    return format_skeleton("yMMMM", date.fromisoformat(f"{text}-01"), locale=locale)


def _moment(context: Context, text: str | None, length: str = "medium", *, locale: str) -> str:
    """A time of the API, in the reader's time zone."""
    if not text:
        return NOTHING
    zone = ZoneInfo(context["zone"])
    return format_datetime(datetime.fromisoformat(text), length, tzinfo=zone, locale=locale)
