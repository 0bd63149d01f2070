"""Every column of the log and of the evidence, altered by direct SQL, and who notices it."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Integer, Table, and_, create_engine, delete, select, text, update

from service.clock import wall_clock
from service.database.database import Database
from service.evidence.readability import check_readability
from service.evidence.tables import evidence_tables
from service.evidence.verifier import command as verifier
from service.ledger.ledger import Ledger
from service.log.tables import log_tables
from service.maintenance.evidence_check import differences_beside, evidence_differences
from service.obstacles import Obstacle
from service.privacy.erasure_state import erasure_tables
from service.settings import Settings
from service.wiring import make_ledger
from tests.generated import fill
from tests.service.evidence.test_tampering import plain
from tests.service.losing import OURS
from tests.service.serving import client_of, founded, ledger_of, serving

TABLES = {**log_tables.tables, **evidence_tables.tables, **erasure_tables.tables}
ROW = "a row"
"""Stands for a column where a whole row is taken away."""


def attacked(url: str) -> None:
    """A company with something in every table: receipts, access records, and a second incarnation of the log."""
    founded(url)
    with serving(url) as app:
        client, ledger = client_of(app), ledger_of(app)
        fill(ledger, 40, seed=3)
        ledger.notary.checkpoint()
        for number in range(3):
            told = {"name": f"Kari {number}"}
            assert (
                client.post("/api/v2/persons", json=told, headers={"Idempotency-Key": f"{number}"}).status_code == 200
            )
            assert client.get(f"{OURS}/audit/proofs/inclusion?position=1").status_code == 200
        password = {"password": "correct horse battery staple"}
        assert client.put(f"{OURS}/users/1/password", json=password).status_code == 200
        grounds = {"reason": "Asked for it by letter", "legal_basis": "GDPR Art. 17(1)(b)"}
        assert client.post(f"{OURS}/persons/1/erase", json=grounds).status_code == 200
        ledger.notary.checkpoint(is_of_every_look=True)
        ledger.notary.begin_incarnation()
        ledger.notary.checkpoint()


def attacks() -> Iterator[tuple[str, str]]:
    """Each table with each of its columns, and with a row that is taken away."""
    for name, table in sorted(TABLES.items()):
        for column in (*table.c.keys(), ROW):
            yield name, column


def attack(url: str, table: Table, column: str) -> bool:
    """Alter a column of the row in the middle of a table, or take the row away; False where the table is empty."""
    database = Database(url)
    try:
        with unguarded(database) as connection:
            rows = connection.execute(select(table).order_by(*table.primary_key)).mappings().all()
            if not rows:
                return False
            row = rows[len(rows) // 2]
            which = and_(*(key == row[key.name] for key in table.primary_key))
            if column == ROW:
                connection.execute(delete(table).where(which))
            else:
                connection.execute(update(table).where(which).values({column: _other(table.c[column], row[column])}))
            return True
    finally:
        database.close()


@contextlib.contextmanager
def unguarded(database: Database) -> Iterator[Connection]:
    """A transaction that nothing in the database refuses anything, as its owner can have one."""
    engine = create_engine(database.url)  # without what the service asks of a connection: foreign keys, for one
    with contextlib.ExitStack() as last, engine.connect() as connection:
        last.callback(engine.dispose)
        guards: Sequence[Any] = ()
        if database.is_sqlite:
            guards = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
            for name, _ in guards:
                connection.execute(text(f'DROP TRIGGER "{name}"'))
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        yield connection
        there = connection.execute(text("SELECT name FROM sqlite_master")).scalars().all() if guards else ()
        for name, made in guards:
            if name not in there:
                connection.exec_driver_sql(made)
        connection.commit()


def who_notices(url: str, key: str, known: Path) -> set[str]:
    """An auditor with the key alone or with kept checkpoints, the signer, and `leadledger verify` beside its replay."""
    database = Database(url)
    try:
        ledger = make_ledger(database, wall_clock, Settings(url))
        told = {"verify": _verify(ledger), "signer": _signer(ledger)}
    finally:
        database.close()
    given = [plain(url), "--key", key]
    with contextlib.redirect_stdout(io.StringIO()):
        told["auditor"] = verifier.main(given) != verifier.SOUND
        told["auditor with checkpoints"] = verifier.main([*given, "--known", str(known)]) != verifier.SOUND
    return {who for who, notices in told.items() if notices}


def _signer(ledger: Ledger) -> bool:
    try:
        ledger.notary.checkpoint()
        return bool(ledger.obstacles.look())
    except Obstacle:
        return True


def _verify(ledger: Ledger) -> bool:
    try:
        if any(True for _ in chain(evidence_differences(ledger, lambda _: None), differences_beside(ledger))):
            return True
        check_readability(ledger.database, ledger.event_log.stream_keys, lambda _: None)
        return False
    except Obstacle:
        return True


def _other(column: Column[Any], value: Any) -> Any:
    """Another value that could stand there."""
    if column.name == "numbers":
        return "{}"
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1000
    if isinstance(value, str):
        is_time = value[4:5] == "-" and value[10:11] == "T"
        return f"2025{value[4:]}" if is_time else f"{value[:-1]}g"
    if isinstance(value, bytes | memoryview):
        return bytes(value)[:-1] + bytes([bytes(value)[-1] ^ 1])
    return 7 if isinstance(column.type, Integer) else "7"
