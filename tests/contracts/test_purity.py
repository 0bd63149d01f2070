"""Events alone decide what aggregates and projections become: no clock, chance, file or machine has a say in it."""

from __future__ import annotations

import ast
import gc
import os
import random
import re
import secrets
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine

from aggregates.aggregate import Aggregate
from aggregates.event import Event
from aggregates.lead import Lead, LeadSeen
from projections import projection
from projections.engine import driver
from projections.engine.read_model import Handler
from projections.engine.rows import Rows
from projections.engine.statements import write
from projections.engine.tables import read_models
from projections.projection import prefetch, project
from service.database.database import Database
from service.log.replaying import Recorded
from service.maintenance.replay import batches
from service.wiring import make_ledger
from tests.aggregates.given import kinds
from tests.databases import SqliteDatabases
from tests.generated import Clock, fill
from tests.service.log.test_golden import an_example, own_events
from tests.service.serving import founded

CHECKOUT = Path(__file__).parents[2]
FOLDERS = ("aggregates", "projections")

# What the source says

PURE_MODULES = {
    *("__future__", "collections", "collections.abc", "contextlib", "dataclasses", "decimal", "functools", "itertools"),
    *("html", "json", "operator", "orjson", "re", "string", "types", "typing"),
    *("sqlalchemy", "sqlalchemy.dialects", "sqlalchemy.dialects.postgresql"),
    *("sqlalchemy.engine", "sqlalchemy.engine.default", "sqlalchemy.ext.compiler"),
    *("sqlalchemy.sql", "sqlalchemy.sql.compiler", "sqlalchemy.sql.elements", "sqlalchemy.types"),
}
"""Whatever these have answers the same to the same question; SQLAlchemy's asks the database that it was given."""

PURE_NAMES = {
    *("uuid.UUID", "uuid.uuid5", "datetime.datetime", "statistics.median"),
    *("eventsourcing.domain.HasOriginatorIDVersion", "sqlalchemy.sql.functions.FunctionElement"),
    "psycopg.RawCursor",  # asks the connection that it is given
    "unicodedata.normalize",  # the same by one version of Unicode; by another, `schema.fingerprint` differs
}
"""What may be had of modules whose other names are not all pure."""

IMPURE_BUILTINS = {"open", "input", "print", "breakpoint", "exec", "eval", "compile", "__import__", "hash", "id"}
"""Text hashes otherwise in each process, and things lie elsewhere in its memory."""

IMPURE_ATTRIBUTES = {
    *("now", "utcnow", "today", "fromtimestamp", "utcfromtimestamp", "astimezone", "timestamp"),
    *("uuid1", "uuid4", "getnode", "random", "current_timestamp", "current_date", "current_time", "localtimestamp"),
    *("create_engine", "sysdate", "statement_timestamp", "clock_timestamp", "gen_random_uuid"),
}
"""Clocks and chance, of Python and of databases, whatever they hang on; a time zone comes from the environment."""

IMPURE_SQL = re.compile(
    r"\b(now|random\w*|\w*_timestamp|gen_random_uuid|uuidv\d)\s*\(|\bcurrent_(date|time)|'now'", re.I
)

ALLOWED = {
    "aggregates/catalogue.py": {
        "inspect.getdoc",  # the catalogue tells people what the classes' docstrings say
        "sys",  # it finds the classes in their modules, and is written out where it is run as a program
    },
    "projections/engine/rows.py": {
        "id",  # tells versions of a row apart as long as a batch holds them; it is never written
    },
}


def impurities(source: str) -> set[str]:
    """What a module imports or names that could answer otherwise another time."""
    return {name for node in ast.walk(ast.parse(source)) for name in _told_by(node)}


def _told_by(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names):
            yield from (name.name for name in names if not _is_pure(name.name))
        case ast.ImportFrom(module, names) if not _is_pure(str(module)):
            yield from {f"{module}.{name.name}" for name in names} - PURE_NAMES
        case ast.ImportFrom(_, names):
            yield from {name.name for name in names} & IMPURE_ATTRIBUTES
        case ast.Name(name) if name in IMPURE_BUILTINS:
            yield name
        case ast.Attribute(_, name) if name in IMPURE_ATTRIBUTES:
            yield name
        case ast.Constant(str(text)) if found := IMPURE_SQL.search(text):
            yield found[0]


def _is_pure(module: str) -> bool:
    return module in PURE_MODULES or module.partition(".")[0] in FOLDERS


MODULES = [
    path.relative_to(CHECKOUT).as_posix() for folder in FOLDERS for path in sorted((CHECKOUT / folder).rglob("*.py"))
]


