"""What a bridge shows: a pipeline's totals at two moments, and the lines that explain the difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from projections.board_changes import Line
from projections.bridge import Account, StageAccounts, Sum, bridge
from projections.deals import DEALS
from projections.engine.reading import Reading
from projections.engine.rows import find, find_all
from projections.field_changes import field_changes
from projections.pipelines import PIPELINES
from service.http.errors import NotFound
from service.http.json import money
from service.http.ledger.causes import causes
from service.http.ledger.changed_fields import shown_change
from service.ledger.ledger import Ledger
from service.log.history import events_at

MISSING = "there is no such pipeline"


def totals_of(reading: Reading, pipeline_id: int, since: int, until: int) -> dict[str, Any]:
    """What the stages added up to at two positions, and all that changed in between, to be read at one moment.

    Raises `NotFound` for a pipeline that there never was.
    """
    pipeline = find(reading.at(until), PIPELINES, pipeline_id)
    if pipeline is None:
        raise NotFound(MISSING)
    stages = bridge(reading, pipeline_id, since, until)
    return {
        "id": pipeline_id,
        "name": pipeline["name"],
        "from": since,
        "to": until,
        "stages": list(map(_stage, stages)),
    }


def shown_lines(ledger: Ledger, reading: Reading, lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Changes as `BridgeLine` describes them, with the names that things have at the moment."""
    events = events_at(reading.connection, ledger.mapper, {line.position for line in lines})
    told, changed = causes(reading, events), field_changes(reading, events.items())
    deals = find_all(reading, DEALS, {line.deal_id for line in lines}, "title")
    return [
        {
            **told[line.position],
            "change": line.change,
            "stage_id": line.stage_id,
            "currency": line.currency or None,
            "count": line.deals,
            "sum": money(line.amount, line.currency or None),
            "deal": {"id": line.deal_id, "title": deals[line.deal_id]["title"]},
            "fields": list(map(shown_change, changed.get(line.position, ()))),
        }
        for line in lines
    ]


def _stage(told: StageAccounts) -> dict[str, Any]:
    totals = [_total(currency or None, account) for currency, account in told.accounts.items()]
    return {"id": told.stage["stage_id"], "name": told.stage["name"], "totals": totals}


def _total(currency: str | None, account: Account) -> dict[str, Any]:
    return {
        "currency": currency,
        "opening": _sum(account.opening, currency),
        "changes": [{"change": change, **_sum(total, currency)} for change, total in account.changes.items()],
        "closing": _sum(account.closing, currency),
    }


def _sum(total: Sum, currency: str | None) -> dict[str, Any]:
    return {"count": total.deals, "sum": money(total.amount, currency)}
