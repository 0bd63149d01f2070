"""Every module opens with one plain sentence that says what it is or does."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
FOLDERS = ("aggregates", "projections", "service", "tests")

MOST_LINES = 2

_FLOWS = re.compile(r"\bflows?\b", re.I)
"""Modules once told what flows in and what flows out, which says of none what it is."""


def fault(source: str) -> str | None:
    """What is wrong with how a module opens; None where nothing is."""
    opening = (ast.get_docstring(ast.parse(source)) or "").split("\n\n")[0]
    if not opening:
        return "has no docstring"
    if not opening.endswith("."):
        return "does not end its first sentence with a full stop"
    if len(opening.splitlines()) > MOST_LINES:
        return f"takes more than {MOST_LINES} lines for it"
    if _FLOWS.search(opening):
        return "tells what flows, not what it is or does"
    return None


def test_every_module_opens_with_a_plain_sentence() -> None:
    modules = [path for folder in FOLDERS for path in (CHECKOUT / folder).rglob("*.py")]
    assert len(modules) > 100
    faults = {path.relative_to(CHECKOUT).as_posix(): fault(path.read_text("utf-8")) for path in sorted(modules)}
    assert {name: found for name, found in faults.items() if found} == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('"""Notes, newest first."""\n', None),
        ('"""Notes, newest first,\nwith whom they are about.\n\nMore about them."""\n', None),
        ("import re\n", "no docstring"),
        ('"""Notes"""\n', "full stop"),
        ('"""Notes,\nnewest\nfirst."""\n', "lines"),
        ('"""Notes flow in and rows flow out."""\n', "flows"),
    ],
)
def test_what_is_wrong_with_an_opening_is_found(source: str, found: str | None) -> None:
    said = fault(source)
    assert (said is None) if found is None else (said is not None and found in said)
