"""Whoever asks read models says which rows are meant, or is told so in a sentence that names the table."""

from __future__ import annotations

import gc
import importlib
import pkgutil
from functools import _lru_cache_wrapper
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import exists, select, true, union_all
from sqlalchemy.sql import visitors

import projections
import service
from projections.deals import DEALS
from projections.engine.compiled import Compiled
from projections.engine.statements import Query, Statement
from projections.engine.validity import (
    Unresolved,
    Unsaid,
    Validity,
    begun,
    check_said,
    current,
    every_version,
    holding,
    resolved,
)
from projections.engine.visibility import visible
from projections.leads import LEADS
from projections.policies import POLICIES
from projections.timeline import TIMELINE
from service.ledger.ledger import Ledger
from tests.projections.histories import history, questions

_EARLIER = DEALS.alias()

SAID = {
    "what holds": select(LEADS).where(holding(LEADS)),
    "what holds now": select(LEADS).where(current(LEADS)),
    "whatever held": select(LEADS).where(every_version(LEADS)),
    "what has begun": select(LEADS).where(begun(LEADS)),
    "a table that grows": select(TIMELINE).where(holding(TIMELINE)),
    "a table that grows, whole": select(TIMELINE).where(every_version(TIMELINE)),
    "a join": select(LEADS).join(DEALS, holding(DEALS)).where(holding(LEADS)),
    "a query around": select(LEADS).where(
        holding(LEADS), exists().where(_EARLIER.c.lead_id == LEADS.c.lead_id, holding(_EARLIER))
    ),
    "both of two": union_all(select(LEADS.c.title).where(holding(LEADS)), select(DEALS.c.title).where(holding(DEALS))),
}
UNSAID: dict[str, tuple[Any, str]] = {
    "nothing": (select(LEADS), "leads"),
    "other things only": (select(LEADS.c.title).where(LEADS.c.place == "inbox"), "leads"),
    "a table that grows": (select(POLICIES.c.policy), "policies"),
    "of one of two": (select(LEADS).join(DEALS, DEALS.c.lead_id == LEADS.c.lead_id).where(holding(LEADS)), "deals"),
    "of the table and not of an alias": (
        select(DEALS).join(_EARLIER, _EARLIER.c.deal_id == DEALS.c.deal_id).where(holding(DEALS)),
        "deals",
    ),
    "nothing in a query inside": (
        select(LEADS).where(holding(LEADS), exists().where(TIMELINE.c.opportunity_id == LEADS.c.opportunity_id)),
        "timeline",
    ),
    "nothing in a query that it asks": (
        select(select(LEADS.c.title).subquery()).join(LEADS, true()).where(holding(LEADS)),
        "leads",
    ),
    "nothing in a query with a name": (select(select(LEADS.c.title).cte()), "leads"),
    "of one part of two": (
        union_all(select(LEADS.c.title).where(holding(LEADS)), select(DEALS.c.title)),
        "deals",
    ),
}


@pytest.mark.parametrize("query", SAID.values(), ids=SAID)
def test_a_query_that_says_which_rows_it_means_is_asked(ledger: Ledger, query: Any) -> None:
    with ledger.reading() as reading:
        for moment in (reading, reading.at(7)):
            Query(query).rows(moment, {})


@pytest.mark.parametrize(("query", "table"), UNSAID.values(), ids=UNSAID)
def test_a_query_that_does_not_say_it_is_refused_with_a_sentence_that_names_the_table(
    ledger: Ledger, query: Any, table: str
) -> None:
    with ledger.reading() as reading:
        for moment in (reading, reading.at(7)):
            with pytest.raises(Unsaid, match=f"^a query to {table} does not say which rows it means"):
                Query(query).rows(moment, {})
            with pytest.raises(Unsaid, match=f"^a query to {table} does"):
                moment.execute(query)
        with pytest.raises(Unsaid, match=f"^a query to {table} does"):
            Statement(query).tuples(reading.connection, {})


def test_a_query_that_depends_on_the_moment_cannot_be_executed_by_itself(ledger: Ledger) -> None:
    query = select(LEADS).where(holding(LEADS))
    with ledger.reading() as reading:
        with pytest.raises(Unresolved, match=r"^a query to leads depends on the moment: ask it through a Reading$"):
            reading.connection.execute(query)
        with pytest.raises(Unresolved, match=r"^a query to leads"):
            Statement(query).tuples(reading.connection, {})


def test_every_query_of_the_service_says_it_and_is_refused_once_it_says_it_of_one_table_less(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries = _every_query(ledger)
    assert len(queries) > 40
    for query in queries:
        check_said(query)
        marks = [element for element in visitors.iterate(query) if isinstance(element, Validity)]
        assert marks, query
        for mark in marks:
            name = getattr(mark.table, "element", mark.table)
            with monkeypatch.context() as patch:
                patch.setattr(mark, "table", _EARLIER)
                with pytest.raises(Unsaid, match=f"^a query to {name} does not say"):
                    check_said(query)


def test_every_query_of_the_service_can_be_asked_for_a_user_too(ledger: Ledger) -> None:
    dialect = ledger.database.engine.dialect
    for query in _every_query(ledger):
        for is_past in (False, True):
            Compiled(resolved(query, dialect.name, is_past=is_past, rule=visible), dialect)


def _every_query(ledger: Ledger) -> list[Any]:
    """The queries that modules make when they are imported, and those that are made when somebody asks."""
    for package in (projections, service):
        _import_all(package)
    gc.unfreeze()  # what was there when the tests were collected, which is not among all objects else
    _forget_what_other_tests_asked()
    with history(ledger, 1) as reading:
        for question in questions(["some"]):
            question(reading)
    asked_here = {id(query) for query in (*SAID.values(), *(query for query, _ in UNSAID.values()))}
    return [each.query for each in gc.get_objects() if isinstance(each, Query) and id(each.query) not in asked_here]


def _forget_what_other_tests_asked() -> None:
    """Those are hundreds of each kind, which differ in their limits only."""
    for each in gc.get_objects():
        if isinstance(each, _lru_cache_wrapper) and each.__module__.startswith("projections."):
            each.cache_clear()
    gc.collect()


def _import_all(package: ModuleType) -> None:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
