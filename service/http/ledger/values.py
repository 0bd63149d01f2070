"""Small values that many answers hold, made from columns: a user by name, an amount of money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from projections.board import BoardDeal
from projections.deal_table import ListedDeal
from service.http.fields import Amount, recorded_amount
from service.http.json import money, raw


class Named(Schema):
    """A user, a person or an organization."""

    id = fields.Integer(required=True)
    name = fields.String(required=True, allow_none=True)


class Money(Schema):
    """An amount in whole units of its currency, exact."""

    amount = Amount(required=True)
    currency = fields.String(required=True, validate=validate.Length(equal=3))

    @post_load
    def as_facts(self, money: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The amount as events hold it."""
        return {**money, "amount": recorded_amount(money["amount"], money["currency"], "amount")}


def as_facts(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a body says, as commands take it: amount and currency beside the other facts, and each label once."""
    labels = {"label_ids": list(dict.fromkeys(body["label_ids"]))} if "label_ids" in body else {}
    others = {name: fact for name, fact in body.items() if name != "value"}
    return {**others, **labels, **body.get("value", {})}


def named(number: int | None, name: str | None) -> dict[str, Any] | None:
    """Somebody by id and name; null where there is nobody."""
    return None if number is None else {"id": number, "name": name}


def deal_in_short(deal: BoardDeal | ListedDeal) -> dict[str, Any]:
    """What a board and a list show alike of a deal: what it is, whose, with whom, and what it is worth."""
    return {
        "id": deal.deal_id,
        "title": deal.title,
        "person": named(deal.person_id, deal.person_name),
        "organization": named(deal.organization_id, deal.organization_name),
        "owner": named(deal.owner_id, deal.owner_name),
        "label_ids": raw(deal.label_ids),
        "value": value(deal.amount, deal.currency),
    }


def value(minor: int, currency: str | None) -> dict[str, Any] | None:
    """An amount counted in smallest coins, with its currency; null where there is none."""
    amount = money(minor, currency)
    return None if amount is None else {"amount": amount, "currency": currency}
