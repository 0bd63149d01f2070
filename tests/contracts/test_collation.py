"""Which texts are equal, and which comes first, is our rule: no database's collation and no LIKE decides it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import MetaData, String

from projections.engine.tables import SortableText, read_models
from service.evidence.tables import evidence_tables
from service.log.tables import log_tables
from service.privacy.erasure_state import erasure_tables

CHECKOUT = Path(__file__).parents[2]
MODULES = [path for folder in ("projections", "service") for path in sorted((CHECKOUT / folder).rglob("*.py"))]

COMPARING = {
    *("like", "ilike", "not_like", "notlike", "not_ilike", "notilike", "collate", "op", "bool_op"),
    *("contains", "icontains", "istartswith", "iendswith", "regexp_match", "regexp_replace"),
}
"""What SQLAlchemy's columns have that each database answers in its own way."""

FUNCTIONS = {"lower", "upper", "initcap", "unaccent", "instr", "strpos", "position", "glob", "collate"}
OF_SQL = re.compile(r"\b(I?LIKE|LOWER|UPPER|COLLATE|NOCASE|GLOB|REGEXP|SIMILAR TO|INSTR|STRPOS|CITEXT)\b")
"""The same in words of SQL, which are written in capitals here."""

PLACE = "projections/engine/substrings.py"
"""Where it is said, once for both databases, whether a text holds another."""


def comparing(source: str) -> set[str]:
    """What a module names by which a database would compare texts."""
    return {name for node in ast.walk(ast.parse(source)) for name in (*_named(node), *_escaping(node))}


def _escaping(node: ast.AST) -> Iterator[str]:
    """A column's startswith and its like; templates have an argument of that name, too."""
    match node:
        case ast.Call(ast.Attribute(), _, keywords) if any(each.arg == "autoescape" for each in keywords):
            yield "autoescape"


def _named(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Attribute(ast.Name("func") | ast.Attribute(_, "func"), name) if name.lower() in FUNCTIONS:
            yield name
        case ast.Call(ast.Attribute(ast.Attribute(ast.Attribute(_, "c")), "match")):
            yield "match"
        case ast.Call(ast.Attribute(_, name)) if name in COMPARING:
            yield name
        case ast.ImportFrom(module, names) if str(module).startswith("sqlalchemy"):
            yield from {each.name for each in names} & {"collate", "Collate"}
        case ast.Constant(str(text)) if "\n" not in text and (found := OF_SQL.search(text)):
            yield found[0]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(CHECKOUT)))
def test_no_database_is_asked_to_compare_texts_in_its_own_way(module: Path) -> None:
    if module != CHECKOUT / PLACE:
        assert comparing(module.read_text("utf-8")) == set()


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("query.where(PERSONS.c.name.like('%kari%'))", {"like"}),
        ("query.where(PERSONS.c.name.ilike(term))", {"ilike"}),
        ("query.where(searched.contains(term, autoescape=True))", {"contains", "autoescape"}),
        ("query.where(searched.startswith(term, autoescape=True))", {"autoescape"}),
        ("query.where(func.lower(PERSONS.c.name) == term)", {"lower"}),
        ("query.where(sqlalchemy.func.upper(PERSONS.c.name) == term)", {"upper"}),
        ("query.order_by(PERSONS.c.name.collate('NOCASE'))", {"collate", "NOCASE"}),
        ("query.where(PERSONS.c.name.op('~*')(term))", {"op"}),
        ("from sqlalchemy import collate", {"collate"}),
        ("connection.exec_driver_sql('SELECT 1 FROM persons WHERE name LIKE ?')", {"LIKE"}),
        ("connection.exec_driver_sql('SELECT 1 FROM persons WHERE LOWER(name) = ?')", {"LOWER"}),
        ("name.lower() == other.lower()", set()),
        ("query.where(PERSONS.c.name.match(term))", {"match"}),
        ("_WORD.match(text)", set()),
    ],
)
def test_a_comparison_that_is_planted_is_found(planted: str, found: set[str]) -> None:
    assert comparing(planted) == found


@pytest.mark.parametrize("tables", [read_models, log_tables, evidence_tables, erasure_tables])
def test_every_column_of_text_compares_by_code_points_on_both_databases(tables: MetaData) -> None:
    texts = [column for table in tables.tables.values() for column in table.c if isinstance(column.type, String)]
    assert texts
    assert [str(column) for column in texts if column.type is not SortableText] == []
