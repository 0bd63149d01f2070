"""One SQL statement by which PostgreSQL writes rows of many tables, which it is given as JSON.

A statement each costs several times as much, most of it in the driver; and since it is the same for any number of rows,
there are few of them to prepare.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import orjson
from sqlalchemy import Table

from projections.engine.compiled import Values

_REMEMBERED = 500
_ANY_NAMES = orjson.OPT_NON_STR_KEYS
"""Names of columns may be SQLAlchemy's own kind of text."""


def insertion(table: Table) -> str:
    """SQL that adds rows to a table, given as one JSON array of objects, whose other names are left out.

    ``{}`` stands for the parameter.
    """
    columns = ", ".join(f'"{column.name}"' for column in table.c)
    rows = f'json_populate_recordset(NULL::"{table.name}", {{}})'
    return f'INSERT INTO "{table.name}" ({columns}) SELECT {columns} FROM {rows}'


def change(table: Table, columns: Iterable[str]) -> str:
    """SQL that gives columns of rows their present values; the whole rows are given as `insertion` takes them.

    It finds them as those that cannot be inserted: by the primary key, whatever the planner takes the table for.
    """
    key = ", ".join(f'"{column.name}"' for column in table.primary_key)
    values = ", ".join(f'"{name}" = excluded."{name}"' for name in columns)
    return f"{insertion(table)} ON CONFLICT ({key}) DO UPDATE SET {values}"


def at_once(writes: Sequence[tuple[str, Sequence[Values]]]) -> tuple[str, list[str]]:
    """One statement that makes all these writes, in any order, and its parameters."""
    statements = tuple([statement for statement, _ in writes])
    return _together(statements), [orjson.dumps(rows, _hexadecimal, _ANY_NAMES).decode() for _, rows in writes]


@lru_cache(_REMEMBERED)
def _together(statements: tuple[str, ...]) -> str:
    *others, last = [each.format(f"${number}") for number, each in enumerate(statements, start=1)]
    parts = [f"written_{number} AS ({statement})" for number, statement in enumerate(others)]
    return f"WITH {', '.join(parts)} {last}" if parts else last


def _hexadecimal(value: bytes | memoryview) -> str:
    """Bytes as PostgreSQL reads them from text."""
    return f"\\x{bytes(value).hex()}"
