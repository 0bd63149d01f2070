"""Checks that a service is whole: what is promised of log, read models and board, whatever was asked of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from flask import Flask
from sqlalchemy import Table, create_engine, select

from projections.deals import DEALS, STAGE_TOTALS
from projections.engine.reading import Reading
from projections.engine.rows import Row, Rows, rows_of
from projections.engine.statements import write
from projections.engine.tables import read_models
from projections.engine.validity import every_version, holding
from projections.leads import LEADS
from projections.projection import project
from service.ledger.ledger import Ledger
from service.maintenance.replay import batches
from tests.service.serving import ledger_of


def check_whole(app: Flask) -> None:
    """Everything that must hold between any two commands."""
    ledger = ledger_of(app)
    check_log(ledger)
    check_read_models(ledger)
    leads, deals = current(ledger, LEADS), current(ledger, DEALS)
    check_opportunities(leads, deals)
    check_stage_totals(deals, current(ledger, STAGE_TOTALS))


def check_log(ledger: Ledger) -> None:
    """Positions are dense, every stream's versions are contiguous, every event can be read, time never goes back."""
    recorded = [pair for batch in batches(ledger, 0) for pair in batch]
    assert [position for position, _ in recorded] == list(range(1, len(recorded) + 1))
    versions: Counter[Any] = Counter()
    for _, event in recorded:
        versions[event.originator_id] += 1
        assert event.originator_version == versions[event.originator_id]
    times = [event.at for _, event in recorded]
    assert times == sorted(times)


def check_read_models(ledger: Ledger) -> None:
    """Live rows, past ones too, are what a replay of the log makes, event by event, in a database of its own."""
    replayed = create_engine("sqlite://")
    read_models.create_all(replayed)
    with replayed.begin() as aside, ledger.reading() as live:
        for batch in batches(ledger, 0):
            rows = Rows(aside)
            for position, event in batch:
                project(rows, event, position)
            write(aside, rows.writes())
        for table in read_models.sorted_tables:
            in_order = select(table).where(every_version(table)).order_by(*table.primary_key)
            assert rows_of(live, in_order) == rows_of(Reading(aside), in_order), table.name
    replayed.dispose()


def check_opportunities(leads: list[Row], deals: list[Row]) -> None:
    """Every opportunity has one lead and one deal at most, which name each other, and one form that is current."""
    forms: dict[str, dict[str, Row]] = defaultdict(dict)
    for kind, rows in (("lead", leads), ("deal", deals)):
        for row in rows:
            assert kind not in forms[row["opportunity_id"]], f"two {kind}s of one opportunity"
            forms[row["opportunity_id"]][kind] = row
    for form in forms.values():
        lead, deal = form.get("lead"), form.get("deal")
        if lead is not None and deal is not None:
            assert deal["lead_id"] == lead["lead_id"]
        is_lead = lead is not None and lead["place"] != "deal"
        is_deal = deal is not None and deal["place"] != "lead"
        assert is_lead != is_deal, f"not one current form: lead {lead}, deal {deal}"


def check_stage_totals(deals: list[Row], totals: list[Row]) -> None:
    """What a stage adds up to is what its open deals are worth."""
    summed: Counter[tuple[int, str]] = Counter()
    counted: Counter[tuple[int, str]] = Counter()
    for deal in deals:
        if deal["place"] == "pipeline" and deal["status"] == "open":
            stage = deal["stage_id"], deal["currency"] or ""
            summed[stage] += deal["amount"]
            counted[stage] += 1
    kept = {(total["stage_id"], total["currency"]): total for total in totals}
    for stage in counted.keys() | kept.keys():
        total = kept.get(stage, {"deals": 0, "amount": 0})
        assert (total["deals"], total["amount"]) == (counted[stage], summed[stage]), f"stage and currency {stage}"


def length_of_log(app: Flask) -> int:
    """How many events there are."""
    return ledger_of(app).event_log.max_notification_id() or 0


def ends_of_commands(ledger: Ledger) -> dict[int, int]:
    """For each position, the last one of the command that recorded the event there."""
    recorded = [pair for batch in batches(ledger, 0) for pair in batch]
    last = {event.metadata and event.metadata.command_id: position for position, event in recorded}
    return {position: last[event.metadata and event.metadata.command_id] for position, event in recorded}


def current(ledger: Ledger, table: Table) -> list[Row]:
    """The rows that hold now, of a table with past."""
    with ledger.reading() as reading:
        return rows_of(reading, select(table).where(holding(table)))
