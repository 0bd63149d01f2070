"""Currencies in version 1 of the wire (wire reference 8)."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from aggregates.currencies import CURRENCIES
from projections.engine.folding import folded
from service.http.call import Call
from service.http.fields import Flag, Text
from service.http.pipedrive import v1
from service.http.representation import Representation
from service.http.wire_fields import Constant, WireField, schema, shown


class CurrencyQuery(Schema):
    """Which currencies: those that have the term in their code or name."""

    term = Text(load_default="", blank=True)


_FIELDS = (
    WireField("id", shows=fields.Integer(), source="code", convert=lambda code: int(code, 36)),
    WireField("code", shows=fields.String()),
    WireField("name", shows=fields.String()),
    WireField("decimal_points", shows=fields.Integer(), source="exponent"),
    WireField("symbol", shows=fields.String()),
    WireField("active_flag", shows=Flag(), source=Constant(True)),
    WireField("is_custom_flag", shows=Flag(), source=Constant(False)),
)
"""The id is the code read as a number, and so never another's."""

_ANSWER = schema("CurrencyAnswer", __name__, "A currency as version 1 shows it.", shown(_FIELDS))
_CURRENCIES = [currency._asdict() for currency in CURRENCIES.values()]
_REPRESENTATION = Representation(_FIELDS)


@v1.route(
    "GET",
    "/currencies",
    query=CurrencyQuery,
    answer=_ANSWER,
    many=True,
    no_past="the currencies are the same at all times",
)
def get_currencies(call: Call) -> list[Any]:
    """The currencies that a term finds, or all of them, in the order of their codes."""
    term = folded(call.query["term"])
    found = [row for row in _CURRENCIES if term in folded(row["code"]) or term in folded(row["name"])]
    return _REPRESENTATION.show(found, call.query)
