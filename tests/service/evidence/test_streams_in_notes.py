"""Every checkpoint names the heads of all streams, as the events give them, whatever the log has been through."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select, text

from service.clock import wall_clock
from service.database.database import Database
from service.evidence import note_lines
from service.evidence.checkpoints import Checkpoint
from service.evidence.sealer import TreeAltered, Unsealable
from service.evidence.signed_notes import Signer, opened, sign
from service.evidence.stream_heads import make_again, stream_head
from service.evidence.verifier.database import DatabaseSource
from service.evidence.verifier.log import verify
from service.evidence.verifier.stream_heads import Head, proven_head
from service.evidence.verifier.verdicts import Altered
from service.ledger.ledger import Ledger
from service.log.moments import Then
from service.log.tables import EVENTS
from service.maintenance.copying import copy_as_of
from service.settings import Settings
from service.wiring import make_ledger
from tests.databases import Databases
from tests.generated import fill
from tests.service.evidence.test_stream_heads import root_of
from tests.service.evidence.test_tampering import plain
from tests.service.serving import founded


@pytest.fixture
def ledger(databases: Databases, tmp_path: Path) -> Iterator[Ledger]:
    with databases.fresh(founded) as url, closing(Database(url)) as database:
        yield make_ledger(database, wall_clock, Settings(url, signing_key=tmp_path / "key"))


def checkpoint_of(ledger: Ledger) -> Checkpoint:
    note = ledger.notary.checkpoint()
    assert note is not None
    return Checkpoint.parse(opened(note, [ledger.notary.verifier()]))


def heads_of(ledger: Ledger, size: int) -> list[Head]:
    told = EVENTS.c.stream_id, func.max(EVENTS.c.version), func.max(EVENTS.c.position)
    with ledger.database.reading() as connection:
        rows = connection.execute(select(*told).where(EVENTS.c.position <= size).group_by(EVENTS.c.stream_id)).all()
    return [Head(*row) for row in rows]


def check(ledger: Ledger) -> Checkpoint:
    checkpoint = checkpoint_of(ledger)
    assert checkpoint.streams == root_of(heads_of(ledger, checkpoint.size))
    return checkpoint


def test_every_checkpoint_names_the_heads_of_all_streams(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as older:
        older.setattr(note_lines, "LINES", {})
        assert checkpoint_of(ledger).streams is None
    for seed in range(3):
        fill(ledger, 20, seed)
        check(ledger)
    ledger.notary.begin_next_key()
    check(ledger)
    fill(ledger, 5, 3)
    check(ledger)
    ledger.notary.begin_incarnation()
    check(ledger)
    with closing(source_of(ledger)) as source:
        assert verify(source, [*map(str, ledger.notary.verifiers())], []).checkpoints == 7


def source_of(ledger: Ledger) -> DatabaseSource:
    url = ledger.database.url.render_as_string(hide_password=False)
    return DatabaseSource(plain(url.replace("sqlite+pysqlite://", "sqlite://")))


def test_a_checkpoint_that_names_other_heads_is_found_by_whoever_has_the_events(ledger: Ledger) -> None:
    checkpoint = checkpoint_of(ledger)
    signer = Signer("log.example/0123456789abcdef", Ed25519PrivateKey.generate())
    keys = [str(ledger.notary.verifier()), str(signer.verifier)]
    heads = heads_of(ledger, checkpoint.size)
    with closing(source_of(ledger)) as source:
        for told in (heads, heads[1:], [heads[0]._replace(version=9), *heads[1:]]):
            lines = {"streams": b64encode(root_of(told)).decode()}
            note = sign(str(replace(checkpoint, origin=f"{signer.name}/1", lines=lines)), [signer])
            if told is heads:
                verify(source, keys, [note])
            else:
                with pytest.raises(Altered, match="names other heads of streams"):
                    verify(source, keys, [note])


def test_an_altered_tree_of_heads_signs_nothing_until_it_is_made_again_from_the_events(ledger: Ledger) -> None:
    before = checkpoint_of(ledger)
    assert before.streams is not None
    with ledger.database.writing() as connection:
        connection.execute(text("UPDATE stream_heads SET below = substr(below, 1, 33) WHERE prefix = ''"))
    fill(ledger, 5)
    with pytest.raises(TreeAltered, match="heads of streams"):
        ledger.notary.checkpoint()
    with ledger.database.writing() as connection, pytest.raises(Unsealable, match="not those of which"):
        make_again(connection, before.size - 1, before.streams)
    with ledger.database.writing() as connection:
        make_again(connection, before.size, before.streams)
    check(ledger)


def test_a_copy_as_of_then_proves_the_heads_of_its_last_checkpoint(ledger: Ledger, tmp_path: Path) -> None:
    checkpoint = check(ledger)
    assert checkpoint.streams is not None
    fill(ledger, 20)
    check(ledger)
    copy_as_of(ledger, Then(checkpoint.size + 3, ledger.clock()), tmp_path / "copy.db", lambda _: None)
    with closing(Database(f"sqlite:///{tmp_path}/copy.db", is_read_only=True)) as copy, copy.reading() as connection:
        for head in heads_of(ledger, checkpoint.size):
            end, beside = stream_head(connection, head.stream, checkpoint.streams)
            assert proven_head(head.stream, end, beside, checkpoint.streams) == head
