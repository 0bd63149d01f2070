"""Where leaves, nodes, head and incarnations were altered, nothing false is signed or proven, and it can be mended."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import Connection, text

from service.database.database import Database
from service.evidence.checkpoints import Checkpoint
from service.evidence.merkle import is_included
from service.evidence.verifier import command as verifier
from service.log.tables import EVENTS
from tests.databases import Databases
from tests.generated import fill
from tests.service.evidence.test_checkpoints import leaves_of
from tests.service.evidence.test_merkle import root
from tests.service.evidence.test_tampering import alter, plain
from tests.service.losing import OURS, add, beside, check_refused, check_writable, operate
from tests.service.serving import client_of, founded, ledger_of, serving

ALTERATIONS = {
    "the head's frontier is zeroed": "UPDATE tree_head SET frontier = :zeros",
    "the head counts less": "UPDATE tree_head SET size = 64, frontier = :one",
    "the head counts more": "UPDATE tree_head SET size = 4096, frontier = :one",
    "nodes are zeroed": "UPDATE tree_nodes SET hash = :one",
    "a node is gone": "DELETE FROM tree_nodes WHERE level = 4 AND number = 0",
    "nodes stand elsewhere": "UPDATE tree_nodes SET number = number + 1000",
    "a leaf is zeroed": "UPDATE leaves SET hash = :one WHERE position = 3",
    "a leaf is gone": "DELETE FROM leaves WHERE position = 3",
    "the last leaf is gone": "DELETE FROM leaves WHERE position = (SELECT MAX(position) FROM leaves)",
}


def signed(url: str) -> None:
    """Found a company, and sign its log."""
    founded(url)
    with serving(url) as app:
        fill(ledger_of(app), 300, seed=7)
        assert ledger_of(app).notary.checkpoint() is not None


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    with databases.fresh(signed) as url:
        yield url


def run(url: str, statement: str) -> None:
    """Alter the database as somebody can who may write to it."""

    def change(connection: Connection) -> None:
        frontier = bytes(connection.execute(text("SELECT frontier FROM tree_head")).scalar_one())
        given = {"zeros": bytes(len(frontier)), "one": bytes(32)}
        connection.execute(text(statement), {name: given[name] for name in given if f":{name}" in statement})

    alter(url, change)


def check_signs_the_right_root(url: str) -> None:
    with serving(url) as app:
        ledger = ledger_of(app)
        note = ledger.notary.checkpoint()
        assert note is not None
        assert Checkpoint.of(note).root == root(leaves_of(ledger)[: Checkpoint.of(note).size])


@pytest.mark.slow
@pytest.mark.parametrize("what", ALTERATIONS)
def test_no_wrong_root_is_signed_and_no_wrong_proof_given_and_the_tree_can_be_made_again(url: str, what: str) -> None:
    with serving(url) as app:
        assert add(app, "Kari") == 200
        leaves = leaves_of(ledger_of(app))
    run(url, ALTERATIONS[what])
    for position in (3, 70, len(leaves)):
        said = operate(url, "audit", "prove", str(position))
        if said.exit_code == 0:
            head, _, note = said.stdout.partition("\n\n")
            path, signed = [b64decode(node) for node in head.splitlines()[2:]], Checkpoint.of(note)
            assert signed.root == root(leaves[: signed.size])
            assert is_included(leaves[position - 1], position - 1, signed.size, path, signed.root)
        else:
            check_advice(said)
    check_mended(url)


@pytest.mark.parametrize("what", ["nodes are zeroed", "the head counts more"])
def test_no_new_incarnation_is_advised_or_begun_where_the_tree_only_was_altered(url: str, what: str) -> None:
    run(url, ALTERATIONS[what])
    for words in (("checkpoint",), ("export", "--out", f"{beside(url, 'bundle')}")):
        check_advice(operate(url, "audit", *words))
    if what == "nodes are zeroed":
        check_advice(operate(url, "audit", "incarnation"))


def check_advice(refused: Result) -> None:
    assert (refused.exit_code, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)
    assert "leadledger audit reseal" in refused.stderr
    assert "incarnation" not in refused.stderr


def check_mended(url: str) -> None:
    mended = operate(url, "audit", "reseal")
    assert (mended.exit_code, mended.stdout.splitlines()[-1]) == (0, "The tree is made again from the events."), mended
    assert operate(url, "audit", "reseal").stdout == "The tree is that over the events already.\n"
    with serving(url) as app:
        check_writable(app, "Ola")
    check_signs_the_right_root(url)


def test_what_refuses_changes_of_leaves_does_so_again_once_they_were_made_again(url: str) -> None:
    with closing(Database(url)) as database:
        with database.writing() as connection:
            connection.execute(text("DELETE FROM tree_nodes"))
        assert operate(url, "audit", "reseal").exit_code == 0
        for guarded in ("DELETE FROM leaves", "UPDATE leaves SET position = position"):
            with pytest.raises(Exception, match="never changed or removed"), database.writing() as connection:
                connection.execute(text(guarded))


def test_a_wrong_proof_is_refused_with_the_reason(url: str) -> None:
    with serving(url) as app:
        asked = [f"{OURS}/audit/proofs/{each}" for each in ("inclusion?position=3", "consistency?from=20")]
        right = [client_of(app).get(each).json for each in asked]
        run(url, ALTERATIONS["nodes are zeroed"])
        for each in [*asked, f"{asked[0]}&format=text"]:
            answer = client_of(app).get(each)
            assert (answer.status_code, "Retry-After" in answer.headers) == (503, False)
            assert "leadledger audit reseal" in answer.text
        check_refused(app, "leadledger audit reseal")
    assert operate(url, "audit", "reseal").exit_code == 0
    with serving(url) as app:
        assert [client_of(app).get(each).json for each in asked] == right


def test_an_altered_event_is_not_proven(url: str) -> None:
    run(url, "UPDATE events SET state = (SELECT state FROM events WHERE position = 2) WHERE position = 3")
    said = operate(url, "audit", "prove", "3")
    assert (said.exit_code, said.stdout) == (1, "")
    assert said.stderr == "Error: the event at position 3 is not the one that was sealed\n"


def test_the_tree_is_not_made_again_from_events_that_are_not_those_that_were_signed(url: str) -> None:
    run(url, "UPDATE events SET state = (SELECT state FROM events WHERE position = 2) WHERE position = 3")
    run(url, ALTERATIONS["nodes are zeroed"])
    with closing(Database(url)) as database, database.reading() as connection:
        before = connection.execute(text("SELECT * FROM tree_nodes ORDER BY level, number")).all()
    refused = operate(url, "audit", "reseal")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "was signed before, and this log has others" in refused.stderr
    with closing(Database(url)) as database, database.reading() as connection:
        assert connection.execute(text("SELECT * FROM tree_nodes ORDER BY level, number")).all() == before


def test_an_incarnation_that_began_in_the_database_only_is_not_signed(url: str) -> None:
    begin = "INSERT INTO incarnations SELECT 2, began_at, instance, NULL FROM incarnations"
    alter(url, lambda connection: connection.execute(text(begin)))
    with serving(url) as app:
        check_refused(app, "nobody has begun incarnation 2")
        assert client_of(app).get(f"{OURS}/audit/checkpoint").status_code == 503


@pytest.mark.slow
def test_an_event_that_is_altered_between_being_sealed_and_being_signed_is_not_signed(
    url: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with serving(url) as app:
        assert add(app, "Kari") == 200
        ledger = ledger_of(app)
        key = str(ledger.notary.verifier())
    assert operate(url, "audit", "seal").exit_code == 0
    with closing(Database(url)) as database, database.reading() as connection:
        last = connection.execute(EVENTS.select().order_by(EVENTS.c.position.desc()).limit(1)).one()
    run(
        url, f"UPDATE events SET state = (SELECT state FROM events WHERE position = 2) WHERE position = {last.position}"
    )
    refused = operate(url, "audit", "checkpoint")
    assert (refused.exit_code, f"the leaf of event {last.position} is another" in refused.stderr) == (1, True)
    assert verifier.main([plain(url), "--key", key]) == verifier.ALTERED
    assert f"First bad position: {last.position}." in capsys.readouterr().out