@pytest.mark.parametrize("module", MODULES)
def test_a_module_names_nothing_that_could_answer_otherwise_another_time(module: str) -> None:
    assert impurities((CHECKOUT / module).read_text("utf-8")) == ALLOWED.get(module, set())


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("import time", {"time"}),
        ("import os.path", {"os.path"}),
        ("import random as chance", {"random"}),
        ("import importlib", {"importlib"}),
        ("import uuid", {"uuid"}),
        ("from os import environ", {"os.environ"}),
        ("from secrets import *", {"secrets.*"}),
        ("from . import clock", {"None.clock"}),
        ("def apply(self, lead):\n    import threading", {"threading"}),
        ("from uuid import UUID, uuid4", {"uuid.uuid4"}),
        ("from statistics import median, NormalDist", {"statistics.NormalDist"}),
        ("from datetime import date, datetime", {"datetime.date"}),
        ("from sqlalchemy import create_engine, select", {"create_engine"}),
        ("from datetime import datetime\nbegun = datetime.now", {"now"}),
        ("from datetime import datetime\nbegun = datetime.fromisoformat('2026-01-15').astimezone()", {"astimezone"}),
        ("from sqlalchemy import func\nquery = func.random()", {"random"}),
        ("from sqlalchemy import text\nquery = text('added < CURRENT_TIME')", {"CURRENT_TIME"}),
        ("from sqlalchemy import text\nquery = text(\"datetime('now')\")", {"'now'"}),
        ("print('applied')", {"print"}),
        ("lines = list(map(open, names))", {"open"}),
        ("order = sorted(names, key=hash)", {"hash"}),
        ("__import__('time').time()", {"__import__"}),
    ],
)
def test_what_is_planted_in_a_module_is_found(planted: str, found: set[str]) -> None:
    assert impurities(f'"""As pure as others, but for one thing."""\n\n{planted}\n') == found


# What runs

PURE_CALLS = (
    *("aggregates.", "projections.", "builtins.", "collections.", "contextlib.", "dataclasses.", "decimal.Decimal."),
    *("functools.", "html.", "itertools.chain.", "json.", "namedtuple_", "re.", "typing.cast"),
    *("unicodedata.normalize", "uuid.UUID."),
    *("datetime.datetime.fromisoformat", "datetime.timedelta.", "uuid.uuid5"),
    *("_hashlib.openssl_sha1", "_hashlib.HASH."),  # how a UUID is made from a name
    "_thread.RLock.__exit__",  # a cached property is looked up by one thread at a time
)
"""What applying an event may call, in Python and below it: everything else is found, known as impure or not."""

BESIDE_THE_DATABASE = {
    "projections.engine.driver": ("sqlite3.Connection.cursor", "sqlite3.Cursor."),
    "projections.engine.statements": ("sqlite3.Connection.cursor", "sqlite3.Cursor."),
    "projections.engine.rows": ("builtins.id",),  # see `ALLOWED`
}
"""What three modules call themselves while they work for the database."""

THE_NET = ("sys.setprofile", f"{__name__}.")

May = Callable[[str, FrameType], bool]


def nothing_else(_name: str, _frame: FrameType) -> bool:
    """The answer of whoever may call what is pure, and nothing else."""
    return False


def the_database(name: str, frame: FrameType | None) -> bool:
    """Whether a call is part of what SQLAlchemy does, or of what is done beside it to ask the driver."""
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        if module.startswith("sqlalchemy.") or name.startswith("sqlalchemy."):
            return True
        if module.startswith(tuple(f"{folder}." for folder in FOLDERS)):
            return name.startswith(BESIDE_THE_DATABASE.get(module, ()))
        frame = frame.f_back
    return False


@contextmanager
def net(may: May = nothing_else) -> Iterator[set[str]]:
    """Gather what is called inside the block, unless it is pure or whoever is inside may call it.

    Python tells of calls of functions and methods; not of those that C makes by itself, as `map` does.
    """
    found: set[str] = set()

    def watch(frame: FrameType, happened: str, called: Any) -> None:
        if happened == "c_call":
            name = name_of(called)
        elif happened == "call":
            name = f"{frame.f_globals.get('__name__')}.{frame.f_code.co_qualname}"
        else:
            return
        is_pure = name.startswith(PURE_CALLS) and name.removeprefix("builtins.") not in IMPURE_BUILTINS
        if not (is_pure or name.startswith(THE_NET) or may(name, frame)):
            found.add(name)

    gc.disable()  # what others left behind would be cleared away in here, by code of theirs
    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield found
    finally:
        sys.setprofile(before)
        gc.enable()


def name_of(called: Any) -> str:
    """A function of C by its module's name, a method by that of the class that has it."""
    of = getattr(called, "__self__", None)
    if of is None or isinstance(of, ModuleType):
        return f"{called.__module__}.{called.__qualname__}"
    name = called.__qualname__
    kinds = (of if isinstance(of, type) else type(of)).__mro__
    kind = next((kind for kind in kinds if kind.__qualname__ == name.rpartition(".")[0]), kinds[0])
    return f"{kind.__module__}.{name}"


