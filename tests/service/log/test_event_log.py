"""Events get dense positions in commit order, streams have no gaps, and nothing is ever changed."""

from __future__ import annotations

import multiprocessing
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from eventsourcing.persistence import IntegrityError, Notification, StoredEvent
from sqlalchemy.exc import DBAPIError

from aggregates.lead_label import LeadLabel
from aggregates.refusals import Refusal
from service.clock import wall_clock
from service.database.database import Database
from service.ledger.ledger import Ledger, Origin, Transaction
from service.log.recorder import EventLog
from service.wiring import make_ledger
from tests.databases import Databases
from tests.service.serving import founded

ORIGIN = Origin(user_id=1, request_id="r", client="test")


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    with databases.fresh(founded) as url:
        yield url


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    database = Database(url)
    yield make_ledger(database, wall_clock)
    database.close()


def label(tx: Transaction) -> int:
    """A small command: have a new label."""
    return tx.save(LeadLabel.add(uuid.uuid4(), name="Hot", color="red"))


def stored(stream_id: uuid.UUID, version: int) -> StoredEvent:
    return StoredEvent(stream_id, version, "LeadSeen", b"{}")


def whole_log(log: EventLog) -> list[Notification]:
    return list(log.select_notifications(None, 10**6))


@pytest.mark.parametrize("versions", [(2,), (1, 3), (1, 2, 4), (1, 1)])
def test_a_stream_with_a_gap_or_a_version_twice_is_refused(ledger: Ledger, versions: tuple[int, ...]) -> None:
    log, stream_id = ledger.event_log, uuid.uuid4()
    before = whole_log(log)
    with pytest.raises(IntegrityError):
        log.insert_events([stored(stream_id, version) for version in versions])
    assert whole_log(log) == before


def test_a_version_that_is_taken_is_refused(ledger: Ledger) -> None:
    one, other = uuid.uuid4(), uuid.uuid4()
    ledger.event_log.insert_events([stored(one, 1), stored(other, 1), stored(one, 2)])
    with pytest.raises(IntegrityError):
        ledger.event_log.insert_events([stored(one, 2)])
    ledger.event_log.insert_events([stored(other, 2)])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET topic = 'LeadSeen'",
        "UPDATE events SET state = state WHERE position = 2",
        "DELETE FROM events",
        "DELETE FROM events WHERE position = 2",
        "TRUNCATE events",
        "TRUNCATE events CASCADE",
        "INSERT OR REPLACE INTO events SELECT position, stream_id, version, previous, 'x', state FROM events",
        "REPLACE INTO events SELECT 99, stream_id, version, previous, topic, state FROM events WHERE position = 2",
        "INSERT INTO events SELECT position, stream_id, version, previous, 'x', state FROM events "
        "WHERE true ON CONFLICT (position) DO UPDATE SET topic = 'x'",
    ],
)
def test_the_database_itself_refuses_to_change_the_past(ledger: Ledger, statement: str) -> None:
    before = whole_log(ledger.event_log)
    with pytest.raises(DBAPIError), ledger.database.writing() as connection:
        connection.exec_driver_sql(statement)
    assert whole_log(ledger.event_log) == before


def label_from_another_process(url: str, times: int) -> None:
    database = Database(url)
    ledger = make_ledger(database, wall_clock)
    with ThreadPoolExecutor(8) as threads:
        for _ in threads.map(lambda _: ledger.execute(ORIGIN, label), range(times)):
            pass
    database.close()


@pytest.mark.slow
def test_positions_are_dense_and_ordered_whatever_number_of_threads_and_processes_write(url: str) -> None:
    times, database = 100, Database(url)
    log = make_ledger(database, wall_clock).event_log
    before = whole_log(log)
    spawning = multiprocessing.get_context("spawn")
    processes = [spawning.Process(target=label_from_another_process, args=(url, times)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]

    after = whole_log(log)

    assert len(after) == len(before) + 2 * times
    assert [notification.id for notification in after] == list(range(1, len(after) + 1))
    assert after[: len(before)] == before
    database.close()


def test_commands_that_share_a_commit_fail_each_for_itself(ledger: Ledger) -> None:
    before = ledger.event_log.max_notification_id() or 0

    def fail_after_writing(tx: Transaction) -> int:
        label(tx)
        raise Refusal("too late")

    def attempt(number: int) -> bool:
        try:
            ledger.execute(ORIGIN, fail_after_writing if number % 3 == 0 else label)
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(attempt, range(60)))

    assert outcomes == [number % 3 != 0 for number in range(60)]
    assert ledger.event_log.max_notification_id() == before + 40


def test_a_refused_command_uses_up_no_number(ledger: Ledger) -> None:
    def refused(tx: Transaction) -> None:
        tx.next_number("deal")
        tx.next_number("person")
        raise Refusal("no")

    def refused_after_writing(tx: Transaction) -> None:
        tx.next_number("deal")
        label(tx)
        raise Refusal("no")

    def taken(tx: Transaction) -> int:
        label(tx)
        return tx.next_number("deal")

    assert ledger.execute(ORIGIN, taken) == 1
    for command in (refused, refused_after_writing):
        with pytest.raises(Refusal):
            ledger.execute(ORIGIN, command)
    assert ledger.execute(ORIGIN, taken) == 2


def test_a_clock_that_steps_back_does_not_take_the_log_with_it(url: str) -> None:
    now = start = datetime(2030, 6, 1, 12, tzinfo=UTC)
    database = Database(url)
    ledger = make_ledger(database, lambda: now)
    for moment in (start, start - timedelta(hours=1), start - timedelta(days=400), start + timedelta(seconds=1)):
        now = moment
        ledger.execute(ORIGIN, label)

    times = [ledger.mapper.to_domain_event(stored).at for stored in whole_log(ledger.event_log)[-4:]]  # type: ignore[attr-defined]

    assert times == ["2030-06-01T12:00:00.000000Z"] * 3 + ["2030-06-01T12:00:01.000000Z"]
    database.close()
