"""The sentences with which the service refuses, as its code has them: what they name is a gap, ``{}``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
_ROOMS = ("aggregates", "service/commands", "service/http", "service/pages", "service/readiness", "service/text.py")
_NO_FORM_MEETS = (
    "aggregates/signal.py",
    *(f"service/commands/{name}" for name in ("batches", "signals")),
    *(f"service/http/{name}" for name in ("cursors", "issuer_", "loose_fields", "paths", "search", "v1/", "v1_forms/")),
    *(f"service/http/ledger/{name}" for name in ("a", "b", "diff", "event", "insights", "opportunities", "personal")),
    *("service/http/ledger/signals", "service/http/ledger/stretches", "service/http/ledger/subjects"),
    *("service/http/tags", "service/http/v2/"),
)
"""How the paths of modules begin whose sentences the forms of pages do not meet: no page gives their commands."""

_REFUSAL = re.compile(
    r"\w*Refusal|Gone|UnknownReference|NotFound|Forbidden|ValidationError|BadText|BeyondScopes|Unauthorized|\w+Pattern"
)


def refusing() -> set[str]:
    """What the errors say by which a page's form can be refused."""
    return {text for path in _modules(_ROOMS) if not _is_elsewhere(path) for text in _refusing(path)}


def written() -> set[str]:
    """All texts that the service's code has, for whatever they are."""
    nodes = (node for path in _modules(("aggregates", "service")) for node in ast.walk(ast.parse(path.read_text())))
    return {text for node in nodes if (text := _text(node)) is not None}


def _modules(rooms: tuple[str, ...]) -> Iterator[Path]:
    for room in (ROOT / name for name in rooms):
        yield from sorted(room.rglob("*.py")) if room.is_dir() else [room]


def _is_elsewhere(path: Path) -> bool:
    return str(path.relative_to(ROOT)).startswith(_NO_FORM_MEETS)


def _refusing(path: Path) -> Iterator[str]:
    module = ast.parse(path.read_text())
    constants = {
        target.id: node.value
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and _REFUSAL.fullmatch(node.func.id):
            for argument in node.args[:1]:
                yield from _said(argument, constants)


def _said(node: ast.AST | None, constants: Mapping[str, ast.expr]) -> Iterator[str]:
    """The texts of an error's argument: a sentence, one of two, or some by the fields that they are about."""
    if (text := _text(node)) is not None:
        yield text
    match node:
        case ast.Name(id=name) if name in constants:
            yield from _said(constants[name], {})
        case ast.Dict(values=parts) | ast.List(elts=parts):
            for part in parts:
                yield from _said(part, constants)
        case ast.IfExp(body=one, orelse=other):
            yield from _said(one, constants)
            yield from _said(other, constants)


def _text(node: ast.AST | None) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)
    return None
