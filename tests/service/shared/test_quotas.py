"""What may happen so often in so long happens no oftener, however many processes count, and whoever is killed."""

from __future__ import annotations

import os
import signal

import pytest

from service.operating import Quota
from service.shared.quotas import SETS, WAYS, Quotas
from tests.service.shared.processes import die, ended, forked

THRICE = Quota(3, 60)


class Watch:
    """A clock that stands until it is put on."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_a_window_begins_with_the_first_time_and_says_what_is_left_of_it() -> None:
    watch = Watch()
    quotas = Quotas(watch)
    assert quotas.look(THRICE, "token", "a") == (3, 0, False)
    assert quotas.count(THRICE, "token", "a") == (2, 60, False)
    watch.seconds += 59.5
    assert [quotas.count(THRICE, "token", "a") for _ in range(4)] == [
        (1, 1, False),
        (0, 1, False),
        (0, 1, True),
        (0, 1, True),
    ]
    assert quotas.look(THRICE, "token", "a") == (0, 1, True)
    watch.seconds += 0.5
    assert quotas.look(THRICE, "token", "a") == (3, 0, False)
    assert quotas.count(THRICE, "token", "a") == (2, 60, False)


def test_a_window_that_is_renewed_begins_anew() -> None:
    watch = Watch()
    quotas, day = Quotas(watch), Quota(1, 86_400)
    for _ in range(5):
        quotas.renew(day, "known", "a")
        watch.seconds += 80_000
        assert quotas.look(day, "known", "a") == (0, 6400, True)
    watch.seconds += 6400
    assert not quotas.look(day, "known", "a").is_over


def test_keys_and_kinds_of_keys_are_counted_apart() -> None:
    quotas = Quotas()
    for key in (("token", "a"), ("token", "b"), ("address", "a"), ("known", "a", "b"), ("known", "a", "c")):
        assert quotas.count(THRICE, *key).left == 2


@pytest.mark.slow
def test_whoever_floods_it_with_keys_takes_no_more_memory_and_leaves_the_others_most_of_their_windows() -> None:
    watch = Watch()
    quotas, day = Quotas(watch), Quota(1, 86_400)
    for number in range(1000):
        quotas.count(day, "known", str(number))
    for number in range(SETS * WAYS):
        quotas.count(THRICE, "failed-logins", str(number))
    assert sum(quotas.look(day, "known", str(number)).is_over for number in range(1000)) > 990


@pytest.mark.slow
def test_processes_that_count_at_once_let_through_exactly_as_many_as_may() -> None:
    quotas, quota = Quotas(), Quota(1500, 600)

    def count() -> None:
        for _ in range(1000):
            if not quotas.count(quota, "address", "192.0.2.1").is_over:
                quotas.count(quota, "let-through", str(os.getpid()))

    children = [forked(count) for _ in range(4)]
    assert [ended(child) for child in children] == [0] * 4
    assert sum(1500 - quotas.look(quota, "let-through", str(child)).left for child in children) == 1500


def test_whoever_is_killed_while_he_counts_keeps_nobody_from_counting() -> None:
    quotas = Quotas()

    def count_and_die() -> None:
        quotas.count(THRICE, "token", "a")
        with quotas._alone:
            die()

    assert ended(forked(count_and_die)) == signal.SIGKILL
    assert quotas.count(THRICE, "token", "a").left == 1
