"""A page of the past that goes on begins behind a row: SQLite takes the first of several conditions to begin at."""

from __future__ import annotations

import pytest
from sqlalchemy import Select, bindparam, select

from projections.deals import DEALS
from projections.engine.pages import page
from projections.engine.validity import holding, resolved

SINCE = DEALS.c.update_time >= bindparam("updated_since")
ORDER = DEALS.c.update_time, DEALS.c.deal_id


def continued(query: Select[tuple[object, ...]]) -> Select[tuple[object, ...]]:
    """The page of deals behind one of them, by when they were updated."""
    after = [bindparam("after_0", type_=ORDER[0].type), bindparam("after_1", type_=ORDER[1].type)]
    return page(query, ORDER, descending=False, after=after, limit=5, table=DEALS)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_other_conditions_about_what_it_is_sorted_by_come_behind_where_it_begins(database: str) -> None:
    deals = select(DEALS).where(holding(DEALS))
    resolved(continued(deals).where(SINCE), database, is_past=True, rule=None)
    with pytest.raises(AssertionError):
        resolved(continued(deals.where(SINCE)), database, is_past=True, rule=None)
