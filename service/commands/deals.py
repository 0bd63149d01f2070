"""What users want of deals flows in here and becomes facts: entering, moving on, winning, losing, putting aside."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from aggregates.deal import Deal
from aggregates.details import DETAILS, VALUE, Details
from aggregates.identity import stream_id
from aggregates.money import canonical_amount
from aggregates.refusals import Refusal
from projections.deals import DEALS
from projections.engine.rows import Row
from projections.stages import STAGES
from projections.users import USERS
from service.commands import placement, references
from service.ledger.ledger import Transaction


def add(tx: Transaction, facts: Mapping[str, Any], origin: str = "API") -> Row:
    """Let a deal enter a pipeline; its owner is the caller unless the facts name another. Answers its row.

    An amount without a currency is in the caller's own. Raises `Refusal`.
    """
    references.check(tx, facts)
    deal = Deal.create(
        tx.next_number("deal"),
        Details(**{"owner_id": tx.metadata.user_id, **_details(tx, facts)}),
        label_ids=facts.get("label_ids", []),
        probability=facts.get("probability"),
        origin=origin,
        **_place(tx, facts),
    )
    _close(deal, facts)
    _put_aside(deal, facts)
    tx.save(deal)
    return tx.row(DEALS, deal.deal_id)


def edit(tx: Transaction, deal_id: int, facts: Mapping[str, Any]) -> Row:
    """Change what the facts name and nothing else. Answers the deal's row. Raises `Refusal`."""
    deal = tx.load(Deal, stream_id("deal", deal_id))
    deal.check_present()
    was_on_board = deal.is_on_board
    references.check(tx, facts, deal.details)
    details = _details(tx, facts, deal.details)
    owner_id = details.pop("owner_id", deal.details.owner_id)
    deal.edit(details)
    deal.assign(owner_id)
    deal.label(facts.get("label_ids", deal.label_ids))
    deal.estimate(facts.get("probability", deal.probability))
    if "stage_id" in facts or facts.get("pipeline_id", deal.pipeline_id) != deal.pipeline_id:
        deal.move(**_place(tx, facts))
    _close(deal, facts)
    _put_aside(deal, facts)
    if deal.is_on_board and not was_on_board:
        references.find(tx, STAGES, "stage", deal.stage_id)
    tx.save(deal)
    return tx.row(DEALS, deal_id)


def delete(tx: Transaction, deal_id: int) -> None:
    """Throw a deal away."""
    deal = tx.load(Deal, stream_id("deal", deal_id))
    deal.delete()
    tx.save(deal)


def _details(tx: Transaction, facts: Mapping[str, Any], before: Details | None = None) -> dict[str, Any]:
    details = {name: facts[name] for name in DETAILS if name in facts and name not in VALUE}
    if facts.keys().isdisjoint(VALUE):
        return details
    known = before or Details(title="", owner_id=0)
    amount = facts.get("amount", known.amount or 0)
    currency = facts.get("currency") or known.currency or _own_currency(tx)
    return {**details, "amount": canonical_amount(Decimal(amount), currency), "currency": currency}


def _own_currency(tx: Transaction) -> str:
    currency: str = references.find(tx, USERS, "user", tx.metadata.user_id)["default_currency"]
    return currency


def _place(tx: Transaction, facts: Mapping[str, Any]) -> dict[str, Any]:
    return placement.agreed(tx, facts.get("stage_id"), facts.get("pipeline_id"))


def _close(deal: Deal, facts: Mapping[str, Any]) -> None:
    """Win, lose or reopen a deal; a reason or a time must fit what it then is (wire reference 4.2)."""
    status = facts.get("status", deal.status)
    for name, statuses in _ONLY_WHERE.items():
        if facts.get(name) is not None and status not in statuses:
            raise Refusal(f"{name} can be set only where the deal is {' or '.join(statuses)}; it is {status}")
    times = {facts[name] for name in _CLOSING_TIMES if facts.get(name) is not None}
    if len(times) > 1:
        raise Refusal("a deal is closed at the moment it is won or lost; the times must not differ")
    closed_at = times.pop() if times else None
    if status == "won":
        deal.win(closed_at)
    elif status == "lost":
        deal.lose(facts.get("lost_reason", deal.lost_reason), closed_at)
    else:
        deal.reopen()


def _put_aside(deal: Deal, facts: Mapping[str, Any]) -> None:
    is_archived = facts.get("is_archived", deal.is_archived)
    if facts.get("archive_time") is not None and not is_archived:
        raise Refusal("archive_time can be set only where the deal is archived")
    deal.archive(is_archived, facts.get("archive_time"))


_CLOSING_TIMES = ("won_time", "lost_time", "close_time")
_ONLY_WHERE = {
    "lost_reason": ("lost",),
    "won_time": ("won",),
    "lost_time": ("lost",),
    "close_time": ("won", "lost"),
}
