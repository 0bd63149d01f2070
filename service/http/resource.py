"""A resource: a kind of thing that clients work with, declared once for each version of the wire that has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from marshmallow import Schema
from sqlalchemy import Column, Table

from projections.engine.reading import Reading
from projections.engine.rows import Row, find
from projections.engine.tables import key_columns
from service.http.answer_time import AnswerTime
from service.http.call import Call
from service.http.errors import NotFound
from service.http.family import Answer, Family
from service.http.fields import IncludedFields
from service.http.representation import Representation
from service.http.route import View
from service.http.wire_fields import WireField, camel_case, schema, shown, taken
from service.ledger.ledger import Transaction

DELETED_STAY = timedelta(days=30)
"""How long what was deleted can still be read by its id (wire reference 1.10)."""


def row_or_404(row: Row | None, time: AnswerTime) -> Row:
    """A row, where there is one and it is not deleted for longer than `DELETED_STAY`; else raises `NotFound`."""
    if row is None or (row["is_deleted"] and time.is_longer_ago(row["update_time"], DELETED_STAY)):
        raise NotFound("it does not exist")
    return row


def row_ever_or_404(row: Row | None, time: AnswerTime) -> Row:
    """A row, where there ever was one, deleted or not; else raises `NotFound`."""
    if row is None:
        raise NotFound("it does not exist")
    return row


def with_include_fields(query: type[Schema], representation: Representation) -> type[Schema]:
    """A query, with the words that ask for what is shown on request only, where there is something."""
    if not representation.includable:
        return query
    return schema("Query", __name__, "", {"include_fields": IncludedFields(*representation.includable)}, query)


def as_stored(call: Call, rows: list[Row]) -> list[Row]:
    """The rows themselves: nothing is shown but what their table has."""
    return rows


Complete = Callable[[Call, list[Row]], list[Row]]
"""Adds to rows, which it may change, what is shown beside their table's columns; it looks it up for all at once.

