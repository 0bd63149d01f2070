"""Finds events by what their stored bytes hold, in the database: to read them all would cost twenty times as much."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Boolean, ColumnElement, LargeBinary, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from service.log.tables import EVENTS


def metadata_bytes(name: str, value: int | str) -> bytes:
    """What the stored bytes of each event hold whose metadata has that value; those of others may, too."""
    return f'"{name}":{json.dumps(value, ensure_ascii=False)}'.encode()


def holds(parameter: str) -> ColumnElement[bool]:
    """Whether an event's stored bytes hold the bytes that are bound to a parameter."""
    return Holds(EVENTS.c.state, bindparam(parameter, type_=LargeBinary))


class Holds(FunctionElement[bool]):
    """Whether some bytes lie within others."""

    name = "holds"
    type = Boolean()
    inherit_cache = True


@compiles(Holds)
def _on_sqlite(element: Holds, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)}) > 0"


@compiles(Holds, "postgresql")
def _on_postgresql(element: Holds, compiler: SQLCompiler, **options: Any) -> str:
    whole, part = (compiler.process(clause, **options) for clause in element.clauses)
    return f"position({part} in {whole}) > 0"
