"""Route of the insights: conversion, reversal and win rates by group, as of any moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from projections.insights import GROUPED_BY, Figures, Group, insights
from projections.names import names_of
from projections.users import USERS
from service.http.call import Call
from service.http.fields import Flag
from service.http.problem_details import ledger
from service.http.time_fields import Moment, Until
from service.log.history import position_at


class InsightsQuery(Schema):
    """How to group the leads, and when they came in: since ``from`` and until ``to``, both counting."""

    by = fields.String(load_default="source", validate=validate.OneOf(list(GROUPED_BY)))
    since = Moment(data_key="from", load_default=None)
    until = Until(data_key="to", load_default=None)

    @validates_schema
    def check_order(self, query: dict[str, Any], **_: Any) -> None:
        """A time that is over before it begins is a mistake."""
        if query["since"] and query["until"] and query["since"] > query["until"]:
            raise ValidationError("it must not be before from", "to")


class InsightFigures(Schema):
    """What became of leads: how many ever were ready by the policy, became deals or were taken back, and how many are
    won or lost.

    A conversion rate is of the leads, a reversal rate of those converted, a win rate of those decided; null where
    there are none. A lead counts once, however often it went back and forth.
    """

    leads_in = fields.Integer(required=True)
    ready = fields.Integer(required=True)
    converted = fields.Integer(required=True)
    reverted = fields.Integer(required=True)
    won = fields.Integer(required=True)
    lost = fields.Integer(required=True)
    conversion_rate = fields.Float(required=True, allow_none=True)
    reversal_rate = fields.Float(required=True, allow_none=True)
    win_rate = fields.Float(required=True, allow_none=True)
    median_seconds_to_convert = fields.Float(required=True, allow_none=True)


class Insight(InsightFigures):
    """The figures of a group: a source, a channel, an owner's id, a month or a rule, and an owner's name.

    ``met`` is whether the rule was met when the lead was converted last; null for other groups.
    """

    group = fields.Raw(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)
    met = Flag(required=True, allow_none=True)


class Insights(Schema):
    """The figures of each group and of all leads, as of a position of the log."""

    by = fields.String(required=True, validate=validate.OneOf(list(GROUPED_BY)))
    as_of = fields.Integer(required=True)
    items = fields.List(fields.Nested(Insight), required=True)
    total = fields.Nested(InsightFigures, required=True)


@ledger.route("GET", "/insights", query=InsightsQuery, answer=Insights, has_past=True)
def get_insights(call: Call) -> dict[str, Any]:
    """What became of the leads that came in: how many were ready, converted, taken back, won and lost, how fast."""
    query = call.query
    with call.reading() as reading:
        position = position_at(reading.connection) if call.then is None else call.then.position
        groups, together = insights(reading.at(position), query["by"], since=query["since"], until=query["until"])
        owners = [group.key for group in groups if isinstance(group.key, int)] if query["by"] == "owner" else []
        names = names_of(reading, USERS, owners)
    items = [_item(group, figures, names) for group, figures in groups.items()]
    return {"by": query["by"], "as_of": position, "items": items, "total": _figures(together)}


def _item(group: Group, figures: Figures, names: Mapping[Any, str]) -> dict[str, Any]:
    return {"group": group.key, "name": names.get(group.key), "met": group.met, **_figures(figures)}


def _figures(figures: Figures) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in _FIGURES}


_FIGURES = tuple(InsightFigures().fields)
