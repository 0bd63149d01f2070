"""Looks up the names of users, persons and organizations by their ids, for a whole page at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import FromClause, Select, Table, and_, bindparam, select

from projections.engine.reading import Reading
from projections.engine.statements import Query, chunks
from projections.engine.tables import key_columns
from projections.engine.validity import every_version, holding
from projections.kinds import NAMED_BY

W = TypeVar("W", bound=NamedTuple)


@dataclass(frozen=True, slots=True)
class Whole(Generic[W]):
    """A version of a lead or a deal with the names in it, and between which positions of the log they are so.

    From ``named`` on all of them are; at ``renamed`` the first of them changes, None where none has changed yet.
    """

    version: W
    named: int
    renamed: int | None


_NAMES = {
    f"{whose}_name": (NAMED_BY[f"{whose}_id"].table, f"{whose}_id") for whose in ("owner", "person", "organization")
}
"""The tables that names come from, and the columns of leads and deals that say whose they are."""

_ENDS = "valid_from", "valid_to"


def with_names(table: Table, columns: Collection[str], also: Collection[str] = ()) -> Select[Any]:
    """These columns of leads or deals; those that are names are looked up by the ids that the rows have.

    Names that are ``also`` looked up are not told, but conditions may be about them.
    """
    named: FromClause = table
    for name, (names, reference) in _NAMES.items():
        if name in columns or name in also:
            (key,) = key_columns(names)
            named = named.outerjoin(names, and_(key == table.c[reference], holding(names)))
    told = (_NAMES[name][0].c.name.label(name) if name in _NAMES else table.c[name] for name in columns)
    return select(*told).select_from(named)


def versions_with_names(table: Table, columns: Collection[str]) -> Query:
    """What `whole` asks: these columns of versions of ``some`` leads or deals that began at one of the positions
    ``begun``, with names as `with_names` has them, and behind these when each name began, and when each ended.

    The first two are the key and the position at which a version began.
    """
    (key,) = key_columns(table)
    begun = table.c.valid_from + 0  # or else an index is asked for each key at each of the positions
    these = key.in_(bindparam("some", expanding=True)), begun.in_(bindparam("begun", expanding=True))
    spans = (names.c[end].label(f"{name}_{end}") for end in _ENDS for name, (names, _) in _NAMES.items())
    return Query(with_names(table, columns, also=_NAMES).add_columns(*spans).where(*these, every_version(table)))


def whole(reading: Reading, versions: Query, kind: type[W], listed: Sequence[tuple[Any, ...]]) -> dict[Any, Whole[W]]:
    """All there is to tell of versions that a list of the same reading told of, each of which begins as those do, by
    ids.

    What the user may not see any more is left out.
    """
    found, wanted, width = dict[Any, Whole[W]](), {each[0]: each[1] for each in listed}, -len(_ENDS) * len(_NAMES)
    for some in chunks(wanted):
        asked = {"some": some, "begun": [wanted[key] for key in some]}
        for row in versions.tuples(reading, asked):
            if wanted[row[0]] == row[1]:
                named, renamed = row[width : -len(_NAMES)], row[-len(_NAMES) :]
                found[row[0]] = Whole(
                    kind._make(row[:width]),
                    max(filter(None, named), default=0),
                    min(filter(None, renamed), default=None),
                )
    return found


def names_of(reading: Reading, table: Table, keys: Iterable[int | None]) -> dict[int, str]:
    """The names that things have now, by their ids; whatever nobody knows is left out."""
    wanted = {number for number in keys if number is not None}
    return {number: name for some in chunks(wanted) for number, name in _names(table).tuples(reading, {"some": some})}


@cache
def _names(table: Table) -> Query:
    (key,) = key_columns(table)
    return Query(select(key, table.c.name).where(key.in_(bindparam("some", expanding=True)), holding(table)))
