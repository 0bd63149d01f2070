"""Queries answer alike on both databases: truth values as such, lists of any length, now and as of a position."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import bindparam, func, select, union_all

from aggregates.signal import Signal
from projections.engine.compiled import Values
from projections.engine.statements import AT_ONCE, Query, ask_at_once, chunks, tuples_at_once
from projections.engine.validity import holding
from projections.signals import SIGNALS
from projections.users import USERS
from service.ledger.ledger import Ledger
from tests.projections.recorded import record
from tests.projections.test_users import two_users

_FLAGS = select(USERS.c.user_id, USERS.c.is_admin).where(holding(USERS)).order_by(USERS.c.user_id)
_SOME = Query(_FLAGS.where(USERS.c.user_id.in_(bindparam("some", expanding=True)), USERS.c.name != bindparam("not")))
_OF_BOTH = [USERS.c.is_admin.is_(is_admin) for is_admin in (True, False)]


def test_truth_values_are_truth_values(ledger: Ledger) -> None:
    two_users(ledger)
    with ledger.reading() as reading:
        found = Query(_FLAGS).rows(reading, {})
        assert [tuple(row.values()) for row in found] == Query(_FLAGS).tuples(reading, {})
    assert list(map(repr, found)) == [
        "{'user_id': 1, 'is_admin': True}",
        "{'user_id': 2, 'is_admin': False}",
        "{'user_id': 3, 'is_admin': True}",
    ]


def test_truth_values_inside_a_union_are_truth_values(ledger: Ledger) -> None:
    two_users(ledger)
    either = union_all(*(select(USERS.c.is_admin).where(holding(USERS), these) for these in _OF_BOTH)).subquery()
    counted = select(either.c.is_admin, func.count().label("users")).group_by(either.c.is_admin)
    with ledger.reading() as reading:
        found = Query(counted.order_by(either.c.is_admin)).rows(reading, {})
    assert repr(found) == "[{'is_admin': False, 'users': 1}, {'is_admin': True, 'users': 2}]"


def test_what_is_neither_true_nor_false_is_none(ledger: Ledger) -> None:
    of: dict[str, Any] = {"opportunity_id": "one", "lead_id": "one", "deal_id": None}
    told: dict[str, Any] = {"evidence": {}, "occurred_at": "2026-01-01T00:00:00.000000Z", "external_id": None}
    for number, interest in enumerate((True, False, None), start=1):
        record(ledger, Signal.record_new(UUID(int=number), kind="email_sent", interest=interest, **of, **told))
    query = Query(select(SIGNALS.c.interest).where(holding(SIGNALS)).order_by(SIGNALS.c.valid_from))
    with ledger.reading() as reading:
        assert repr(query.tuples(reading, {})) == "[(True,), (False,), (None,)]"


@pytest.mark.parametrize("some", [[], [2], [3, 1], [1, 2, 3, 4, 5]])
def test_a_list_may_have_any_length(ledger: Ledger, some: list[int]) -> None:
    two_users(ledger)
    with ledger.reading() as reading:
        for moment in (reading, reading.at(10**6)):
            found = [number for number, _ in _SOME.tuples(moment, {"some": some, "not": "nobody"})]
            assert found == sorted({1, 2, 3}.intersection(some))
        assert _SOME.tuples(reading.at(0), {"some": some, "not": "nobody"}) == []


def test_many_values_are_parted_into_as_many_lists_as_it_takes() -> None:
    values = range(2 * AT_ONCE + 1)
    parts = list(chunks(values))
    assert list(map(len, parts)) == [AT_ONCE, AT_ONCE, 1]
    assert [value for part in parts for value in part] == list(values)
    assert list(chunks([])) == []


def test_what_is_asked_at_once_is_answered_as_it_is_one_by_one(ledger: Ledger) -> None:
    two_users(ledger)
    numbers = Query(_FLAGS.with_only_columns(USERS.c.user_id))
    nobody = {"some": [], "not": "nobody"}
    questions: list[tuple[Query, Values]] = [(numbers, {}), (Query(_FLAGS), {}), (_SOME, nobody)]
    with ledger.reading() as reading:
        assert tuples_at_once(reading, questions) == [query.tuples(reading, values) for query, values in questions]
        assert ask_at_once(reading, questions) == [query.rows(reading, values) for query, values in questions]
        assert tuples_at_once(reading, questions)[0] == [(1,), (2,), (3,)]
