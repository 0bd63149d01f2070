"""The ways in and the commands ask read models and the log; only those who own tables write SQL."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVICE = Path(__file__).parents[2] / "service"
WITHOUT_TABLES = ("app.py", "background", "cli", "commands", "http", "readiness", "sample", "server", "wiring.py")

MAKES_STATEMENTS = {
    *("select", "insert", "update", "delete", "text", "func", "exists", "union", "union_all", "literal", "bindparam"),
    *("exec_driver_sql", "Statement", "Query"),
}


def statements_in(source: str) -> set[str]:
    """What a module names of that which statements are made from."""
    return {name for node in ast.walk(ast.parse(source)) for name in _named(node)} & MAKES_STATEMENTS


def _named(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.ImportFrom(module, names) if str(module).startswith(("sqlalchemy", "projections.engine")):
            yield from (name.name for name in names)
        case ast.Attribute(ast.Name("sqlalchemy" | "sa"), name) | ast.Attribute(_, "exec_driver_sql" as name):
            yield name


@pytest.mark.parametrize("folder", WITHOUT_TABLES)
def test_who_owns_no_tables_writes_no_sql(folder: str) -> None:
    place = SERVICE / folder
    modules = [place] if place.suffix else list(place.rglob("*.py"))
    assert modules
    assert {module.name: found for module in modules if (found := statements_in(module.read_text("utf-8")))} == {}


@pytest.mark.parametrize(
    "planted",
    [
        "from sqlalchemy import Table, select",
        "from projections.engine.statements import Query",
        "import sqlalchemy\n\nsqlalchemy.text('SELECT 1')",
        "connection.exec_driver_sql('SELECT 1')",
    ],
)
def test_sql_that_is_planted_is_found(planted: str) -> None:
    assert statements_in(planted)
