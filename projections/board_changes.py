"""The table of what changed on boards: by how much each event changed what the open deals of a stage add up to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Column, bindparam, cast, func, select

from aggregates.deal import (
    DealArchived,
    DealCreated,
    DealDeleted,
    DealEvent,
    DealLost,
    DealReopened,
    DealReturned,
    DealRevertedToLead,
    DealUnarchived,
    DealWon,
)
from projections.engine.pages import page
from projections.engine.reading import Reading
from projections.engine.rows import Row, Rows
from projections.engine.statements import COMPILED, Query
from projections.engine.tables import OF_OPPORTUNITY, Number, Small, SortableText, growing_table
from projections.engine.validity import every_version

BOARD_CHANGES = growing_table(
    "board_changes",
    Column("pipeline_id", Number, primary_key=True, autoincrement=False),
    Column("position", Number, primary_key=True, autoincrement=False),
    Column("stage_id", Number, primary_key=True, autoincrement=False),
    Column("currency", SortableText, primary_key=True),
    Column("change", SortableText, nullable=False),
    Column("deals", Small, nullable=False),
    Column("amount", Number, nullable=False),
    Column("deal_id", Number, nullable=False),
    Column("opportunity_id", SortableText, nullable=False),
    has_rowid=False,
    restricted=OF_OPPORTUNITY,
)
"""By how many deals, and by how much in the currency's smallest coin, an event changed what a stage's open deals of a
currency ("" where a deal names none) add up to, and which of `CHANGES` that was. A deal that goes from one stage, or
from one currency, to another has a row on either side."""

CHANGES = (
    "new",
    "converted",
    "reopened",
    "unarchived",
    "raised",
    "lowered",
    "moved_in",
    "moved_out",
    "currency_in",
    "currency_out",
    "won",
    "lost",
    "reverted",
    "archived",
    "deleted",
)
"""Why a sum changed, in the order in which a bridge tells it. The value of a deal that stays in its stage was
``raised`` (from none, too), ``lowered`` (to none, too) or given in another currency, out of one and into the other."""

ENTERED_OR_LEFT: dict[type[DealEvent], str] = {
    DealCreated: "new",
    DealReturned: "converted",
    DealReopened: "reopened",
    DealUnarchived: "unarchived",
    DealWon: "won",
    DealLost: "lost",
    DealRevertedToLead: "reverted",
    DealArchived: "archived",
    DealDeleted: "deleted",
}
"""The events by which an open deal comes onto a board or goes from it; one made of a lead was ``converted``."""


def keep(rows: Rows, event: DealEvent, position: int, before: Row | None, after: Row | None) -> None:
    """Keep what an event changed; ``before`` and ``after`` are the deal's row where it stood open on a board."""
    if before is None or after is None:
        for sign, row in ((-1, before), (1, after)):
            if row is not None:
                _add(rows, position, row, _entered_or_left(event), sign, sign * row["amount"])
    elif before["stage_id"] != after["stage_id"]:
        _add(rows, position, before, "moved_out", -1, -before["amount"])
        _add(rows, position, after, "moved_in", 1, after["amount"])
    elif before["currency"] != after["currency"]:
        valued = None not in (before["currency"], after["currency"])
        out, into = ("currency_out", "currency_in") if valued else 2 * [_raised_or_lowered(before, after)]
        _add(rows, position, before, out, -1, -before["amount"])
        _add(rows, position, after, into, 1, after["amount"])
    elif (difference := after["amount"] - before["amount"]) != 0:
        _add(rows, position, after, _raised_or_lowered(before, after), 0, difference)


def _entered_or_left(event: DealEvent) -> str:
    was_lead = isinstance(event, DealCreated) and event.lead_id is not None
    return "converted" if was_lead else ENTERED_OR_LEFT[type(event)]


def _raised_or_lowered(before: Row, after: Row) -> str:
    return "raised" if after["amount"] >= before["amount"] else "lowered"


def _add(rows: Rows, position: int, deal: Row, change: str, deals: int, amount: int) -> None:
    rows.add(
        BOARD_CHANGES,
        {
            "pipeline_id": deal["pipeline_id"],
            "position": position,
            "stage_id": deal["stage_id"],
            "currency": deal["currency"] or "",
            "change": change,
            "deals": deals,
            "amount": amount,
            "deal_id": deal["deal_id"],
            "opportunity_id": deal["opportunity_id"],
        },
    )


class Step(NamedTuple):
    """What all changes of one sort between two positions add up to, in one stage and currency."""

    stage_id: int
    currency: str
    change: str
    deals: int
    amount: int


class Line(NamedTuple):
    """One change of what a stage adds up to, by one event."""

    position: int
    stage_id: int
    currency: str
    change: str
    deals: int
    amount: int
    deal_id: int

    @property
    def place(self) -> tuple[int, int, str]:
        """Where it stands among all lines of a pipeline."""
        return self[:3]


def steps(reading: Reading, pipeline_id: int, since: int, until: int) -> list[Step]:
    """What changed behind a position and up to another, added up; the cost goes with how much changed in between."""
    between = {"pipeline_id": pipeline_id, "since": since, "until": until}
    return list(map(Step._make, _STEPS.tuples(reading, between)))


def lines(
    reading: Reading, pipeline_id: int, since: int, until: int, *, after: Sequence[Any] = (), limit: int
) -> list[Line]:
    """What changed, change by change, behind the one at a `place`, and one more than the limit where more follow."""
    values = {"pipeline_id": pipeline_id, "since": since, "until": until, **dict(zip(_PLACE, after, strict=False))}
    return list(map(Line._make, _lines(bool(after), limit).tuples(reading, values)))


_PLACE = ("position", "stage_id", "currency")
_OF_PIPELINE = (
    BOARD_CHANGES.c.pipeline_id == bindparam("pipeline_id"),
    BOARD_CHANGES.c.position > bindparam("since"),
    BOARD_CHANGES.c.position <= bindparam("until"),
    every_version(BOARD_CHANGES),
)
_BY_STEP = tuple(BOARD_CHANGES.c[name] for name in ("stage_id", "currency", "change"))
_STEPS = Query(
    select(*_BY_STEP, *(cast(func.sum(BOARD_CHANGES.c[name]), Number).label(name) for name in ("deals", "amount")))
    .where(*_OF_PIPELINE)
    .group_by(*_BY_STEP)
)


@lru_cache(COMPILED)
def _lines(continues: bool, limit: int) -> Query:
    query = select(*(BOARD_CHANGES.c[name] for name in Line._fields)).where(*_OF_PIPELINE)
    order = [BOARD_CHANGES.c[name] for name in _PLACE]
    after = [bindparam(column.name, type_=column.type) for column in order] if continues else None
    return Query(page(query, order, descending=False, after=after, limit=limit))
