"""Asks in SQL whether a column holds a text, character by character, with the same answer on both databases.

LIKE does not: SQLite's ignores the case of ASCII letters, PostgreSQL's does not, and both know wildcards. What is to
be found in any spelling is folded before, in the column and in what is sought (`projections.engine.folding`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Integer, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

_LINE = literal("\n")
_FUNCTIONS = {"sqlite": "instr", "postgresql": "strpos"}


class _Place(FunctionElement[int]):
    """Where in a text another one begins, counted from 1; 0 where it does not stand there, null of null."""

    type = Integer()
    inherit_cache = True


@compiles(_Place)
def _written(element: _Place, compiler: SQLCompiler, **options: Any) -> str:
    return f"{_FUNCTIONS[compiler.dialect.name]}({compiler.process(element.clauses, **options)})"


def holds(text: ColumnElement[Any], sought: ColumnElement[str] | str) -> ColumnElement[bool]:
    """Whether a text holds another one; any text holds the empty one, and of null nothing is known."""
    return _Place(text, sought) > 0


def as_lines(text: ColumnElement[str]) -> ColumnElement[str]:
    """A text with a line break before and behind each line, in which `whole_line` and `line_start` are found."""
    return _LINE + text + _LINE


def whole_line(text: str) -> str:
    """What `as_lines` hold where one of the lines is that text."""
    return f"\n{text}\n"


def line_start(text: str) -> str:
    """What `as_lines` hold where one of the lines begins with that text."""
    return f"\n{text}"