AGGREGATES = {kind.created: kind for kind in kinds(Aggregate)}
FITTING: dict[str, Any] = {"participants": [{"person_id": 42, "primary": True}], "verdict": "not_yet"}
"""Where read models take no value but what commands let through."""


def examples_of(kind: type[Event]) -> list[Event]:
    """A stream that begins as its kind begins, and in which such an event happens."""
    first = next(created for created in AGGREGATES if created.__module__ == kind.__module__)
    return [_fitting(an_example(told)) for told in dict.fromkeys((first, kind))]


def _fitting(event: Event) -> Event:
    return replace(event, **{name: FITTING[name] for name in event.fact_names if name in FITTING})


@pytest.fixture(scope="module")
def recorded(sqlite_databases: SqliteDatabases) -> Recorded:
    """A history in which most things happen many times."""
    with sqlite_databases.fresh(founded) as url:
        database = Database(url)
        ledger = make_ledger(database, Clock())
        fill(ledger, 1500)
        history = [pair for batch in batches(ledger, 0) for pair in batch]
        database.close()
    return history


@pytest.fixture
def rows() -> Iterator[Rows]:
    """Empty read models in a database of their own."""
    engine = create_engine("sqlite://")
    read_models.create_all(engine)
    with engine.begin() as connection:
        yield Rows(connection)
    engine.dispose()


def project_all(rows: Rows, recorded: Recorded) -> None:
    prefetch(rows, (event for _, event in recorded))
    for position, event in recorded:
        project(rows, event, position)


def test_a_history_is_replayed_by_what_is_pure(recorded: Recorded) -> None:
    streams = defaultdict(list)
    for _, event in recorded:
        streams[event.originator_id].append(event)
    with net() as found:
        for events in streams.values():
            AGGREGATES[type(events[0])].project(None, events)
    assert found == set()


@pytest.mark.parametrize("name", sorted(own_events()))
def test_every_event_is_applied_by_what_is_pure(name: str) -> None:
    examples = examples_of(own_events()[name])
    with net() as found:
        AGGREGATES[type(examples[0])].project(None, examples)
    assert found == set()


def test_a_history_is_projected_by_what_is_pure_and_the_database(rows: Rows, recorded: Recorded) -> None:
    with net(the_database) as found:
        for start in range(0, len(recorded), 100):
            project_all(rows, recorded[start : start + 100])
            write(rows.connection, rows.writes())
    assert found == set()


@pytest.mark.parametrize("name", sorted(own_events()))
def test_every_event_is_projected_by_what_is_pure_and_the_database(rows: Rows, name: str) -> None:
    examples = list(enumerate(examples_of(own_events()[name]), start=1))
    with net(the_database) as found:
        project_all(rows, examples)
        write(rows.connection, rows.writes())
    assert found == set()


IMPURE: dict[str, Callable[[], object]] = {
    "_sqlite3.connect": lambda: sqlite3.connect(":memory:").close(),
    "_thread.allocate_lock": threading.Lock,
    "builtins.hash": lambda: hash("Rør og mer"),
    "builtins.print": lambda: print("applied"),
    "datetime.date.today": date.today,
    "datetime.datetime.now": lambda: datetime.now(UTC),
    "io.open": lambda: open(os.devnull).close(),
    "os._Environ.__getitem__": lambda: os.environ["PATH"],
    "posix.getpid": os.getpid,
    "posix.urandom": secrets.token_hex,
    "random.Random.random": random.random,
    "socket.socket.__init__": lambda: socket.socket().close(),
    "subprocess.run": lambda: subprocess.run(["true"], check=True),
    "time.time": time.time,
    "uuid.uuid4": uuid.uuid4,
}


@pytest.mark.parametrize("name", IMPURE)
def test_what_is_planted_where_an_event_is_applied_is_found(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(LeadSeen, "apply", lambda _event, _lead: IMPURE[name]())
    examples = examples_of(LeadSeen)
    with net() as found:
        Lead.project(None, examples)
    assert name in found


@pytest.mark.parametrize("name", IMPURE)
def test_what_is_planted_in_a_projection_is_found(monkeypatch: pytest.MonkeyPatch, rows: Rows, name: str) -> None:
    planted = Handler(lambda _rows, _event, _position: IMPURE[name](), {})
    monkeypatch.setattr(projection, "handlers_of", lambda _kind: [planted])
    example = an_example(LeadSeen)
    with net(the_database) as found:
        project(rows, example, 1)
    assert name in found


def test_what_is_planted_beside_a_question_to_the_database_is_found(
    monkeypatch: pytest.MonkeyPatch, rows: Rows
) -> None:
    driver_connection: Callable[[Connection], Any] = driver.driver_connection

    def late(connection: Connection) -> Any:
        time.sleep(0)
        return driver_connection(connection)

    monkeypatch.setattr(driver, "driver_connection", late)
    example = an_example(LeadSeen)
    with net(the_database) as found:
        project(rows, example, 1)
    assert found == {"time.sleep"}
