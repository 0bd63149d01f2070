"""What a query says is checked once for all where it is numbers only; a body is checked as its whole schema wants."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from marshmallow import Schema, ValidationError, fields
from werkzeug.datastructures import MultiDict

from service.http.asked import Asked, checked_body, query_of
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


class Body(Schema):
    title = fields.String(required=True)
    person_id = fields.Integer(data_key="person")
    overlap = fields.Integer(load_default=24)


def body(told: Mapping[str, object]) -> Asked:
    return Asked(MultiDict(), lambda: dict(told))


def test_a_body_is_checked_as_its_whole_schema_wants_whatever_it_leaves_out() -> None:
    schema = Body(unknown="raise")
    assert checked_body(body({"title": "Rør"}), schema) == {"title": "Rør", "overlap": 24}
    assert checked_body(body({"title": "Rør", "person": 1}), schema) == {"title": "Rør", "overlap": 24, "person_id": 1}
    wrongs: list[dict[str, object]] = [
        {},
        {"person": 1},
        {"title": "Rør", "person": "x"},
        {"title": "Rør", "person_id": 1},
    ]
    for wrong in wrongs:
        with pytest.raises(ValidationError) as refused:
            checked_body(body(wrong), schema)
        with pytest.raises(ValidationError) as of_whole:
            schema.load(wrong)
        assert refused.value.messages == of_whole.value.messages
