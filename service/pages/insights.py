"""Insights as a page: what became of the leads that came in, by group, now and beside that as of another moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request
from marshmallow import ValidationError

from service.clock import Span, timestamp
from service.http.call import Call
from service.pages import api
from service.pages.charts import Chart, Value, chart
from service.pages.family import pages
from service.pages.showing import show, zone_of

GROUPED_BY = ("source", "owner", "cohort", "channel", "rule")
FEW = 30
"""Things of fewer than which a rate says little."""

DRAWN = 12
"""Groups that a chart has at most; the table has all of them."""

_PATH = "/api/ledger/v1/insights"
_STEPS = ("leads_in", "ready", "converted", "won")
_NOTHING: dict[str, Any] = dict.fromkeys((*_STEPS, "reverted", "lost"), 0) | dict.fromkeys(
    ("conversion_rate", "reversal_rate", "win_rate", "median_seconds_to_convert")
)
_MEASURES: dict[str, tuple[str, Callable[[Mapping[str, Any]], Value]]] = {
    "leads": ("count", lambda told: Value(told["leads_in"])),
    "conversion": ("rate", lambda told: Value(told["conversion_rate"], told["converted"], told["leads_in"])),
    "win": ("rate", lambda told: Value(told["win_rate"], told["won"], told["won"] + told["lost"])),
    "reversal": ("rate", lambda told: Value(told["reversal_rate"], told["reverted"], told["converted"])),
    "time": ("duration", lambda told: Value(told["median_seconds_to_convert"])),
}


@dataclass(frozen=True)
class Group:
    """A source, an owner, a month, a channel or a rule, and what is told of its leads: by moment, now being the first.

    Of a rule that is told twice each time: where it was met, and where it was not.
    """

    key: Any
    name: str | None
    told: Sequence[Mapping[str, Any]]


@pages.page("/insights")
def show_insights(call: Call) -> Response:
    """What became of leads that came in ``from`` a day ``to`` another, and what had at the end of the day ``then``."""
    by, zone = request.args.get("by") or GROUPED_BY[0], ZoneInfo(zone_of(call))
    days = {name: day for name in ("from", "to", "then") if (day := _day(name, zone)) is not None}
    asked = {"by": by, "from": days["from"].first if "from" in days else None}
    asked["to"] = days["to"].last if "to" in days else None
    calls = [call, *([api.as_of(call, "then", days["then"])] if "then" in days else [])]
    told = [api.get(each, _PATH, asked) for each in calls]
    groups = _groups(told, by)
    return show(
        call,
        "insights.html",
        by=by,
        grouped_by=GROUPED_BY,
        asked={name: request.args[name].strip() for name in days},
        totals=[each["total"] for each in told],
        few=FEW,
        funnel=_funnel([each["total"] for each in told]),
        groups=groups,
        charts=_charts(groups, by),
        predicts=next((group for group in groups if by == "rule" and _foretells(group) > 0), None),
        month_ago=(call.time.now().astimezone(zone).date() - timedelta(days=30)).isoformat(),
    )


def _day(name: str, zone: ZoneInfo) -> Span | None:
    """A day that the address names, from its first to its last microsecond where the reader is."""
    if not (told := request.args.get(name, "").strip()):
        return None
    try:
        day = date.fromisoformat(told)
        return Span(*(timestamp(datetime.combine(day, edge, zone)) for edge in (time.min, time.max)))
    except (ValueError, OverflowError):
        raise ValidationError({name: ["it must be a date such as 2026-12-31"]}) from None


def _groups(told: Sequence[Mapping[str, Any]], by: str) -> list[Group]:
    """The groups of all moments: months in their order, rules by how well they foretell, others by their leads."""
    names = {item["group"]: item["name"] for each in reversed(told) for item in each["items"]}
    figures = [{(item["group"], item["met"]): item for item in each["items"]} for each in told]
    sides = (True, False) if by == "rule" else (None,)
    groups = [
        Group(key, name, [each.get((key, side), _NOTHING) for each in figures for side in sides])
        for key, name in names.items()
    ]
    if by == "cohort":
        return sorted(groups, key=lambda group: group.key)
    return sorted(groups, key=lambda group: -(_foretells(group) if by == "rule" else group.told[0]["leads_in"]))


def _foretells(group: Group) -> float:
    """By how much the part of won deals is larger where a rule was met than where it was not; -1 where nobody knows."""
    met, not_met = (told["win_rate"] for told in group.told[:2])
    return -1 if None in (met, not_met) else float(met - not_met)


def _funnel(totals: Sequence[Mapping[str, Any]]) -> Chart:
    rows = [(step, [Value(told[step], told[step], told["leads_in"]) for told in totals]) for step in _STEPS]
    return chart("funnel", "part", rows)


def _charts(groups: Sequence[Group], by: str) -> list[Chart]:
    """The charts that tell groups of that sort apart, each with the groups that count most, or the latest months."""
    drawn = groups[-DRAWN:] if by == "cohort" else groups[:DRAWN]
    names = ("win", "reversal") if by == "rule" else ("leads", "conversion", "win", "time")
    charts = []
    for name in names:
        measure, value_of = _MEASURES[name]
        rows = [(group, [value_of(told) for told in group.told]) for group in drawn]
        charts.append(chart(name, measure, rows, longest=1 if measure == "rate" else 0))
    return charts
