"""Many commands in one transaction: wholly or not at all, or one by one; what is refused leaves nothing behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from aggregates.refusals import Refusal
from projections.engine.rows import find
from projections.leads import LEADS
from projections.stages import STAGES
from service.clock import wall_clock
from service.commands import batches, deals, leads, persons, stages
from service.commands.batches import Done, Part, Refused, TooLong, all_or_nothing, one_by_one
from service.database.database import Database
from service.ledger.ledger import Ledger, Origin, Transaction
from service.log.group_commit import GroupCommit
from service.log.history import events_at
from service.log.tables import LOG_HEAD
from service.log.writing import Writing
from service.wiring import make_ledger
from tests.databases import Databases
from tests.service.serving import founded
from tests.service.whole import check_log, check_read_models, current

ORIGIN = Origin(user_id=1, request_id="many", client="test", reason="of the whole")
REFUSALS = (Refusal,)

pytestmark = pytest.mark.usefixtures("time_enough")

ADD = Part(partial(leads.add, facts={"title": "Boiler", "person_id": 1}))
ADD_DEAL = Part(partial(deals.add, facts={"title": "Boiler"}))
REFUSED_AT_ONCE = Part(partial(leads.add, facts={"title": "Boiler", "person_id": 99}))


def delete_two_stages(tx: Transaction) -> None:
    """Refused after it has deleted one of them: the first one has a deal."""
    stages.delete(tx, 2)
    stages.delete(tx, 1)


def deal_with_a_number_that_is_not_used(tx: Transaction) -> None:
    tx.next_number("deal")
    raise Refusal("it was not needed")


REFUSED_LATE = Part(delete_two_stages)
REFUSED_WITH_A_NUMBER = Part(deal_with_a_number_that_is_not_used)


@pytest.fixture
def ledger(databases: Databases) -> Iterator[Ledger]:
    """A ledger that knows a person, and a deal in the first stage."""
    with databases.fresh(founded) as url:
        database = Database(url)
        ledger = make_ledger(database, wall_clock)
        ledger.execute(ORIGIN, partial(persons.add, facts={"name": "Kari"}))
        ledger.execute(ORIGIN, partial(deals.add, facts={"title": "Varmepumpe"}))
        yield ledger
        database.close()


def wholly(ledger: Ledger, *parts: Part) -> list[Done]:
    return ledger.execute(ORIGIN, lambda tx: all_or_nothing(tx, parts, REFUSALS), is_large=True)


def singly(ledger: Ledger, *parts: Part) -> list[Done | Exception]:
    return ledger.execute(ORIGIN, lambda tx: one_by_one(tx, parts, REFUSALS), is_large=True)


def head(ledger: Ledger) -> Any:
    with ledger.reading() as reading:
        return tuple(reading.connection.execute(select(LOG_HEAD)).one())


def events(ledger: Ledger, *outcomes: Done | Exception) -> list[Any]:
    """The metadata of the last event of each command that was done."""
    positions = [outcome.position for outcome in outcomes if isinstance(outcome, Done)]
    with ledger.reading() as reading:
        found = events_at(reading.connection, ledger.mapper, positions)
    return [found[position].metadata for position in positions]


def check(ledger: Ledger) -> None:
    check_log(ledger)
    check_read_models(ledger)


def test_a_batch_is_one_command_with_one_time_and_a_reason_for_each_part(ledger: Ledger) -> None:
    told = events(ledger, *wholly(ledger, Part(ADD.command, "he called"), ADD, ADD_DEAL))
    assert len({(each.command_id, each.recorded_at) for each in told}) == 1
    assert [each.reason for each in told] == ["he called", None, None]
    check(ledger)


def test_one_by_one_each_is_a_command_of_its_own(ledger: Ledger) -> None:
    told = events(ledger, *singly(ledger, ADD, ADD, ADD_DEAL))
    assert len({each.command_id for each in told}) == 3
    check(ledger)


@pytest.mark.parametrize("refused", [REFUSED_AT_ONCE, REFUSED_LATE, REFUSED_WITH_A_NUMBER])
def test_wherever_one_is_refused_nothing_of_the_whole_is_left(ledger: Ledger, refused: Part) -> None:
    before, rows = head(ledger), current(ledger, LEADS)
    for index in range(3):
        parts = [ADD, ADD_DEAL]
        parts.insert(index, refused)
        with pytest.raises(Refused) as error:
            wholly(ledger, *parts)
        assert error.value.index == index
        assert (head(ledger), current(ledger, LEADS)) == (before, rows)
    check(ledger)


@pytest.mark.parametrize("refused", [REFUSED_AT_ONCE, REFUSED_LATE, REFUSED_WITH_A_NUMBER])
def test_one_by_one_what_is_refused_leaves_nothing_and_the_others_are_done(ledger: Ledger, refused: Part) -> None:
    first, *outcomes, last = singly(ledger, ADD_DEAL, refused, ADD, refused, REFUSED_AT_ONCE, ADD_DEAL)
    assert [isinstance(outcome, Refusal) for outcome in outcomes] == [True, False, True, True]
    assert isinstance(first, Done)
    assert isinstance(last, Done)
    assert (first.told["deal_id"], last.told["deal_id"]) == (2, 3), "no number is lost"
    assert len(current(ledger, LEADS)) == 1
    assert not any(row["is_deleted"] for row in current(ledger, STAGES))
    assert head(ledger)[1] == last.position
    check(ledger)


def test_each_command_sees_what_those_before_it_saved(ledger: Ledger) -> None:
    def edit(tx: Transaction) -> Any:
        [(lead_id,)] = tx.connection.execute(select(LEADS.c.lead_id)).all()
        with ledger.reading() as others:
            assert find(others, LEADS, lead_id) is None, "nobody else sees it yet"
        return leads.edit(tx, UUID(lead_id), {"title": "Bigger boiler"})["title"]

    assert wholly(ledger, ADD, Part(edit))[1].told == "Bigger boiler"
    check(ledger)


def test_who_takes_too_long_is_told_to_send_fewer_and_nothing_is_recorded(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "LONGEST_SECONDS", 1.0)
    before = head(ledger)
    slow = Part(lambda tx: time.sleep(1.0))
    for give in (wholly, singly):
        with pytest.raises(TooLong, match=r"after \d of 3 commands .* send fewer at once"):
            give(ledger, ADD, slow, ADD)
        assert head(ledger) == before


def test_other_errors_are_of_the_whole(ledger: Ledger) -> None:
    before = head(ledger)
    for give in (wholly, singly):
        with pytest.raises(ZeroDivisionError):
            give(ledger, ADD, Part(lambda tx: 1 // 0))
        assert head(ledger) == before


def wait_until(is_so: Callable[[], bool]) -> None:
    while not is_so():
        time.sleep(0.001)


def test_who_waits_goes_before_a_large_piece_of_work_and_never_shares_its_commit(ledger: Ledger) -> None:
    commits, begun, go_on = GroupCommit(ledger.event_log), threading.Event(), threading.Event()
    order: list[tuple[str, Writing]] = []

    def work(name: str, writing: Writing) -> None:
        order.append((name, writing))
        if name == "first":
            begun.set()
            go_on.wait()

    with ThreadPoolExecutor() as threads:
        done = [threads.submit(commits.do, partial(work, "first"))]
        begun.wait()
        done += [threads.submit(commits.do, partial(work, "large"), is_large=True) for _ in range(2)]
        done += [threads.submit(commits.do, partial(work, "small")) for _ in range(2)]
        wait_until(lambda: len(commits._waiting) == 2)
        go_on.set()
        for each in done:
            each.result()
    assert [name for name, _ in order] == ["first", "small", "small", "large", "large"]
    small, *large = (writing for name, writing in order[2:])
    assert all(writing is not other for writing in large for other in (small, order[0][1]))
    assert large[0] is not large[1]


def test_who_waits_for_another_process_s_large_piece_of_work_does_not_wait_for_one_more(ledger: Ledger) -> None:
    one, other = (GroupCommit(ledger.event_log) for _ in range(2))
    begun, go_on = threading.Event(), threading.Event()
    order: list[str] = []

    def hold(writing: Writing) -> None:
        begun.set()
        go_on.wait()

    with ThreadPoolExecutor() as threads:
        done = [threads.submit(one.do, hold, is_large=True)]
        begun.wait()
        done.append(threads.submit(other.do, lambda writing: order.append("large"), is_large=True))
        wait_until(other._large.locked)
        done.append(threads.submit(other.do, lambda writing: order.append("small")))
        wait_until(lambda: other._is_led)
        go_on.set()
        for each in done:
            each.result()
    assert order == ["small", "large"]
