"""Routes that show the register of sources that leads come from, and change it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from marshmallow import Schema, fields

from aggregates.lead_source import LONGEST_NAME
from projections.engine.reading import Reading
from projections.engine.rows import Row, find
from projections.lead_sources import ADDED_LEAD_SOURCES, lead_sources
from service.commands import lead_sources as commands
from service.http.answer_time import AnswerTime
from service.http.answers import Deleted
from service.http.call import Call
from service.http.errors import NotFound
from service.http.fields import Text
from service.http.problem_details import ledger
from service.ledger.ledger import Transaction

_MISSING = "there is no such source that was added"


class NewLeadSource(Schema):
    """What a source of leads shall be called."""

    name = Text(LONGEST_NAME, required=True)


class LedgerLeadSource(Schema):
    """A source that leads may come from; those that every company has have no id."""

    id = fields.Integer(required=True, allow_none=True)
    name = fields.String(required=True)


class LeadSources(Schema):
    """The whole register: first the sources that every company has."""

    items = fields.List(fields.Nested(LedgerLeadSource), required=True)


@ledger.route("GET", "/lead-sources", answer=LeadSources, has_past=True)
def get_source_register(call: Call) -> dict[str, Any]:
    """All sources that leads may come from."""
    with call.reading() as reading:
        return {"items": [_answer(*source) for source in lead_sources(reading)]}


@ledger.route(
    "POST", "/lead-sources", body=NewLeadSource, answer=LedgerLeadSource, status=201, is_for_administrators=True
)
def add_lead_source(call: Call) -> Any:
    """Add a source to the register; 409 where it is there already, in whatever case."""
    return _execute(call, partial(commands.add, name=call.body["name"]))


def _edited(reading: Reading, _time: AnswerTime, lead_source_id: int) -> int:
    row = find(reading, ADDED_LEAD_SOURCES, lead_source_id)
    if row is None or row["is_deleted"]:
        raise NotFound(_MISSING)
    return int(row["edited_position"])


@ledger.route(
    "PATCH",
    "/lead-sources/<id:lead_source_id>",
    body=NewLeadSource,
    answer=LedgerLeadSource,
    missing=_MISSING,
    is_for_administrators=True,
    has_tag=True,
    edited=_edited,
)
def update_lead_source(call: Call, lead_source_id: int) -> Any:
    """Rename a source that was added; leads that came from it keep the name it had."""
    return _execute(call, partial(commands.edit, lead_source_id=lead_source_id, name=call.body["name"]))


@ledger.route(
    "DELETE",
    "/lead-sources/<id:lead_source_id>",
    answer=Deleted,
    missing=_MISSING,
    is_for_administrators=True,
    edited=_edited,
)
def delete_lead_source(call: Call, lead_source_id: int) -> Any:
    """Give a source up that was added; leads that came from it keep its name."""
    return call.execute(partial(commands.delete, lead_source_id=lead_source_id), lambda *_: {"id": lead_source_id})


def _execute(call: Call, command: Callable[[Transaction], Row]) -> Any:
    return call.execute(lambda tx: command(tx)["lead_source_id"], _shown)


def _shown(call: Call, number: int) -> dict[str, Any]:
    row = call.row_left(ADDED_LEAD_SOURCES, number)
    call.tag(row["edited_position"])
    return _answer(number, row["name"])


def _answer(number: int | None, name: str) -> dict[str, Any]:
    return {"id": number, "name": name}
