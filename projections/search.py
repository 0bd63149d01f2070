"""Finds rows that hold a term, in columns of their own and in their notes, the best match first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import CTE, BindParameter, Column, ColumnElement, Select, bindparam, case, column, or_, select, table

from projections.engine.folding import folded
from projections.engine.pages import are_few, page
from projections.engine.reading import Reading
from projections.engine.rows import Row
from projections.engine.statements import COMPILED, Query
from projections.engine.substrings import as_lines, holds, line_start, whole_line
from projections.engine.tables import Number, SortableText
from projections.engine.validity import holding, in_parts
from projections.markup import text_lines
from projections.notes import NOTES, present_notes

Ranks = tuple[ColumnElement[bool], ColumnElement[bool], ColumnElement[bool]]
"""Whether something is a term, begins with it, holds it."""

_FOUND_NOTES = table("found_notes", column("thing"), column("rank"))
"""What `_found_notes` finds, by its name in the query: each part of a search of the past asks the same."""


@dataclass(frozen=True)
class Sought:
    """What somebody looks for: a term, in which fields (at least one), and whether a whole value has to be it."""

    term: str
    fields: frozenset[str]
    exactly: bool = False


class TextSearch:
    """A search for a term in a query's rows and in their notes; each shape of it is compiled once.

    ``columns`` says where a field's text stands, folded; a column may hold several values, one a line. The field
    ``notes`` is the content of the notes that have the value of ``noted`` in the column of that name. What is found is
    ordered by how well it matches and then by ``key``.
    """

    def __init__(
        self,
        query: Select[Any],
        columns: Mapping[str, ColumnElement[Any]],
        key: Column[int],
        noted: Column[Any],
    ) -> None:
        self.query = query
        self.columns = columns
        self.key = key
        self.noted = noted

    def rows(
        self,
        reading: Reading,
        sought: Sought,
        *,
        after: Sequence[Any] | None = None,
        start: int = 0,
        limit: int,
        **only: Any,
    ) -> list[Row]:
        """The rows that hold the term, both folded, and one more than the limit where more follow.

        Each has a ``rank`` (0 where a value is the term, 1 where one begins with it, 2 otherwise), and ``note``: what
        the newest note says that holds the term, None where there is none. A page begins behind the rank and the key
        ``after``, or ``start`` rows in. ``only`` names columns of the key's table and the value that each must have.
        Every row that holds at the moment is looked at, once, and so is every note; with a value in ``only`` of which
        there are few, as of a person, only those and their notes are.
        """
        has_notes = "notes" in sought.fields
        fields = tuple(sorted(sought.fields & self.columns.keys()))
        shape = _Shape(fields, has_notes, sought.exactly, tuple(only), after is not None, start > 0, limit)
        terms = _sought("term", folded(sought.term))
        terms |= _sought("note", _folded_note(sought.term)) if has_notes else {}
        values = {**terms, **{f"only_{name}": value for name, value in only.items()}, "start": start}
        values |= {f"after_{number}": value for number, value in enumerate(after or ())}
        found = _rows_query(self, shape).rows(reading, values)
        things = [row[self.noted.name] for row in found]
        asked = {**terms, "things": things}
        notes = _notes_query(self, sought.exactly).tuples(reading, asked) if has_notes and things else []
        newest = {thing: content for _, thing, content in sorted(notes)}  # by their numbers: the last one stays
        return [{**row, "note": newest.get(row[self.noted.name])} for row in found]


class _Shape(NamedTuple):
    """What two searches have in common that differ in their values only."""

    fields: tuple[str, ...]
    has_notes: bool
    exactly: bool
    only: tuple[str, ...]
    continues: bool
    is_offset: bool
    limit: int


@lru_cache(COMPILED)
def _rows_query(search: TextSearch, shape: _Shape) -> Query:
    ranks = [_ranks(search.columns[name], "term") for name in shape.fields]
    if shape.has_notes:
        ranks.append(_ranks_of_notes(search.noted))
    is_whole, begins, holds_it = (or_(*each) for each in zip(*ranks, strict=True))
    rank = _rank(is_whole, begins)
    query = search.query.add_columns(rank.label("rank")).where(is_whole if shape.exactly else holds_it)
    found = in_parts(query.where(*_only(search, shape)), search.key.table).subquery()
    rows = select(found).add_cte(_found_notes(search, shape)) if shape.has_notes else select(found)
    after = [bindparam("after_0", type_=Number), bindparam("after_1", type_=search.key.type)]
    order = (found.c.rank, found.c[search.key.name])
    query = page(rows, order, descending=False, after=after if shape.continues else None, limit=shape.limit)
    return Query(query.offset(bindparam("start", type_=Number)) if shape.is_offset else query)


def _only(search: TextSearch, shape: _Shape) -> list[ColumnElement[bool]]:
    columns = (search.key.table.c[name] for name in shape.only)
    return [each == bindparam(f"only_{each.name}", type_=each.type) for each in columns]


@lru_cache(COMPILED)
def _notes_query(search: TextSearch, exactly: bool) -> Query:
    thing = NOTES.c[search.noted.name]
    things: BindParameter[list[Any]] = bindparam("things", expanding=True, type_=thing.type)
    matches = _ranks(NOTES.c.content_folded, "note")[0 if exactly else 2]
    noted = present_notes(by=thing.in_(things))
    return Query(in_parts(select(NOTES.c.note_id, thing, NOTES.c.content).where(noted, matches), NOTES))


def _ranks_of_notes(noted: Column[Any]) -> Ranks:
    """Whether one of the notes of a thing is the term, begins with it, holds it; compared without tags."""
    found = _FOUND_NOTES.c
    whole, beginning, holding_it = (noted.in_(select(found.thing).where(found.rank <= most)) for most in range(3))
    return whole, beginning, holding_it


def _found_notes(search: TextSearch, shape: _Shape) -> CTE:
    """What the notes that hold the term are of, and how well each matches.

    Where a search is for a few things only, such as those of a person, the notes of others are not looked at.
    """
    thing, things = NOTES.c[search.noted.name], search.key.table
    is_wanted = thing.is_not(None)
    if are_few(things, shape.only):
        is_wanted = thing.in_(select(search.noted).where(holding(things), *_only(search, shape)))
    is_whole, begins, holds_it = _ranks(NOTES.c.content_folded, "note")
    found = select(thing.label("thing"), _rank(is_whole, begins).label("rank"))
    found = found.where(holding(NOTES), NOTES.c.is_deleted.is_(False), is_wanted, holds_it)
    return in_parts(found, NOTES).cte(_FOUND_NOTES.name)


def _rank(is_whole: ColumnElement[bool], begins: ColumnElement[bool]) -> ColumnElement[int]:
    """How well something matches that holds a term: 0 where it is the term, 1 where it begins with it, 2 otherwise."""
    return case((is_whole, 0), (begins, 1), else_=2)


def _ranks(column: ColumnElement[str], name: str) -> Ranks:
    """Whether one of the lines of a folded column is a term, begins with it, holds it; as `_sought` of that name."""
    lines = as_lines(column)
    whole, beginning, holding_it = (
        holds(lines, bindparam(f"{name}_{match}", type_=SortableText)) for match in ("whole", "beginning", "holding")
    )
    return whole, beginning, holding_it


def _sought(name: str, term: str) -> dict[str, str]:
    """What stands in a column's lines if one of them is a folded term, begins with it, or holds it."""
    return {f"{name}_whole": whole_line(term), f"{name}_beginning": line_start(term), f"{name}_holding": term}


def _folded_note(term: str) -> str:
    return folded(text_lines(term)[0]) or folded(term)