What it adds can be hashed: what is shown of a thing depends on the version of its row and on that, and on nothing else.
"""

Beside = Callable[[list[Row]], Mapping[str, Any]]
"""What goes into the envelope beside completed rows."""


@dataclass(frozen=True, eq=False)
class Resource:
    """A kind of thing as one version of the wire has it.

    ``module``: the module that declares it, for the names of its schemas.
    ``noun``, ``plural``: what one is called, with its article, and many, as in the names of operations.
    ``missing``: what a client is told where no thing has an id.
    ``complete``: adds what is shown beside the table's columns.
    ``needs``: the columns that it needs for that.
    ``find``: finds the row of a thing by its id, where more is wanted of it than its table has.
    ``beside``: what goes into the envelope beside completed rows, if anything does.
    ``readable``: answers a row that may be got, and raises `NotFound` for others.
    ``body``: the schema that both bodies extend by the fields.
    ``check``: raises `Forbidden` for a call that may not add or change a thing.
    ``passes``: whether an answer changes with time alone, as how long something has lasted does.
    ``remark``: how the description of answers ends.
    ``is_for_administrators``: whether only these change things.
    ``ordinary``: which of list, search, get, add, update and delete are served, what each says of itself, and what it
    is served by: a listing, a `Finding`, or a command.
    """

    module: str
    family: Family
    noun: str
    plural: str
    missing: str
    table: Table
    wire_fields: Sequence[WireField]
    complete: Complete = as_stored
    needs: tuple[str, ...] = ()
    find: Callable[[Reading, Any], Row | None] | None = None
    beside: Beside | None = None
    readable: Callable[[Row | None, AnswerTime], Row] = row_or_404
    body: type[Schema] = Schema
    check: Callable[[Call], object] = lambda call: None
    passes: bool = False
    remark: str = ""
    is_for_administrators: bool = False
    ordinary: dict[str, tuple[str, Any]] = field(default_factory=dict, init=False)

    @cached_property
    def singular(self) -> str:
        """What one thing is called in the names of operations."""
        return self.noun.partition(" ")[2].replace(" ", "_")

    @cached_property
    def title(self) -> str:
        """What one thing is called in the names of schemas."""
        return camel_case(f"_{self.singular}")

    @cached_property
    def key(self) -> Column[Any]:
        """The column of the id."""
        return key_columns(self.table)[0]

    @cached_property
    def told(self) -> tuple[str, ...]:
        """The columns that lists read: what tells one version of a thing from another, and what `complete` needs."""
        return tuple(dict.fromkeys((self.key.name, "valid_from", *self.needs)))

    @cached_property
    def has_numbers(self) -> bool:
        """Whether ids are numbers; else they are UUIDs."""
        return self.key.type.python_type is int

    @cached_property
    def has_tags(self) -> bool:
        """Whether things have entity tags: where it is known which event edited one last."""
        return "edited_position" in self.table.c

    @cached_property
    def path(self) -> str:
        """Where all things are."""
        return f"/{camel_case(self.plural)}"

    @cached_property
    def path_of_one(self) -> str:
        """Where one thing is."""
        return f"{self.path}/<{'id' if self.has_numbers else 'uuid'}:{self.key.name}>"

    @cached_property
    def representation(self) -> Representation:
        """How rows are shown."""
        return Representation(self.wire_fields)

    @cached_property
    def filters(self) -> list[WireField]:
        """The fields that lists are filtered by."""
        return [field for field in self.wire_fields if field.filters is not None]

    @cached_property
    def sorts(self) -> dict[str, str]:
        """What lists can be sorted by, and the columns of it."""
        return {field.name: field.sorts for field in self.wire_fields if field.sorts}

    @cached_property
    def answer(self) -> type[Schema]:
        """What an answer looks like."""
        says = f"as version {self.family.name.removeprefix('v')} shows it{self.remark}"
        return self.described("{}Answer", says, shown(self.wire_fields))

    @cached_property
    def new(self) -> type[Schema]:
        """What clients say of a thing that they add."""
        return self.described("New{}", "as a client adds it", taken(self.wire_fields, "new"), self.body)

    @cached_property
    def changed(self) -> type[Schema]:
        """What clients may change of a thing, and may leave out."""
        about = f"What a client may say of {self.noun}, and may leave out."
        return schema(f"{self.title}Facts", self.module, about, taken(self.wire_fields, "changed"), self.body)

    def described(self, name: str, says: str, parts: Mapping[str, Any], base: type[Schema] = Schema) -> type[Schema]:
        """A schema of these fields, after those of its base, whose name and description are about the kind."""
        about = f"{self.noun[0].upper()}{self.noun[1:]} {says}."
        return schema(name.format(self.title), self.module, about, parts, base)

    def show(self, call: Call, rows: list[Row]) -> list[dict[str, Any]]:
        """The rows as the caller is shown them."""
        return self.representation.show(self.complete(call, rows), call.query)

    def answer_of(self, call: Call, row: Row) -> Any:
        """What a request about one thing is answered."""
        if self.has_tags:
            call.tag(row["edited_position"], passes=self.passes)
        rows = self.complete(call, [dict(row)])  # a command's row is its transaction's own
        [shown] = self.representation.show(rows, call.query)
        return shown if self.beside is None else Answer(shown, self.beside(rows))

    def row(self, call: Call, thing_id: int | UUID) -> Row:
        """The row of the thing that has an id. Raises `NotFound`."""
        with call.reading() as reading:
            return self._row(reading, call.time, thing_id)

    def edited(self, reading: Reading, time: AnswerTime, **path: int | UUID) -> int:
        """Where in the log a client last edited the thing that the path names. Raises `NotFound`."""
        [thing_id] = path.values()
        position: int = self._row(reading, time, thing_id)["edited_position"]
        return position

    def _row(self, reading: Reading, time: AnswerTime, thing_id: int | UUID) -> Row:
        key = str(thing_id) if isinstance(thing_id, UUID) else thing_id
        found = find(reading, self.table, key) if self.find is None else self.find(reading, key)
        return self.readable(found, time)

    def execute(self, call: Call, command: Callable[[Transaction], Row]) -> Any:
        """Carry out a command that answers the row of a thing, tell the thing's id, and answer how it is shown."""

        def tell(tx: Transaction) -> Any:
            self.check(call)
            return command(tx)[self.key.name]

        return call.execute(tell, self._shown)

    def _shown(self, call: Call, thing_id: Any) -> Any:
        return self.answer_of(call, call.row_left(self.table, thing_id))

    def serve(self, method: str, path: str, name: str, summary: str, view: View, **options: Any) -> None:
        """Let a function answer a route about things of the kind; clients know it by that name and summary.

        ``options`` are those of `Family.route` where they differ from what is usual.
        """
        is_about_one = path == self.path_of_one and self.has_tags
        usual = {
            "answer": self.answer,
            "missing": self.missing if "<" in path else None,
            "has_past": method == "GET",
            "has_tag": is_about_one and method != "DELETE",
            "edited": self.edited if is_about_one and method != "GET" else None,
            "is_for_administrators": self.is_for_administrators and method != "GET",
        }
        view.__name__, view.__doc__ = name, summary
        self.family.route(method, path, **{**usual, **options})(view)
