"""Whatever of the log and of the evidence is altered by direct SQL, it is known who notices: column by column."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from service.evidence.verifier.database import DatabaseSource
from tests.databases import Databases
from tests.service.evidence.attacks import ROW, TABLES, attack, attacked, attacks, who_notices
from tests.service.evidence.test_tampering import key_of, plain

AUDITOR, VERIFY, SIGNER = "auditor", "verify", "signer"
"""An auditor notices with the key alone; whoever has kept checkpoints notices no less."""

ALL, EITHER = {AUDITOR, VERIFY, SIGNER}, {AUDITOR, VERIFY}
NOBODY: set[str] = set()
"""It is no evidence: who may repeat a command, or is let in, and for what that is known, is not told to auditors. One
row tables are found by being the only row, so their ids tell nothing."""

ANSWERS: dict[str, dict[str, set[str]]] = {
    "access_records": dict.fromkeys([*TABLES["access_records"].c.keys(), ROW], EITHER),
    "checkpoints": {
        **{key: {VERIFY} for key in ["number", "incarnation", "size", "signed_at", ROW]},
        "note": {AUDITOR},
    },
    "erasures": {
        **{key: {VERIFY} for key in ["subject", "erasure_id", "found", "position"]},
        **dict.fromkeys(["announced_at", ROW], NOBODY),
    },
    "events": {
        **dict.fromkeys(["stream_id", "version", "topic", "state", ROW], EITHER),
        "position": ALL,
        "previous": {AUDITOR},
    },
    "incarnations": {
        **dict.fromkeys(["number", "instance", ROW], ALL),
        "began_at": {VERIFY},
        "last_note": {AUDITOR},
    },
    "keyed_receipts": dict.fromkeys([*TABLES["keyed_receipts"].c.keys(), ROW], NOBODY),
    "leaves": dict.fromkeys(["position", "hash", ROW], EITHER),
    "log_head": {
        "id": NOBODY,
        **{key: {SIGNER, VERIFY} for key in ["position", "recorded_at", ROW]},
        "numbers": {VERIFY},
    },
    "read_model_definition": {"id": NOBODY, "fingerprint": {SIGNER}, ROW: {SIGNER}},
    "receipt_head": dict.fromkeys([*TABLES["receipt_head"].c.keys(), ROW], NOBODY),
    "receipts": dict.fromkeys([*TABLES["receipts"].c.keys(), ROW], NOBODY),
    "stream_heads": {key: {VERIFY} for key in ["prefix", "below", ROW]},
    "stream_keys": {key: {VERIFY} for key in ["stream_id", "since", "wrapped", ROW]},
    "passwords": dict.fromkeys([*TABLES["passwords"].c.keys(), ROW], NOBODY),
    "token_digests": dict.fromkeys([*TABLES["token_digests"].c.keys(), ROW], NOBODY),
    "tree_head": {"id": NOBODY, "size": {SIGNER, VERIFY}, "frontier": {VERIFY}, ROW: {SIGNER, VERIFY}},
    "tree_nodes": {key: {SIGNER, VERIFY} for key in ["level", "number", "hash", ROW]},
}
"""Who notices at once, before anything else is recorded; what is signed next is made of the events in any case."""


def check_noticed(databases: Databases, table: str, column: str, folder: Path) -> None:
    with databases.fresh(attacked) as url:
        key, known = key_of(url), folder / "known"
        with closing(DatabaseSource(plain(url))) as source:
            known.write_text("\n".join(source.notes()), "utf-8")
        assert attack(url, TABLES[table], column), f"there is nothing in {table} to be altered"
        noticed = who_notices(url, key, known)
        assert noticed - {"auditor with checkpoints"} == ANSWERS[table][column], (table, column)
        assert ("auditor with checkpoints" in noticed) >= (AUDITOR in noticed)


def test_every_column_has_an_answer() -> None:
    assert {(table, column) for table in ANSWERS for column in ANSWERS[table]} == {*attacks()}


def test_before_anything_is_altered_nobody_notices_anything(databases: Databases, tmp_path: Path) -> None:
    with databases.fresh(attacked) as url:
        (tmp_path / "known").write_text("", "utf-8")
        assert who_notices(url, key_of(url), tmp_path / "known") == set()


@pytest.mark.slow
def test_it_is_known_who_notices_what_is_altered(databases: Databases, tmp_path: Path) -> None:
    """Of each table one column; all of them are altered by `make faults`."""
    every = [*attacks()]
    for table in TABLES:
        columns = [column for name, column in every if name == table]
        check_noticed(databases, table, columns[len(table) % len(columns)], tmp_path)
