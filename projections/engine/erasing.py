"""Overwrites what rows tell of people, in every version of them, so that they are what a replay would make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table, case, update

from aggregates.event import ERASED
from projections.engine.statements import chunks

PERSONAL_TEXT: dict[str, Any] = {"erased": ERASED, "nothing": ("",)}
PERSONAL_LINES: dict[str, Any] = {"erased": "", "nothing": ("",)}
PERSONAL_LIST: dict[str, Any] = {"erased": "[]", "nothing": ("null",)}
PERSONAL_OBJECT: dict[str, Any] = {"erased": "{}", "nothing": ("null",)}
PERSONAL_GATHERED: dict[str, Any] = {"erased": None}
"""What columns are marked with that hold what events tell of people: as text, as what is searched, one a line, or as
JSON. A column says what stands there once somebody is erased, and what is left as it is since it tells nothing. What is
gathered from other rows is gathered again once these are overwritten, by a function of its read model."""


def personal_text(*nothing: str) -> dict[str, Any]:
    """The mark of a text that may also be one of some words of ours, which stay."""
    return {"erased": ERASED, "nothing": nothing}


Things = Mapping[Table, Sequence[Any]]
"""The keys of things, by the table that keeps their rows."""


def erase(connection: Connection, things: Things) -> int:
    """Overwrite what the rows of things tell of people, past versions too. Answers how many rows that are."""
    return sum(_erase(connection, table, keys) for table, keys in things.items() if personal_columns(table))


def personal_columns(table: Table) -> list[Column[Any]]:
    """The columns that hold what events tell of people."""
    return [column for column in table.c if "erased" in column.info]


def _erase(connection: Connection, table: Table, keys: Sequence[Any]) -> int:
    (key,) = (table.c[name] for name in table.info["key"])
    erased = {column.name: _erased(column) for column in personal_columns(table)}
    rows = 0
    for some in chunks(keys):
        rows += connection.execute(update(table).where(key.in_(some)).values(erased)).rowcount
    return rows


def _erased(column: Column[Any]) -> Any:
    return case((column.in_(column.info["nothing"]), column), (column.is_(None), column), else_=column.info["erased"])
