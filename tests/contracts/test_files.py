"""Only named modules open files: what opens a live database beside SQLite drops SQLite's locks on it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
FOLDERS = ("aggregates", "projections", "service")

OPENING = {
    *("open", "open_code", "openpty", "fdopen", "open_file", "FileIO", "File", "LazyFile", "file_input", "mmap"),
    *("read_bytes", "read_text", "write_bytes", "write_text", "truncate", "mkstemp", "mkdtemp"),
    *("NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile", "TemporaryDirectory"),
    *("hardlink_to", "symlink_to", "link_to", "sendfile", "send_file", "send_from_directory"),
    *("copy2", "copyfile", "copyfileobj", "copytree", "copymode", "copystat", "make_archive"),
    *("FileHandler", "RotatingFileHandler", "TimedRotatingFileHandler", "WatchedFileHandler", "fileConfig"),
}
"""Whatever opens, copies or links files, or hands them over to be opened, by the name it has anywhere."""

OF_MODULES = {
    "os": {"link", "symlink", "posix_spawn", "system", "popen"},
    "shutil": {"copy", "move"},
    "sqlite3": {"connect"},
    "subprocess": {"run", "Popen", "check_output", "check_call", "call"},
}
"""What does so in one module only, and means something harmless elsewhere; and what starts programs that might."""

ALLOWED = {
    "service/database/temporary.py": {"open", "TemporaryDirectory"},  # a mark beside a temporary database
    "service/backups/file.py": {"open"},  # a backup
    "service/cli/opened.py": {"open", "open_file"},  # what a command writes, never the database: see `written`
    "service/evidence/bundle.py": {"open"},  # the exported bundle
    "service/cli/audit_bundle.py": {"open_file"},  # the verifier's file
    "service/evidence/verifier_file.py": {"read_text"},  # the verifier's source
    "service/evidence/verifier/bundle.py": {"open", "read_bytes"},  # a bundle
    "service/evidence/verifier/command.py": {"open", "read_bytes", "read_text"},  # proofs, checkpoints that were kept
    "service/evidence/verifier/database.py": {"sqlite3.connect"},  # SQLite, to be read
    "service/evidence/verifier/kept.py": {"sqlite3.connect"},  # a temporary database without a name
    "service/maintenance/aside.py": {"sqlite3.connect"},  # another one
    "service/http/fair_file.py": {"open", "read_bytes"},  # the security log
    "service/database/key_files.py": {"read_bytes"},  # keys, and the note of what they signed last
    "service/privacy/hand_over.py": {"open"},  # the file beside the keys
    "service/privacy/byte_scan.py": {"open", "subprocess.run"},  # in a process that has no connection to SQLite
    "service/database/database.py": {"FileIO"},  # what kind of file a lock file is
    "service/database/private_files.py": {
        "open",
        "os.link",
        "mkstemp",
        "FileIO",
    },  # keys, checkpoints, lock files; empty new databases
    "service/evidence/set_aside.py": {"sqlite3.connect"},  # a temporary file without a name
    "service/http/issuer_keys.py": {"read_bytes"},  # public keys of a trusted issuer, refused where it is the database
    "service/fingerprints.py": {"read_bytes"},  # our own source
    "service/pages/assets.py": {"read_bytes"},  # what browsers are given of our own source
    "service/pages/guides.py": {"read_text"},  # the guides, as they are in our own source
    "service/pages/languages.py": {"open"},  # translations, as they are in our own source
    "service/server/vitals.py": {"read_text"},  # what the system says of this process
    "service/shared/memory.py": {"mmap", "mkstemp"},  # memory without a file; a file without content, for locks
}
"""Which modules open what, and why none of it is a live database."""


def opened_by(source: str) -> set[str]:
    """What a module names that opens files, by whatever way it came to the name."""
    return {name for node in ast.walk(ast.parse(source)) for name in _named(node)}


def _named(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name("open"):
            yield "open"
        case ast.Call(ast.Attribute(_, "touch")):
            yield "touch"
        case ast.Attribute(ast.Name(module), name) if name in OF_MODULES.get(module, ()):
            yield f"{module}.{name}"
        case ast.Attribute(_, name) if name in OPENING:
            yield name
        case ast.ImportFrom(str(module), names):
            yield from (each.name for each in names if each.name in OPENING)
            yield from (f"{module}.{each.name}" for each in names if each.name in OF_MODULES.get(module, ()))
        case ast.Import(names):
            yield from (f"{each.name} as {each.asname}" for each in names if each.name in OF_MODULES and each.asname)


MODULES = [
    path.relative_to(CHECKOUT).as_posix() for folder in FOLDERS for path in sorted((CHECKOUT / folder).rglob("*.py"))
]


@pytest.mark.parametrize("module", MODULES)
def test_a_module_opens_no_files_but_those_it_is_known_to_open(module: str) -> None:
    assert opened_by((CHECKOUT / module).read_text("utf-8")) == ALLOWED.get(module, set())


def test_no_module_is_allowed_more_than_there_is() -> None:
    assert ALLOWED.keys() <= set(MODULES)


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("open('x')", {"open"}),
        ("look = open", {"open"}),
        ("from io import open as look", {"open"}),
        ("import os\nos.open('x', 0)", {"open"}),
        ("from pathlib import Path\nPath('x').open()", {"open"}),
        ("path.read_bytes()", {"read_bytes"}),
        ("path.touch()", {"touch"}),
        ("import shutil\nshutil.copy('x', 'y')", {"shutil.copy"}),
        ("from shutil import copy, copyfile", {"shutil.copy", "copyfile"}),
        ("import shutil as s\ns.copy('x', 'y')", {"shutil as s"}),
        ("import sqlite3\nsqlite3.connect('x')", {"sqlite3.connect"}),
        ("import subprocess\nsubprocess.run(['cp', 'x', 'y'])", {"subprocess.run"}),
        ("from logging import FileHandler", {"FileHandler"}),
        ("schema.copy()\nengine.connect()\npath.replace('y')\npath.unlink()", set()),
    ],
)
def test_whatever_opens_files_is_noticed(planted: str, found: set[str]) -> None:
    assert opened_by(planted) == found
