"""Each process counts in a part of its own, and what one that was killed has counted is there for good."""

from __future__ import annotations

import os
import signal
import threading
from functools import partial

from service.shared.numbers import Numbers
from tests.service.shared.processes import die, ended, forked

COUNTER, GAUGE = 0, 2


def counted(numbers: Numbers, times: int) -> None:
    assert numbers.take()
    for _ in range(times):
        numbers.add(COUNTER)
        numbers.add(COUNTER + 1, 0.5)
    numbers.put(GAUGE, 7.0)


def counted_to_the_death(numbers: Numbers) -> None:
    counted(numbers, 100)
    die()


def test_all_processes_are_added_up_and_of_those_that_are_gone_the_counters_only() -> None:
    numbers = Numbers(counters=2, gauges=1, parts=4)
    for _ in range(3):
        assert ended(forked(partial(counted_to_the_death, numbers))) == signal.SIGKILL
    counted(numbers, 10)
    assert numbers.totals() == [310.0, 155.0, 7.0]


def test_the_next_process_goes_on_where_one_that_was_killed_stopped() -> None:
    numbers = Numbers(counters=2, gauges=1, parts=1)
    for times in range(1, 4):
        assert ended(forked(partial(counted_to_the_death, numbers))) == signal.SIGKILL
        assert numbers.totals() == [100.0 * times, 50.0 * times, 0.0]


def test_a_process_that_lives_has_its_part_for_itself_and_who_finds_none_counts_in_vain() -> None:
    numbers = Numbers(counters=2, gauges=1, parts=1)
    told, done = os.pipe(), os.pipe()

    def live() -> None:
        counted(numbers, 5)
        os.write(told[1], b"!")
        os.read(done[0], 1)

    child = forked(live)
    os.read(told[0], 1)
    assert not numbers.take()
    numbers.add(COUNTER)
    assert numbers.totals() == [5.0, 2.5, 7.0]
    os.write(done[1], b"!")
    assert ended(child) == 0
    assert numbers.totals() == [5.0, 2.5, 0.0]


def test_threads_of_a_process_lose_no_count() -> None:
    numbers = Numbers(counters=2, gauges=1, parts=1)
    assert numbers.take()

    def count() -> None:
        for _ in range(5000):
            numbers.add(COUNTER)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers.totals()[COUNTER] == 20_000
