"""Makes backups in tests, and databases of them, and says whether two databases hold the same log."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from projections.engine.tables import read_models
from service.backups.backup import HELD
from service.backups.file import BackupWriter, Heading, SomeRows
from service.clock import wall_clock
from service.database.database import Database
from service.evidence.tables import INCARNATIONS, LEAVES, STREAM_HEADS, TREE_HEAD, TREE_NODES
from service.ledger.ledger import Ledger, Origin
from service.settings import Settings
from service.wiring import make_ledger
from tests.databases import environment_of
from tests.service.losing import beside, operate

ORIGIN = Origin(user_id=None, request_id="restore", client="test")
KEYS = ("data-keys", "data-keys.hand-over", "signing-key", "signing-key.last", "signing-key.old")


@contextmanager
def opened(url: str) -> Iterator[Ledger]:
    """The ledger on a database, with the files of keys that belong to it."""
    ledger = make_ledger(Database(url), wall_clock, Settings.from_environment(environment_of(url)))
    try:
        yield ledger
    finally:
        ledger.database.close()


def hand_keys(url: str, other: str, kinds: Sequence[str] = KEYS) -> None:
    """Put the files of keys beside another database: those that are there, and no others."""
    for kind in kinds:
        beside(other, kind).unlink(missing_ok=True)
        if beside(url, kind).exists():
            shutil.copyfile(beside(url, kind), beside(other, kind))


def rows(ledger: Ledger, table: Table) -> list[tuple[Any, ...]]:
    """A table's rows, past versions too, in the order of its key."""
    with ledger.database.reading() as connection:
        return [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]


def check_same(one: Ledger, other: Ledger) -> None:
    """Two databases hold the same log and the same rows; but for the incarnation that began with the restore."""
    for table in (*HELD, LEAVES, TREE_NODES, TREE_HEAD, STREAM_HEADS, *read_models.sorted_tables):
        here, there = rows(one, table), rows(other, table)
        if table is INCARNATIONS:
            there = there[: len(here)]
        assert here == there, table.name


def written_again(path: Path, heading: Heading, lines: Sequence[SomeRows]) -> None:
    """Write a backup of other rows, with the hash that is right for them."""
    with path.open("w+b") as file:
        writer = BackupWriter(file, heading)
        for some in lines:
            writer.add(some)
        writer.end()


def told(url: str, *words: str) -> str:
    """What a command says that ends well."""
    said = operate(url, *words)
    assert said.exit_code == 0, f"{said.output}{said.exception!r}"
    return said.output


def erase(url: str, key: int, kind: str = "person") -> None:
    """Erase somebody or something on the command line, which may find that names stand elsewhere, too."""
    grounds = "--reason", "Asked for it by letter", "--legal-basis", "GDPR Art. 17(1)(b)"
    said = operate(url, kind, "erase", str(key), "--yes", *grounds)
    assert f"{kind.capitalize()} {key} is erased" in said.output, said.output
