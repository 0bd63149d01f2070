"""Wire fields that several kinds have in version 2."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from marshmallow import fields, missing

from projections.agendas import NOTHING, agendas
from projections.engine.rows import Row
from service.http.answers import NoCustomFields
from service.http.call import Call
from service.http.fields import Flag, Id, QueryId, Visibility
from service.http.time_fields import Moment
from service.http.wire_fields import Constant, WireField, always_null


class Labels(fields.List[Any]):
    """The ids of labels, each once."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[Any]:
        return list(dict.fromkeys(super()._deserialize(value, attr, data, **options)))


class CustomFields(fields.Nested):
    """An object without anything in it, of which commands hear nothing: there are no custom fields yet."""

    def __init__(self) -> None:
        super().__init__(NoCustomFields)

    def _deserialize(self, value: Any, *given: Any, **options: Any) -> Any:
        super()._deserialize(value, *given, **options)
        return missing


OWNER_ID = WireField("owner_id", Id(), filters=QueryId())
ADD_TIME = WireField("add_time", shows=Moment(), sorts="add_time")
UPDATE_TIME = WireField("update_time", shows=Moment(), sorts="update_time")
IS_DELETED = WireField("is_deleted", shows=Flag())
VISIBLE_TO = WireField("visible_to", Visibility())
CUSTOM_FIELDS = WireField("custom_fields", CustomFields(), fields.Nested(NoCustomFields), source=Constant({}))


def id_of(column: str) -> WireField:
    """The id of a thing."""
    return WireField("id", shows=fields.Integer(), source=column, sorts=column)


def numbers_on_request(names: Iterable[str], value: Constant | None = None) -> list[WireField]:
    """Fields that are numbers and shown on request only: of each row, or always the same one."""
    return [WireField(name, shows=fields.Integer(), source=value or name, on_request=name) for name in names]


def nothing_on_request(*names: str) -> list[WireField]:
    """Texts that are shown on request only, of which there are none yet."""
    return [always_null(name, fields.String, on_request=name) for name in names]


AGENDA = [
    WireField(name, shows=fields.Integer(allow_none=value is None), on_request=name) for name, value in NOTHING.items()
]
"""What is planned and written about a thing, on request only."""


FOLLOWERS_COUNT = WireField(
    "followers_count",
    shows=fields.Integer(),
    source=lambda row: len(orjson.loads(row["follower_ids"])),
    on_request="followers_count",
)
"""How many users follow a thing, on request only: their ids stand in its row."""


def with_agendas(call: Call, rows: list[Row], link: str) -> list[Row]:
    """The rows, with what is planned for the things and written about them where that is asked for.

    ``link`` is the column by which activities and notes are linked to them.
    """
    if NOTHING.keys().isdisjoint(call.query.get("include_fields", ())):
        return rows
    return with_whole_agendas(call, rows, link)


def with_whole_agendas(call: Call, rows: list[Row], link: str, told: Sequence[str] = ()) -> list[Row]:
    """The rows, with what is planned for the things and written about them, all at once.

    ``told`` names what is told of the next and the last activity, by the columns of these.
    """
    with call.reading() as reading:
        found = agendas(reading, link, [row[link] for row in rows], told)
    return [row | found[row[link]] for row in rows]
