"""The fields of a kind make the schemas of its bodies and answers, and show its rows."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
from marshmallow import Schema, ValidationError, fields

from service.http.fields import Flag, Html, Id, Text, Whole
from service.http.representation import Representation
from service.http.time_fields import Moment
from service.http.times import classic
from service.http.v2 import lists
from service.http.v2 import usual_fields as usual
from service.http.v2.stages import STAGE
from service.http.wire_fields import Constant, WireField, always_null, shown, taken

BOAT = (
    WireField("id", shows=fields.Integer(), source="boat_id"),
    WireField("name", Text(longest=20), needed=True),
    WireField("org_id", Id(allow_none=True), source="organization_id"),
    WireField("length", Whole(1, 90, allow_none=True)),
    WireField("built_time", Moment(), fact="built_at", in_body="new"),
    WireField("is_sunk", Flag(), in_body="changed"),
    WireField("is_afloat", shows=Flag(), source=lambda row: not row["is_sunk"]),
    WireField("log", Html(allow_none=True)),
    WireField("berths", fields.List(fields.Integer())),
    WireField("kind", shows=fields.String(), source=Constant("boat")),
    WireField("custom_fields", shows=fields.Dict(), source=Constant({})),
    always_null("owner", fields.String),
    WireField("crew_count", shows=fields.Integer(), on_request="crew_count"),
    WireField("flags", shows=fields.List(fields.String()), source=Constant([]), on_request="include_flags"),
)
ROW = {
    "boat_id": 7,
    "name": "Fram",
    "organization_id": None,
    "length": 39,
    "built_time": "1892-10-26T12:00:00.000000Z",
    "is_sunk": False,
    "log": "<b>88°</b><script>1</script>",
    "berths": "[1, 2]",
    "crew_count": 13,
}


def new(**body: object) -> object:
    return Schema.from_dict(dict(taken(BOAT, "new")))().load(body)


def changed(**body: object) -> object:
    return Schema.from_dict(dict(taken(BOAT, "changed")))().load(body)


def test_only_a_new_thing_must_have_what_is_needed() -> None:
    with pytest.raises(ValidationError, match="name"):
        new(length=39)
    assert changed(length=39) == {"length": 39}


def test_commands_hear_of_a_field_by_its_column_or_by_the_fact_it_is() -> None:
    told = new(name="Fram", org_id=3, built_time="1892-10-26T12:00:00Z")
    assert told == {"name": "Fram", "organization_id": 3, "built_at": "1892-10-26T12:00:00.000000Z"}


def test_a_field_for_one_body_only_is_unknown_to_the_other() -> None:
    with pytest.raises(ValidationError, match="is_sunk"):
        new(name="Fram", is_sunk=True)
    with pytest.raises(ValidationError, match="built_time"):
        changed(built_time="1892-10-26T12:00:00Z")


@pytest.mark.parametrize("name", ["id", "is_afloat", "kind", "crew_count"])
def test_what_is_only_shown_cannot_be_given(name: str) -> None:
    with pytest.raises(ValidationError, match=name):
        changed(**{name: 1})


def test_what_is_taken_is_described_alike_where_it_is_shown_but_for_its_bounds() -> None:
    described = shown(BOAT)
    assert type(described["name"]) is fields.String
    assert type(described["length"]) is fields.Integer
    assert described["length"].allow_none
    assert not described["length"].validators


def test_an_answer_always_has_all_but_what_is_shown_on_request() -> None:
    assert {name for name, field in shown(BOAT).items() if not field.required} == {"crew_count", "flags"}


def test_a_row_is_shown_by_columns_functions_and_constants() -> None:
    [boat] = Representation(BOAT).show([ROW], {})
    assert orjson.loads(orjson.dumps(boat)) == {
        "id": 7,
        "name": "Fram",
        "org_id": None,
        "length": 39,
        "built_time": "1892-10-26T12:00:00Z",
        "is_sunk": False,
        "is_afloat": True,
        "log": "<b>88°</b>&lt;script&gt;1&lt;/script&gt;",
        "berths": [1, 2],
        "kind": "boat",
        "custom_fields": {},
        "owner": None,
    }
    assert list(boat) == [field.name for field in BOAT if not field.on_request]


def test_what_may_be_null_is_not_converted_where_it_is() -> None:
    [boat] = Representation(BOAT).show([ROW | {"log": None}], {})
    assert boat["log"] is None


def test_another_conversion_replaces_the_usual_one() -> None:
    times = Representation([WireField("built_time", shows=Moment(), convert=classic)])
    assert times.show([ROW], {}) == [{"built_time": "1892-10-26 12:00:00"}]


def test_no_two_rows_share_a_value_that_can_be_changed() -> None:
    first, second = Representation(BOAT).show([ROW, ROW], {})
    first["custom_fields"]["x"] = 1
    assert second["custom_fields"] == {}


def test_what_is_shown_on_request_comes_last_in_the_order_of_the_request() -> None:
    query = {"include_fields": ["crew_count"], "include_flags": True}
    [boat] = Representation(BOAT).show([ROW], query)
    assert list(boat.items())[-2:] == [("crew_count", 13), ("flags", [])]


def test_flags_of_the_query_are_no_words_of_include_fields() -> None:
    assert Representation(BOAT).includable == ["crew_count"]


def test_each_label_counts_once_and_custom_fields_not_at_all() -> None:
    body = Schema.from_dict({"label_ids": usual.Labels(Id()), "custom_fields": usual.CustomFields()})()
    assert body.load({"label_ids": [2, 1, 2], "custom_fields": {}}) == {"label_ids": [2, 1]}
    with pytest.raises(ValidationError, match="custom_fields"):
        body.load({"custom_fields": {"a" * 40: 1}})


def test_a_list_without_a_field_to_sort_by_id_cannot_be_declared() -> None:
    with pytest.raises(TypeError, match="lists of stages are sorted by id"):
        lists.list_query(replace(STAGE, wire_fields=(WireField("name", Text()),)))
