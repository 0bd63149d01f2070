"""The currencies that amounts may be in flow out here as version 1 of the wire has them (wire reference 8)."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from aggregates.currencies import CURRENCIES, Currency
from projections.engine.folding import folded
from service.http.call import Call
from service.http.fields import Flag, Text
from service.http.pipedrive import v1


class CurrencyQuery(Schema):
    """Which currencies: those that have the term in their code or name."""

    term = Text(load_default="", blank=True)


class CurrencyAnswer(Schema):
    """A currency as version 1 shows it."""

    id = fields.Integer(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    decimal_points = fields.Integer(required=True)
    symbol = fields.String(required=True)
    active_flag = Flag(required=True)
    is_custom_flag = Flag(required=True)


@v1.route("GET", "/currencies", query=CurrencyQuery, answer=CurrencyAnswer, many=True)
def get_currencies(call: Call) -> list[Any]:
    """The currencies that a term finds, or all of them, in the order of their codes."""
    term = folded(call.query["term"])
    return [
        currency_answer(currency)
        for currency in CURRENCIES.values()
        if term in folded(currency.code) or term in folded(currency.name)
    ]


def currency_answer(currency: Currency) -> dict[str, Any]:
    """A currency as version 1 shows it; its id is its code read as a number, and so never another's."""
    return {
        "id": int(currency.code, 36),
        "code": currency.code,
        "name": currency.name,
        "decimal_points": currency.exponent,
        "symbol": currency.symbol,
        "active_flag": True,
        "is_custom_flag": False,
    }
