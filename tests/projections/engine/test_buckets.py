"""Lists of the past hold, page by page, just those versions that held then, wherever these lie."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Table

from projections import board, deal_lists, inbox
from projections.deals import DEALS
from projections.engine.buckets import BUCKETS, bucket_of, buckets_at
from projections.engine.pages import Part
from projections.engine.reading import Reading
from projections.engine.rows import Row, Rows
from projections.engine.statements import write
from projections.leads import LEADS
from service.ledger.ledger import Ledger
from tests.generated import fill
from tests.projections.recorded import rebuilt, versions

LIMIT = 4
ALL_TIMES = "", "~"
EARLY, LATE = ("2000", "2050-000100000000"), ("2050-000100000000", "2050-000300000000")
"""Between which times something was changed; most of `spread` is later."""

PLACES = {LEADS: ("inbox", "inbox", "archive", "deal"), DEALS: ("pipeline", "pipeline", "archive", "lead")}

positions = st.integers(0, 2**31)


@given(began=positions, lengths=st.tuples(positions, positions))
def test_the_buckets_of_a_moment_hold_every_version_that_held_then(began: int, lengths: tuple[int, int]) -> None:
    passed, length = min(lengths), max(lengths) + 1
    assert bucket_of(began, began + length) in set(buckets_at(began + passed))


@given(began=positions, length=st.integers(1, 2**20), position=positions)
def test_the_buckets_of_a_moment_hold_none_that_held_long_before_or_after(
    began: int, length: int, position: int
) -> None:
    if abs(position - began) > 8 * max(length, 2**8):
        assert bucket_of(began, began + length) not in set(buckets_at(position))


@given(positions)
def test_every_moment_has_as_many_buckets_and_each_of_them_once(position: int) -> None:
    found = list(buckets_at(position))
    there = [bucket for bucket in found if bucket is not None]
    assert len(found) == len(BUCKETS)
    assert len(set(there)) == len(there)


@dataclass(frozen=True)
class Listed:
    """A list: of which rows, in which order, and how to ask for what comes behind some values of the order.

    Only rows belong to it that were changed ``between`` two times, the second left out.
    """

    table: Table
    only: dict[str, Any]
    order: tuple[str, ...]
    descending: bool
    ask: Callable[[Reading, Sequence[Any] | None], list[Row]]
    between: tuple[str, str] = ALL_TIMES

    def pages(self, reading: Reading) -> Iterator[Row]:
        """The rows of all pages, each page asked for by how the one before ended."""
        after, found = None, self.ask(reading, None)
        while found:
            yield from found[:LIMIT]
            after = [found[:LIMIT][-1][name] for name in self.order]
            found = self.ask(reading, after) if len(found) > LIMIT else []

    def held(self, rows: Sequence[Row], position: int) -> list[Row]:
        """The rows that the list had at a position, by looking at every version of every row."""
        then = [row for row in rows if row["valid_from"] <= position and not (row["valid_to"] or 2**63) <= position]
        since, until = self.between
        wanted = [row for row in then if self.only.items() <= row.items() and since <= row["update_time"] < until]
        return sorted(wanted, key=lambda row: [row[name] for name in self.order], reverse=self.descending)


@dataclass(frozen=True)
class ListedByOffset(Listed):
    """A list whose pages begin so many rows in."""

    def pages(self, reading: Reading) -> Iterator[Row]:
        """The rows of all pages, each asked for by how many came before."""
        start, found = 0, self.ask(reading, [0])
        while found:
            yield from found[:LIMIT]
            start += LIMIT
            found = self.ask(reading, [start]) if len(found) > LIMIT else []


def an_inbox(order: str, descending: bool, **only: Any) -> Listed:
    def ask(reading: Reading, after: Sequence[Any] | None) -> list[Row]:
        found = inbox.open_leads(reading, only=only, order=order, descending=descending, after=after, limit=LIMIT)
        return [lead._asdict() for lead in found]

    names = tuple(column.name for column in inbox.ORDERS[order])
    return Listed(LEADS, {"place": "inbox", **only}, names, descending, ask)


def a_stage(stage_id: int) -> Listed:
    def ask(reading: Reading, after: Sequence[Any] | None) -> list[Row]:
        if after is None:
            found = board.first_deals(reading, [stage_id, 1, 2], LIMIT)[stage_id]
        else:
            found = board.deals_behind(reading, stage_id, after[0], LIMIT)
        return [dict(zip(("deal_id", "valid_from", "stage_id"), deal, strict=True)) for deal in found]

    return Listed(DEALS, {"stage_id": stage_id, "place": "pipeline", "status": "open"}, ("deal_id",), False, ask)


def some_deals(
    order: tuple[str, ...], descending: bool, statuses: Sequence[str] = deal_lists.LIVING, **only: Any
) -> Listed:
    def ask(reading: Reading, after: Sequence[Any] | None) -> list[Row]:
        part = Part(only=list(only.items()), order=order, descending=descending, after=after, limit=LIMIT)
        return deal_lists.deals(reading, part, statuses, is_archived=False, deleted_since="2000")

    told = {"status": statuses[0]} if len(statuses) == 1 else {}
    return Listed(DEALS, {"place": "pipeline", **told, **only}, order, descending, ask)


def some_deals_changed(between: tuple[str, str], descending: bool) -> Listed:
    since, until = between
    order = "update_time", "deal_id"

    def ask(reading: Reading, after: Sequence[Any] | None) -> list[Row]:
        part = Part(only=[], order=order, descending=descending, after=after, limit=LIMIT)
        part = replace(part, updated_since=since, updated_until=until)
        return deal_lists.deals(reading, part, deal_lists.LIVING, is_archived=False, deleted_since="2000")

    return Listed(DEALS, {"place": "pipeline"}, order, descending, ask, between)


def some_deals_by_offset(order: tuple[str, ...], descending: bool) -> Listed:
    def ask(reading: Reading, after: Sequence[Any] | None) -> list[Row]:
        [start] = after or [0]
        ways = (descending,) * len(order)
        part = Part(only=[("owner_id", 1)], order=order, descending=ways, start=start, limit=LIMIT)
        return deal_lists.deals(reading, part, deal_lists.LIVING, is_archived=False, deleted_since="2000")

    return ListedByOffset(DEALS, {"place": "pipeline", "owner_id": 1}, order, descending, ask)


TIMES = ((), ("add_time",), ("update_time",))
"""By what deals are sorted before their numbers."""

LISTS = [
    *(some_deals_by_offset((*name, "deal_id"), way) for name in TIMES for way in (False, True)),
    *(an_inbox(order, descending) for order in inbox.ORDERS for descending in (False, True)),
    *(an_inbox("added", descending, was_seen=True) for descending in (False, True)),
    *(a_stage(stage_id) for stage_id in (3, 4, 5)),
    *(some_deals((*name, "deal_id"), way) for name in TIMES for way in (False, True)),
    *(some_deals(("deal_id",), way, ["open"], stage_id=1) for way in (False, True)),
    some_deals(("add_time", "deal_id"), True, ["won"]),
    *(some_deals_changed(between, way) for between in (EARLY, LATE) for way in (False, True)),
]


def spread(ledger: Ledger, chance: random.Random) -> int:
    """Let leads and deals go on changing as they would in a log of hundreds of millions of events. Where it ends."""
    known = [(table, row[table.info["key"][0]]) for table in PLACES for row in versions(ledger, table)]
    with ledger.database.writing() as connection:
        rows, position = Rows(connection), ledger.event_log.max_notification_id() or 0
        for _ in range(80):
            position += 1 << chance.randrange(28)
            table, key = chance.choice(known)
            changes = {"place": chance.choice(PLACES[table]), "amount": chance.randrange(9)}
            if table is DEALS:
                changes |= {"stage_id": chance.randint(1, 5), "status": chance.choice(("open", "open", "won"))}
            rows.change(table, position, (key,), update_time=f"2050-{position:012}", **changes)
            if chance.random() < 0.3:
                write(connection, rows.writes())
        write(connection, rows.writes())
    return position


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_pages_of_every_moment_are_what_looking_at_every_version_finds(ledger: Ledger, seed: int) -> None:
    chance = random.Random(seed)
    fill(ledger, 1, seed)
    end = spread(ledger, chance)
    rows = {table: versions(ledger, table) for table in PLACES}
    changes = {row[name] for table in PLACES for row in rows[table] for name in ("valid_from", "valid_to")} - {None}
    with ledger.reading() as reading:
        for position in sorted({0, end, *changes, *(change - 1 for change in changes)}):
            then = reading.at(position)
            for listed in chance.sample(LISTS, 4):
                shown = [*listed.table.info["key"], "valid_from", "update_time"]
                found = [[row[name] for name in shown] for row in listed.pages(then)]
                held = [[row[name] for name in shown] for row in listed.held(rows[listed.table], position)]
                assert found == held, f"{listed} at {position}"


@pytest.mark.slow
def test_versions_lie_in_buckets_once_they_have_ended_and_in_the_same_after_a_replay(ledger: Ledger) -> None:
    fill(ledger, 1)
    live = [versions(ledger, table) for table in PLACES]
    for row in (row for rows in live for row in rows):
        ended = row["valid_to"]
        assert row["bucket"] == (None if ended is None else bucket_of(row["valid_from"], ended))
    rebuilt(ledger)
    assert [versions(ledger, table) for table in PLACES] == live
