"""Finds deals that should go back to the inbox, each with the reasons in words and the evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregates.deal import ReversalAdvice
from projections import suggested_reversals
from projections.board import stages_of
from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.pipelines import pipelines_in_order
from projections.signals import LatestSignal, disinterest, latest_of
from projections.suggested_reversals import ANSWERS, Stage
from service.clock import timestamp
from service.log.history import position_at, times_at
from service.readiness.rules import Evidence, evidence_of, in_words

LEFT_ALONE, NO_INTEREST = "left_alone", "no_interest"
REASONS = (LEFT_ALONE, NO_INTEREST)


@dataclass(frozen=True)
class Reason:
    """One thing that speaks for taking a deal back; ``reason`` is one of `REASONS`."""

    reason: str
    words: str
    evidence: Sequence[Evidence]


def suggested(
    reading: Reading, *, pipeline_id: int | None, now: datetime, after: int, limit: int
) -> list[tuple[Row, list[Reason]]]:
    """Open deals after one that should be leads again, each with the reasons, and one more where more follow."""
    wanted = [row["pipeline_id"] for row in pipelines_in_order(reading) if pipeline_id in (None, row["pipeline_id"])]
    firsts = [stage for number in wanted for stage in stages_of(reading, number)[:1]]
    stages = [_stage(reading, stage, now) for stage in firsts if _days_to_rotten(stage) is not None]
    today = timestamp(now)[: len("2026-01-01")]
    deals = suggested_reversals.doubted_deals(
        reading, stages, pipeline_id=pipeline_id, today=today, after=after, limit=limit
    )
    return list(zip(deals, reasons_in(reading.seen_by(None), deals, now), strict=True))


def reasons_in(reading: Reading, deals: Sequence[Row], now: datetime) -> list[list[Reason]]:
    """What speaks for taking each of some deals back, as the database has them."""
    numbers = [deal["opportunity_id"] for deal in deals]
    known = latest_of(reading, numbers)
    firsts = {number: stages_of(reading, number)[:1] for number in {deal["pipeline_id"] for deal in deals}}
    positions = suggested_reversals.last_positions(reading, numbers)
    times = times_at(reading.connection, list(positions.values()))
    planned = suggested_reversals.last_planned(reading, numbers)
    found = []
    for deal in deals:
        number = deal["opportunity_id"]
        signals = known.get(number, [])
        reasons = [*_no_interest(signals)]
        first, last = firsts[deal["pipeline_id"]], positions[number]
        is_first = bool(first) and first[0]["stage_id"] == deal["stage_id"]
        if is_first and deal["status"] == "open" and planned.get(number, "") < timestamp(now)[: len("2026-01-01")]:
            reasons = [*_left_alone(first[0], signals, last, times[last], now), *reasons]
        found.append(reasons)
    return found


def reasons_for(reading: Reading, deal: Row, now: datetime) -> list[Reason]:
    """What speaks for taking one deal back."""
    return reasons_in(reading, [deal], now)[0]


def as_advice(reasons: Sequence[Reason]) -> ReversalAdvice:
    """Reasons as `DealRevertedToLead` tells them."""
    evidence = [{"reason": reason.reason, **each} for reason in reasons for each in reason.evidence]
    return {"reasons": [reason.words for reason in reasons], "evidence": evidence}


def _left_alone(stage: Row, signals: Sequence[LatestSignal], last: int, at: str, now: datetime) -> Iterator[Reason]:
    """As on the board, a deal rots when it was left alone for whole days more than its stage allows."""
    allowed, days = _days_to_rotten(stage), (now - datetime.fromisoformat(at)).days
    if allowed is None or days <= allowed or any(signal.kind in ANSWERS for signal in signals):
        return
    words = f"it is still in {stage['name']}, nobody has answered, and nothing has happened for {days} days"
    evidence = {"stage_id": stage["stage_id"], "days_to_rotten": allowed, "last_event_at": at, "position": last}
    yield Reason(LEFT_ALONE, f"{words}, where deals rot after {allowed}", [evidence])


def _no_interest(signals: Sequence[LatestSignal]) -> Iterator[Reason]:
    if (denying := disinterest(signals)) is not None:
        words = f"the last signal that tells of interest ({in_words(denying.kind)}) denies it"
        yield Reason(NO_INTEREST, words, [evidence_of(denying)])


def _days_to_rotten(stage: Row) -> int | None:
    return stage["days_to_rotten"] if stage["is_deal_rot_enabled"] else None


def _stage(reading: Reading, stage: Row, now: datetime) -> Stage:
    moment = timestamp(now - timedelta(days=stage["days_to_rotten"] + 1))
    return Stage(stage["stage_id"], moment, position_at(reading.connection, moment))
