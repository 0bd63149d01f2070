"""Every read model says by what its rows are hidden, or is named here as one that everybody may see."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import Table

from projections.engine.tables import read_models
from projections.engine.visibility import RESTRICTIONS, restriction_of

NAMES = {"opportunity_id", "lead_id", "deal_id", "person_id", "organization_id", "subject_id"}
"""The columns that name what may be restricted."""

SEEN_BY_EVERYBODY = {
    "activity_types",
    "holds",
    "lead_sources",
    "lead_labels",
    "pipelines",
    "policies",
    "reviews",
    "stages",
    "tokens",
    "users",
}
ADDED_UP_FOR_ALL = {"stage_totals"}
"""What is asked about these takes off what is hidden: see `projections.board.totals`."""

SERVICE = Path(__file__).parents[2] / "service"
SEES_EVERYTHING = re.compile(r"\bReading\(")


@pytest.mark.parametrize("table", read_models.sorted_tables, ids=str)
def test_a_read_model_is_restricted_or_known_to_be_seen_by_everybody(table: Table) -> None:
    unrestricted = {*SEEN_BY_EVERYBODY, *ADDED_UP_FOR_ALL, RESTRICTIONS.name}
    assert (restriction_of(table) is None) == (table.name in unrestricted)


@pytest.mark.parametrize("name", sorted(SEEN_BY_EVERYBODY | ADDED_UP_FOR_ALL))
def test_what_everybody_sees_names_nothing_that_may_be_restricted(name: str) -> None:
    assert NAMES.isdisjoint(read_models.tables[name].c.keys())


@pytest.mark.parametrize("table", [table for table in read_models.sorted_tables if restriction_of(table)], ids=str)
def test_a_restriction_is_looked_up_by_columns_that_are_there(table: Table) -> None:
    rule = restriction_of(table)
    assert rule is not None
    assert rule.columns
    assert rule.columns.keys() <= {*table.c.keys()}
    assert {*rule.columns.values()} <= {*RESTRICTIONS.c.keys()}


@pytest.mark.parametrize("folder", ["commands", "http"])
def test_who_answers_or_obeys_callers_makes_no_reading_that_sees_everything(folder: str) -> None:
    sources = {path.name: path.read_text("utf-8") for path in (SERVICE / folder).rglob("*.py")}
    assert sources
    assert [name for name, source in sources.items() if SEES_EVERYTHING.search(source)] == []
