"""One SQL statement for many, for PostgreSQL: rows of many tables that are written, or asked for, are JSON there.

A statement each costs several times as much, most of it in the driver; and since one that writes is the same for any
number of rows, there are few of them to prepare.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache, partial

import orjson
from sqlalchemy import Table

from projections.engine.compiled import Values

_REMEMBERED = 500
_PARAMETER = re.compile(r"\$([0-9]+)")
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
def one_question(questions: tuple[tuple[str, tuple[str, ...], int], ...]) -> str:
    """One question whose answer has a column for each of many: its rows, as the text of a JSON array of arrays, or
    null.

    Each is given with the names of its columns and the number of its parameters; those of all of them follow one
    another.
    """
    parts, before = [], 0
    for sql, names, parameters in questions:
        behind, columns = partial(_moved, by=before), ", ".join(f'asked."{name}"' for name in names)
        rows = f"json_agg(json_build_array({columns}))::text"
        parts.append(f"(SELECT {rows} FROM ({_PARAMETER.sub(behind, sql)}) asked)")
        before += parameters
    return f"SELECT {', '.join(parts)}"


def _moved(parameter: re.Match[str], by: int) -> str:
    return f"${int(parameter[1]) + by}"


@lru_cache(_REMEMBERED)
def _together(statements: tuple[str, ...]) -> str:
    *others, last = [each.format(f"${number}") for number, each in enumerate(statements, start=1)]
    parts = [f"written_{number} AS ({statement})" for number, statement in enumerate(others)]
    return f"WITH {', '.join(parts)} {last}" if parts else last


def _hexadecimal(value: bytes | memoryview) -> str:
    """Bytes as PostgreSQL reads them from text."""
    return f"\\x{bytes(value).hex()}"
