"""The commands about deals: add, edit (which also moves, wins, loses and archives), delete."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, TypedDict

from aggregates.deal import Deal
from aggregates.details import Details, SomeDetails, details_among
from aggregates.identity import stream_id
from aggregates.money import canonical_amount
from aggregates.placement import Placement
from aggregates.refusals import Refusal
from projections.deals import DEALS
from projections.engine.rows import Row
from projections.stages import STAGES
from projections.users import USERS
from service.commands import placement, references
from service.ledger.ledger import Transaction


class DealFacts(TypedDict, total=False):
    """What a client says of a deal. What is left out stays as it is.

    Times are ISO 8601 in UTC, as they are recorded; the ``amount`` is in its currency's ordinary unit.
    """

    title: str
    owner_id: int
    person_id: int | None
    organization_id: int | None
    amount: Decimal | str
    currency: str
    expected_close_date: str | None
    visible_to: int
    channel: int | None
    channel_id: str | None
    label_ids: list[int]
    probability: int | None
    pipeline_id: int
    stage_id: int
    status: Literal["open", "won", "lost"]
    lost_reason: str | None
    won_time: str | None
    lost_time: str | None
    close_time: str | None
    is_archived: bool
    archive_time: str | None
    origin_id: str | None


def add(tx: Transaction, facts: DealFacts, origin: str = "API") -> Row:
    """Add a deal; its owner is the caller unless the facts name another. Answers its row.

    An amount without a currency is in the caller's own. Raises `Refusal`.
    """
    references.check(tx, facts)
    details: SomeDetails = {"owner_id": tx.user_id, **_details(tx, facts)}
    deal = Deal.create(
        tx.next_number("deal"),
        Details(**details),
        label_ids=facts.get("label_ids", []),
        probability=facts.get("probability"),
        origin=origin,
        origin_id=facts.get("origin_id"),
        **_place(tx, facts),
    )
    _close(deal, facts)
    _put_aside(deal, facts)
    tx.save(deal)
    return tx.row(DEALS, deal.deal_id)


def edit(tx: Transaction, deal_id: int, facts: DealFacts) -> Row:
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
        references.existing(tx, STAGES, "stage", deal.stage_id)
    tx.save(deal)
    return tx.row(DEALS, deal_id)


def delete(tx: Transaction, deal_id: int) -> None:
    """Delete a deal."""
    deal = tx.load(Deal, stream_id("deal", deal_id))
    deal.delete()
    tx.save(deal)


def _details(tx: Transaction, facts: DealFacts, before: Details | None = None) -> SomeDetails:
    details = details_among(facts)
    if "amount" in facts or "currency" in facts:
        known = before or Details(title="", owner_id=0)
        amount = facts.get("amount", known.amount or 0)
        currency = facts.get("currency") or known.currency or _own_currency(tx)
        details["amount"], details["currency"] = canonical_amount(Decimal(amount), currency), currency
    return details


def _own_currency(tx: Transaction) -> str:
    currency: str = references.existing(tx, USERS, "user", tx.user_id)["default_currency"]
    return currency


def _place(tx: Transaction, facts: DealFacts) -> Placement:
    return placement.stage_for_strictly(tx, facts.get("stage_id"), facts.get("pipeline_id"))


def _close(deal: Deal, facts: DealFacts) -> None:
    """Win, lose or reopen a deal; a reason or a time must fit what it then is (wire reference 4.2)."""
    status = facts.get("status", deal.status)
    said: Mapping[str, object] = facts
    for name, statuses in _ONLY_WHERE.items():
        if said.get(name) is not None and status not in statuses:
            raise Refusal(f"{name} can be set only where the deal is {' or '.join(statuses)}; it is {status}")
    said_times = (facts.get("won_time"), facts.get("lost_time"), facts.get("close_time"))
    times = {time for time in said_times if time is not None}
    if len(times) > 1:
        raise Refusal("a deal is closed at the moment it is won or lost; the times must not differ")
    closed_at = times.pop() if times else None
    if status == "won":
        deal.win(closed_at)
    elif status == "lost":
        deal.lose(facts.get("lost_reason", deal.lost_reason), closed_at)
    else:
        deal.reopen()


def _put_aside(deal: Deal, facts: DealFacts) -> None:
    is_archived = facts.get("is_archived", deal.is_archived)
    if facts.get("archive_time") is not None and not is_archived:
        raise Refusal("archive_time can be set only where the deal is archived")
    deal.archive(is_archived, facts.get("archive_time"))


_ONLY_WHERE = {
    "lost_reason": ("lost",),
    "won_time": ("won",),
    "lost_time": ("lost",),
    "close_time": ("won", "lost"),
}
