"""What a query says is checked once for all where it is numbers only; nothing else of it stays in memory."""

from __future__ import annotations

import pytest
from marshmallow import Schema, fields
from werkzeug.datastructures import MultiDict

from service.http.asked import Asked, query_of
from service.http.fields import QueryId, Text


class Query(Schema):
    person_id = QueryId()
    limit = fields.Integer()
    term = Text()


@pytest.mark.parametrize(
    ("asked", "is_kept"),
    [({"limit": "50", "person_id": "1"}, True), ({"term": "4799887766"}, False), ({"limit": "5", "term": "47"}, False)],
    ids=["numbers", "a telephone number", "both"],
)
def test_a_query_is_kept_where_all_of_it_is_numbers_by_their_fields(asked: dict[str, str], is_kept: bool) -> None:
    schema = Query()
    first, again = (query_of(Asked(MultiDict(asked), dict), schema, may_be_in_body=False) for _ in range(2))
    assert first == again
    assert (first is again) is is_kept
