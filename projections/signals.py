"""The tables of signals: every signal of an opportunity, and the latest of each kind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Boolean, Column, Connection, bindparam, select, update

from aggregates.event import Event
from aggregates.signal import KINDS, SignalRecorded
from projections.engine.erasing import PERSONAL_GATHERED, PERSONAL_OBJECT, PERSONAL_TEXT, personal_text
from projections.engine.pages import page
from projections.engine.reading import Reading
from projections.engine.rows import Row, Rows
from projections.engine.statements import COMPILED, Query, chunks
from projections.engine.tables import OF_OPPORTUNITY, Number, SortableText, current_index, ended_by, table_with_past
from projections.engine.validity import holding

SIGNALS = table_with_past(
    "signals",
    Column("signal_id", SortableText, primary_key=True),
    Column("opportunity_id", SortableText, nullable=False),
    Column("kind", SortableText, nullable=False, info=personal_text(*KINDS)),
    Column("interest", Boolean),
    Column("evidence", SortableText, nullable=False, info=PERSONAL_OBJECT),
    Column("occurred_at", SortableText, nullable=False),
    Column("external_id", SortableText, info=PERSONAL_TEXT),
    Column("recorded_at", SortableText, nullable=False),
    Column("recorded_by", Number),
    indexes=[current_index("signals_by_opportunity", "opportunity_id", "valid_from")],
    ended=[ended_by("signals_ended_by_opportunity", "opportunity_id")],
    key=("signal_id",),
    restricted=OF_OPPORTUNITY,
)
"""Every signal; ``evidence`` is a JSON object."""

LATEST_SIGNALS = table_with_past(
    "latest_signals",
    Column("opportunity_id", SortableText, primary_key=True),
    Column("signals", SortableText, nullable=False, info=PERSONAL_GATHERED),
    key=("opportunity_id",),
    restricted=OF_OPPORTUNITY,
)
"""What is known of each opportunity, to be judged by: a JSON list of the latest signal of each kind, one each for
interest shown, denied and not noted, as `LatestSignal` has them, in the order they were recorded."""

Interest = bool | None


class LatestSignal(NamedTuple):
    """The latest of an opportunity's signals that are of one kind and show, deny or do not tell interest."""

    kind: str
    interest: Interest
    occurred_at: str
    signal_id: str


def apply(rows: Rows, event: Event, position: int) -> None:
    """Keep a signal, and that it is the latest of its kind where it is."""
    if not isinstance(event, SignalRecorded):
        return
    rows.insert(SIGNALS, position, _recorded(event))
    known = rows.current(LATEST_SIGNALS, event.opportunity_id)
    new = LatestSignal(event.kind, event.interest, event.occurred_at, event.signal_id)
    stored = _as_json(_with(latest(known), new))
    if known is None:
        rows.insert(LATEST_SIGNALS, position, {"opportunity_id": event.opportunity_id, "signals": stored})
    else:
        rows.change(LATEST_SIGNALS, position, (event.opportunity_id,), signals=stored)


def _with(signals: Sequence[LatestSignal], new: LatestSignal) -> list[LatestSignal]:
    """The latest signals once one more is recorded."""
    kept = {(signal.kind, signal.interest): signal for signal in signals}
    before = kept.get(new[:2])
    if before is None or before.occurred_at <= new.occurred_at:
        kept.pop(new[:2], None)
        kept[new[:2]] = new
    return list(kept.values())


def _as_json(signals: Sequence[LatestSignal]) -> str:
    return json.dumps(signals, ensure_ascii=False)


def gather_again(connection: Connection, signal_ids: Iterable[str]) -> int:
    """Make what is kept of the latest signals anew, past versions too, where some of them were overwritten.

    Signals whose kind was erased count as one kind, as they do in a replay. Answers how many rows that are.
    """
    of_signals = select(SIGNALS.c.opportunity_id).distinct()
    found = {
        number
        for some in chunks(signal_ids)
        for number in connection.execute(of_signals.where(SIGNALS.c.signal_id.in_(some))).scalars()
    }
    return sum(_gather(connection, number) for number in sorted(found))


def _gather(connection: Connection, opportunity_id: str) -> int:
    told = [SIGNALS.c[name] for name in LatestSignal._fields]
    query = select(SIGNALS.c.valid_from, *told).where(SIGNALS.c.opportunity_id == opportunity_id)
    signals, rows = list[LatestSignal](), 0
    for position, *each in connection.execute(query.order_by(SIGNALS.c.valid_from)):
        signals = _with(signals, LatestSignal._make(each))
        this_version = LATEST_SIGNALS.c.opportunity_id == opportunity_id, LATEST_SIGNALS.c.valid_from == position
        rows += connection.execute(
            update(LATEST_SIGNALS).where(*this_version).values(signals=_as_json(signals))
        ).rowcount
    return rows


def latest(row: Row | None) -> list[LatestSignal]:
    """The signals of a row of `LATEST_SIGNALS`; none where there is no row."""
    return [] if row is None else list(map(LatestSignal._make, json.loads(row["signals"])))


def latest_of(reading: Reading, opportunity_ids: Iterable[str]) -> dict[str, list[LatestSignal]]:
    """The latest signals of many opportunities, of those that have any."""
    found: dict[str, list[LatestSignal]] = {}
    for some in chunks(opportunity_ids):
        found |= {row["opportunity_id"]: latest(row) for row in _LATEST.rows(reading, {"some": some})}
    return found


def last_of(signals: Sequence[LatestSignal]) -> LatestSignal | None:
    """The signal that occurred last of some in the order they were recorded; of several at once, the last recorded."""
    return max(reversed(signals), key=lambda signal: signal.occurred_at, default=None)


def disinterest(signals: Sequence[LatestSignal]) -> LatestSignal | None:
    """The last signal that tells of interest, where it denies it; else None."""
    last = last_of([signal for signal in signals if signal.interest is not None])
    return None if last is None or last.interest else last


def signals_of(reading: Reading, opportunity_id: str, *, after: int | None, limit: int) -> list[Row]:
    """An opportunity's signals, those recorded last first, and one more than the limit where more follow."""
    return _signals(after is not None, limit).rows(reading, {"opportunity_id": opportunity_id, "after": after})


def _recorded(event: SignalRecorded) -> Row:
    told = ("signal_id", "opportunity_id", "kind", "interest", "occurred_at", "external_id")
    facts: dict[str, Any] = {name: getattr(event, name) for name in told}
    evidence = json.dumps(event.evidence, ensure_ascii=False)
    return {**facts, "evidence": evidence, "recorded_at": event.at, "recorded_by": event.by}


@lru_cache(COMPILED)
def _signals(continues: bool, limit: int) -> Query:
    signals = select(SIGNALS).where(holding(SIGNALS, by=SIGNALS.c.opportunity_id == bindparam("opportunity_id")))
    after = [bindparam("after", type_=Number)] if continues else None
    return Query(page(signals, [SIGNALS.c.valid_from], descending=True, after=after, limit=limit))


_LATEST = Query(
    select(LATEST_SIGNALS).where(
        LATEST_SIGNALS.c.opportunity_id.in_(bindparam("some", expanding=True)), holding(LATEST_SIGNALS)
    )
)
