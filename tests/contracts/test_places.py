"""The places of leads and deals have names: a mistyped text would compare with nothing and fail nowhere."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from projections import places

CHECKOUT = Path(__file__).parents[2]
PLACES = {value for name, value in vars(places).items() if name.isupper() and isinstance(value, str)}
ALONE = CHECKOUT / "service/evidence/verifier"
"""Copied and run without anything of ours, the names of places neither."""
MODULES = [
    path
    for folder in ("projections", "service")
    for path in sorted((CHECKOUT / folder).rglob("*.py"))
    if ALONE not in path.parents
]


def literals(source: str) -> list[int]:
    """The lines of a module that compare or fill a place with a text instead of a name."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Compare(left=left, comparators=others) if is_place(left):
                texts = [text for other in others for text in ast.walk(other)]
            case ast.Call(func=ast.Attribute(value=value, attr="in_"), args=others) if is_place(value):
                texts = [text for other in others for text in ast.walk(other)]
            case ast.Dict(keys=keys, values=values):
                named = [value for key, value in zip(keys, values, strict=True) if is_text(key, {"place"})]
                texts = [text for value in named for text in ast.walk(value)]
            case _:
                continue
        found += [text.lineno for text in texts if isinstance(text, ast.Constant) and is_text(text, PLACES)]
    return found


def is_place(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(attr="place"):
            return True
        case ast.Subscript(slice=ast.Constant(value="place")):
            return True
    return False


def is_text(node: ast.expr | None, texts: set[str]) -> bool:
    return isinstance(node, ast.Constant) and node.value in texts


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(CHECKOUT).as_posix())
def test_places_are_named(module: Path) -> None:
    assert literals(module.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "source",
    ['row["place"] == "inbox"', 'row["place"] in ("inbox", X)', 'LEADS.c.place.in_(["deal"])', '{"place": "deleted"}'],
)
def test_a_place_that_is_written_out_is_found(source: str) -> None:
    assert literals(source) == [1]
