"""Finds rows that hold a term, in columns of their own and in their notes, the best match first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, case, literal, or_, select

from projections.engine.folding import folded
from projections.engine.pages import page
from projections.engine.reading import Reading
from projections.engine.rows import Row, rows_of
from projections.engine.validity import holding
from projections.markup import text_lines
from projections.notes import NOTES

_LINE = literal("\n")

Ranks = tuple[ColumnElement[bool], ColumnElement[bool], ColumnElement[bool]]
"""Whether something is a term, begins with it, holds it."""


@dataclass(frozen=True)
class Sought:
    """What somebody looks for: a term, in which fields (at least one), and whether a whole value has to be it."""

    term: str
    fields: frozenset[str]
    exactly: bool = False


def search(
    reading: Reading,
    query: Select[Any],
    sought: Sought,
    columns: Mapping[str, ColumnElement[Any]],
    key: ColumnElement[int],
    noted: Column[Any],
    *,
    after: Sequence[Any] | None = None,
    start: int = 0,
    limit: int,
) -> list[Row]:
    """Those of a query's rows that hold a term, both folded, and one more than the limit where more follow.

    ``columns`` says where a field's text stands, folded; a column may hold several values, one a line. The field
    ``notes`` is the content of the notes that have the value of ``noted`` in the column of that name; ``note`` in a
    row is what the newest of them says that holds the term. The rows come with their ``rank`` (0 where a value is
    the term, 1 where one begins with it, 2 otherwise), ordered by it and then by ``key``; a page begins behind the
    values ``after`` of both, or ``start`` rows in. Every row and every note that holds now is looked at, once.
    """
    term = folded(sought.term)
    ranks = [_ranks(columns[name], term) for name in sorted(sought.fields & columns.keys())]
    notes = _Notes(sought, noted) if "notes" in sought.fields else None
    if notes is not None:
        ranks.append(notes.ranks())
    is_whole, begins, holds = (or_(*each) for each in zip(*ranks, strict=True))
    rank = case((is_whole, 0), (begins, 1), else_=2)
    query = query.add_columns(rank.label("rank")).where(is_whole if sought.exactly else holds)
    found = rows_of(reading, page(query, (rank, key), descending=False, after=after, limit=limit).offset(start))
    newest = {} if notes is None else notes.newest(reading, [row[noted.name] for row in found])
    return [{**row, "note": newest.get(row[noted.name])} for row in found]


class _Notes:
    """The notes that hold a term; both are compared without tags."""

    def __init__(self, sought: Sought, noted: Column[Any]) -> None:
        self._noted, self._thing = noted, NOTES.c[noted.name]
        term = folded(text_lines(sought.term)[0]) or folded(sought.term)
        self._ranks = _ranks(NOTES.c.content_folded, term)
        self._found = self._ranks[0 if sought.exactly else 2]

    def ranks(self) -> Ranks:
        """Whether one of the notes of a thing is the term, begins with it, holds it."""
        is_whole, begins, _ = self._ranks
        rank = case((is_whole, 0), (begins, 1), else_=2)
        found = self._those(self._thing, rank.label("rank")).cte("found_notes")
        things = found.c[self._thing.name]
        whole, beginning, holding_it = (
            self._noted.in_(select(things).where(found.c.rank <= most)) for most in range(3)
        )
        return whole, beginning, holding_it

    def newest(self, reading: Reading, things: Sequence[Any]) -> dict[Any, str]:
        """What the newest of its notes says that holds the term, by thing."""
        if not things:
            return {}
        query = self._those(self._thing, NOTES.c.content).where(self._thing.in_(things)).order_by(NOTES.c.note_id)
        return dict(iter(reading.execute(query)))

    def _those(self, *columns: ColumnElement[Any]) -> Select[Any]:
        return select(*columns).where(
            holding(NOTES), NOTES.c.is_deleted.is_(False), self._thing.is_not(None), self._found
        )


def _ranks(column: ColumnElement[str], term: str) -> Ranks:
    """Whether one of the lines of a folded column is a folded term, begins with it, holds it."""
    lines = _LINE + column + _LINE
    whole, beginning, holding_it = (
        lines.contains(text, autoescape=True) for text in (f"\n{term}\n", f"\n{term}", term)
    )
    return whole, beginning, holding_it
