"""Makes one file of the verifier's modules, which an auditor reads, copies and runs alone.

The file is plain text, so that who is to trust it can read it, search it and compare it with that of another version;
an archive would have to be unpacked first. Each module stands in it as it stands in the source, behind those that it
uses; only their imports are gathered at the top. The same source makes the same bytes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from service.evidence import verifier

_ROOM = verifier.__name__
_START = "__main__"

_HEAD = '''"""Checks an exported log, or one in its database, and reports: sound, altered, or impossible to tell.

This one file is all an auditor needs, beside Python 3.11 and `cryptography` (and psycopg, for a PostgreSQL database):
it uses nothing else of Leadledger, so that nobody has to trust the service that is checked. Copy it and run

    python verifier.py BUNDLE_OR_DATABASE_URL --key VKEY --known CHECKPOINT_FILE
    python verifier.py proof FILE --key VKEY
    python verifier.py fork FILE --key VKEY

It ends with 0 where everything is sound, 1 where something was altered, 2 where that cannot be told, 3 where it was
called wrongly. Its parts, each of which uses only those before it:

{contents}
"""

from __future__ import annotations

'''


@dataclass(frozen=True)
class _Part:
    """A module of the room: its first sentence, what it imports of the room and from elsewhere, and the rest of it."""

    name: str
    sentence: str
    uses: frozenset[str]
    modules: frozenset[str]
    names: frozenset[tuple[str, str]]
    defines: frozenset[str]
    code: str


@cache
def verifier_file() -> str:
    """The verifier as one file, made once."""
    parts = _in_order({part.name: part for part in map(_parsed, sorted(Path(verifier.__path__[0]).glob("[!_]*.py")))})
    parts.append(_parsed(Path(verifier.__path__[0], f"{_START}.py")))
    _check_names(parts)
    contents = "\n".join(f"    {part.name:<12} {part.sentence}" for part in parts)
    return _HEAD.format(contents=contents) + "\n".join([*_imports(parts), "", *map(_section, parts)])


def verifier_digest() -> str:
    """The SHA-256 of that file, by which one is told from another."""
    return sha256(verifier_file().encode()).hexdigest()


def _parsed(path: Path) -> _Part:
    source = path.read_text("utf-8")
    tree = ast.parse(source)
    uses, modules, names, last = set[str](), set[str](), set[tuple[str, str]](), 0
    for number, node in enumerate(tree.body):
        match node:
            case ast.ImportFrom(module=str(module)):
                if module.startswith(f"{_ROOM}."):
                    uses.add(module.removeprefix(f"{_ROOM}."))
                elif module != "__future__":
                    names |= {(module, each.name) for each in node.names}
            case ast.Import():
                modules |= {each.name for each in node.names}
            case _ if number:
                break
        last = node.end_lineno or last
    code = "".join(source.splitlines(keepends=True)[last:]).strip("\n") + "\n"
    sentence = " ".join((ast.get_docstring(tree) or "").partition("\n\n")[0].split())
    defines = frozenset(_defined(tree))
    return _Part(path.stem, sentence, frozenset(uses), frozenset(modules), frozenset(names), defines, code)


def _defined(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name


def _in_order(parts: dict[str, _Part]) -> list[_Part]:
    """The parts, each behind those that it uses, and by name where there is a choice."""
    placed = dict[str, _Part]()
    while left := [part for name, part in parts.items() if name not in placed]:
        part = next(part for part in left if part.uses <= placed.keys())
        placed[part.name] = part
    return [*placed.values()]


def _check_names(parts: list[_Part]) -> None:
    """Raise ValueError where two parts give one name to two things: in one file the later would stand for both."""
    taken = {name for part in parts for name in part.modules | {name for _, name in part.names}}
    for part in parts:
        if clash := taken & part.defines:
            raise ValueError(f"{part.name} gives {min(clash)!r} another meaning")
        taken |= part.defines


def _imports(parts: list[_Part]) -> Iterator[str]:
    yield from (f"import {name}" for name in sorted({name for part in parts for name in part.modules}))
    named = {pair for part in parts for pair in part.names}
    for module in sorted({module for module, _ in named}):
        yield f"from {module} import {', '.join(sorted(name for other, name in named if other == module))}"


def _section(part: _Part) -> str:
    return f"\n# {f' {part.name} ':-^118}\n# {part.sentence}\n\n\n{part.code}"
