"""Attacks by direct SQL that alter no single column: rows exchanged, taken away at an end, or swallowed, and by whom
that is noticed."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Connection, delete, func, insert, select, text, update

from service.database.database import Database
from service.evidence.tables import ACCESS_RECORDS, CHECKPOINTS, INCARNATIONS
from service.log.tables import LOG_HEAD
from service.privacy.erasure_state import ERASURES
from tests.databases import Databases
from tests.service.evidence.attacks import attacked, unguarded
from tests.service.losing import OURS, operate
from tests.service.serving import client_of, founded, serving

GROUNDS = {"reason": "Asked for it by letter", "legal_basis": "GDPR Art. 17(1)(b)"}


def the_last_incarnation_follows_an_earlier_checkpoint(connection: Connection) -> None:
    earlier = connection.execute(select(CHECKPOINTS.c.note).where(CHECKPOINTS.c.number == 1)).scalar()
    connection.execute(update(INCARNATIONS).where(INCARNATIONS.c.number == 2).values(last_note=earlier))


def the_first_incarnation_follows_itself(connection: Connection) -> None:
    its = connection.execute(select(CHECKPOINTS.c.note).where(CHECKPOINTS.c.number == 1)).scalar()
    connection.execute(update(INCARNATIONS).where(INCARNATIONS.c.number == 1).values(last_note=its))


def the_last_checkpoint_is_gone(connection: Connection) -> None:
    last = connection.execute(select(func.max(CHECKPOINTS.c.number))).scalar_one()
    connection.execute(delete(CHECKPOINTS).where(CHECKPOINTS.c.number == last))


def the_last_looks_are_gone(connection: Connection) -> None:
    connection.execute(delete(ACCESS_RECORDS).where(ACCESS_RECORDS.c.number > 1))


def swallow(connection: Connection, table: str, *, by: str) -> None:
    """Let a trigger or a rule drop what is written to a table."""
    made = {
        "sqlite": f"CREATE TRIGGER {by} BEFORE INSERT ON {table} BEGIN SELECT RAISE(IGNORE); END",
        "postgresql": f"CREATE RULE {by} AS ON INSERT TO {table} DO INSTEAD NOTHING",
    }
    connection.execute(text(made[connection.dialect.name]))


def further_looks_are_swallowed(connection: Connection) -> None:
    swallow(connection, "access_records", by="quiet")


def a_guard_does_nothing(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("ALTER TABLE events DISABLE TRIGGER events_refuse"))
    else:
        never = (
            "BEFORE update ON events WHEN false BEGIN SELECT RAISE(ABORT, 'events are never changed or removed'); END"
        )
        connection.execute(text(f"CREATE TRIGGER events_refuse_update {never}"))


def further_leaves_are_swallowed_of_a_table_in_capitals(connection: Connection) -> None:
    swallow(connection, "LEAVES", by="Silent")


def a_guard_is_of_one_column_only(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("DROP TRIGGER leaves_refuse ON leaves"))
        made = (
            "CREATE TRIGGER leaves_refuse BEFORE UPDATE OF position OR DELETE OR TRUNCATE ON leaves "
            "FOR EACH STATEMENT EXECUTE FUNCTION leaves_refuse()"
        )
    else:
        does = "BEGIN SELECT RAISE(ABORT, 'leaves are never changed or removed'); END"
        made = f"CREATE TRIGGER leaves_refuse_update BEFORE update OF position ON leaves {does}"
    connection.execute(text(made))


def an_erasure_found_nobody_named(connection: Connection) -> None:
    found = connection.execute(select(ERASURES.c.found)).scalar_one()
    connection.execute(update(ERASURES).values(found=json.dumps({**json.loads(found), "mentioned": 7})))


def the_head_tells_of_erasures_that_never_were(connection: Connection) -> None:
    numbers = json.loads(connection.execute(select(LOG_HEAD.c.numbers)).scalar_one())
    connection.execute(update(LOG_HEAD).values(numbers=json.dumps({**numbers, "erasure": 10**6})))


ATTACKS: dict[Callable[[Connection], None], str] = {
    the_last_incarnation_follows_an_earlier_checkpoint: "incarnation 2 of the log is said to follow another checkpoint",
    the_first_incarnation_follows_itself: "incarnation 1 of the log is said to follow a checkpoint of none before it",
    the_last_checkpoint_is_gone: "the checkpoint that was signed last is not among those that are kept",
    the_last_looks_are_gone: "access records up to 3 are not there",
    further_looks_are_swallowed: "table access_records has quiet, which is none of ours",
    a_guard_does_nothing: "the trigger events_refuse",
    further_leaves_are_swallowed_of_a_table_in_capitals: "table leaves has silent, which is none of ours",
    a_guard_is_of_one_column_only: "the trigger leaves_refuse",
    the_head_tells_of_erasures_that_never_were: "the log's head says that erasure 1000000 was given out",
    an_erasure_found_nobody_named: "what came of the erasure of person 1 is not what the log tells of it",
}
"""What is done, and how `leadledger verify` names it."""


@pytest.mark.slow
def test_what_is_done_to_whole_rows_and_to_guards_is_noticed(databases: Databases) -> None:
    with databases.fresh(attacked) as url:
        with closing(Database(url)) as database, unguarded(database) as connection:
            for act in ATTACKS:
                act(connection)
        told = operate(url, "verify")
        for named in ATTACKS.values():
            assert sum(named.lower() in line.lower() for line in told.output.splitlines()) == 1, told.output


@pytest.mark.slow
def test_where_only_a_trigger_is_none_of_ours_all_else_is_looked_at_and_no_tree_is_said_to_be_altered(
    databases: Databases,
) -> None:
    with databases.fresh(attacked) as url:
        with closing(Database(url)) as database, unguarded(database) as connection:
            further_looks_are_swallowed(connection)
        told = operate(url, "verify")
    assert (told.exit_code, "reseal" in told.output) == (1, False), told.output
    assert "Table access_records has quiet, which is none of ours." in told.stdout
    assert "rows equal a replay of all" in told.stdout
    assert "what was named first is to be put right" in told.stderr


@pytest.mark.parametrize("numbers", ["{", "[]", '{"deal": null}', '{"person": "x"}'])
def test_numbers_that_are_none_are_told(databases: Databases, numbers: str) -> None:
    with databases.fresh(founded) as url:
        with closing(Database(url)) as database, unguarded(database) as connection:
            connection.execute(update(LOG_HEAD).values(numbers=numbers))
        told = operate(url, "verify")
        assert (told.exit_code, told.exception is None or isinstance(told.exception, SystemExit)) == (1, True)
        assert "The log's head does not say which numbers were given out." in told.output


FORGED: list[dict[str, Any]] = [
    {"erasure_id": 1, "position": None},
    {"erasure_id": 1, "position": 5},
    {"erasure_id": 77, "position": None},
    {"erasure_id": None, "position": 5},
    {"erasure_id": 1, "found": "{"},
]
"""Rows that say that an erasure has begun, or is confirmed: by another one's number, or by none that there is."""


