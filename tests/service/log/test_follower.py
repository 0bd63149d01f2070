"""The follower asks how far the log has come while somebody waits, and tells each of them once, when it is time."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from functools import partial

import pytest
from eventsourcing.persistence import OperationalError

from service.log.follower import LOOK_SECONDS, Follower

PATIENCE = 20


class Log:
    """A log's end, and how often it was asked for."""

    def __init__(self) -> None:
        self.end: int | None = None
        self.asked = 0
        self.is_away = False

    def last_position(self) -> int | None:
        self.asked += 1
        if self.is_away:
            raise OperationalError("the database is away")
        return self.end

    def is_asked(self, times: int) -> None:
        """Return when it was asked so many times more."""
        seen, deadline = self.asked, time.monotonic() + PATIENCE
        while self.asked < seen + times:
            assert time.monotonic() < deadline
            time.sleep(LOOK_SECONDS / 10)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def follower(log: Log) -> Follower:
    follower = Follower(log.last_position)
    follower.follow_in_background()
    return follower


def test_each_who_waits_is_told_once_and_only_when_the_log_has_passed_his_position(
    log: Log, follower: Follower
) -> None:
    told = list[int]()
    with ExitStack() as waiting:
        for position in (0, 1, 5, 5):
            waiting.enter_context(follower.waiting(position, partial(told.append, position)))
        for end, expected in ((None, []), (1, [0]), (5, [0, 1]), (9, [0, 1, 5, 5])):
            log.end = end
            log.is_asked(2)
            assert told == expected


def test_who_comes_late_is_told_at_once(log: Log, follower: Follower) -> None:
    log.end = 7
    told = threading.Event()
    with follower.waiting(6, told.set):
        assert told.wait(PATIENCE)


def test_nothing_is_asked_while_nobody_waits(log: Log, follower: Follower) -> None:
    with follower.waiting(0, lambda: None):
        log.is_asked(2)
    time.sleep(2 * LOOK_SECONDS)
    asked = log.asked
    time.sleep(5 * LOOK_SECONDS)
    assert log.asked == asked
    with follower.waiting(0, lambda: None):
        log.is_asked(1)


def test_a_database_that_is_away_is_asked_on_and_complained_of_once(
    log: Log, follower: Follower, caplog: pytest.LogCaptureFixture
) -> None:
    log.is_away, told = True, threading.Event()
    with follower.waiting(0, told.set):
        log.is_asked(4)
        assert not told.is_set()
        log.is_away, log.end = False, 1
        assert told.wait(PATIENCE)
    assert len(caplog.records) == 1