def test_nobody_is_taken_for_erased_whom_the_log_does_not_tell_to_be(databases: Databases) -> None:
    """What is kept of an erasure is where the name still stands; that it happened is a matter of the log."""
    counts = {"keys": 1, "events": 2, "rows": 2, "mentioned": 0, "mentions": [], "readable": 0}
    with databases.fresh(founded) as url, serving(url) as app:
        client = client_of(app)
        ola, *others = (client.post("/api/v2/persons", json={"name": f"Ola {n}"}).json["data"]["id"] for n in range(6))
        assert client.post(f"{OURS}/persons/{ola}/erase", json=GROUNDS).status_code == 200
        usual = {"announced_at": "2026-11-26T18:00:00.000000Z", "found": json.dumps(counts)}
        with closing(Database(url)) as database, unguarded(database) as connection:
            for person, forged in zip(others, FORGED, strict=True):
                connection.execute(insert(ERASURES).values(subject=f"person {person}", **{**usual, **forged}))
        for person in others:
            told = client.get(f"{OURS}/persons/{person}/erasure").json
            assert (told["is_done"], told["keys"], told["position"]) == (False, None, None)
            done = client.post(f"{OURS}/persons/{person}/erase", json=GROUNDS).json
            assert client.get(f"/api/v2/persons/{person}").json["data"]["name"] == "[erased]"
            (confirmed,) = client.get(f"{OURS}/events?types=ErasureConfirmed&person_id={person}").json["items"]
            assert (done["is_done"], done["position"]) == (True, confirmed["position"])
