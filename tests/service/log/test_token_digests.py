"""Whom tokens let in, for what and how long: by digests that no event tells, and that every rebuild leaves alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from aggregates.identity import stream_id
from projections.tokens import TOKENS, tokens
from projections.users import Caller
from service.background.token_uses import write_token_uses
from service.clock import wall_clock
from service.commands import tokens as commands
from service.commands import users
from service.database.database import Database
from service.ledger.ledger import Ledger, Origin
from service.ledger.transaction import Transaction
from service.log.tables import EVENTS, READ_MODEL_DEFINITION, TOKEN_DIGESTS, log_tables
from service.log.token_digests import holder, last_uses
from service.maintenance.startup import prepare
from service.settings import Settings
from service.tokens import PREFIX, digest_of, is_mistyped, new_token
from service.wiring import make_ledger
from tests.databases import Databases
from tests.generated import Clock
from tests.projections.recorded import rebuilt, versions
from tests.service.serving import TOKEN, founded, issued

HERE = Origin(None, "request", "test")
HOME: dict[str, Any] = {"default_currency": "NOK", "locale": "nb_NO", "timezone_name": "Europe/Oslo"}
OLA = {"name": "Ola", "email": "ola@firma.no", "is_admin": False, **HOME}
THERE_BEFORE = {"events", "log_head", "read_model_definition", "stream_keys", "receipts", "receipt_head"}
ERASURES_THEN = (
    "CREATE TABLE erasures (person_id BIGINT PRIMARY KEY, announced_at TEXT NOT NULL, found TEXT, position BIGINT)"
)
NOON = datetime(2026, 11, 26, 12, 34, 56, tzinfo=UTC)


@pytest.fixture
def ledger(databases: Databases) -> Iterator[Ledger]:
    with databases.fresh(founded) as url:
        ledger = make_ledger(Database(url), wall_clock)
        yield ledger
        ledger.database.close()


def let_in(ledger: Ledger, token: str) -> Caller | None:
    with ledger.reading() as reading:
        found = holder(reading, digest_of(token))
        return found and found.caller


def id_of(ledger: Ledger, token: str) -> str:
    found = let_in(ledger, token)
    assert found is not None
    assert found.token_id is not None
    return found.token_id


def states(ledger: Ledger) -> list[bytes]:
    with ledger.database.reading() as connection:
        return [bytes(state) for (state,) in connection.execute(select(EVENTS.c.state).order_by(EVENTS.c.position))]


def test_a_token_lets_its_user_in_until_one_of_them_is_turned_away_and_a_rebuild_changes_nothing(
    ledger: Ledger,
) -> None:
    user_id = ledger.execute(HERE, lambda tx: users.add(tx, OLA))["user_id"]
    first, second = issued(ledger, user_id), issued(ledger, user_id, scopes=["read"], name="reports")
    found = [let_in(ledger, token) for token in (first, second)]
    assert [(user.user_id, sorted(user.scopes)) for user in found if user] == [
        (2, ["audit", "read", "write"]),
        (2, ["read"]),
    ]
    ledger.execute(HERE, lambda tx: commands.revoke(tx, id_of(ledger, first)))
    live = versions(ledger, TOKENS)
    rebuilt(ledger)
    assert versions(ledger, TOKENS) == live
    assert [let_in(ledger, token) for token in (first, second)] == [None, found[1]]
    ledger.execute(HERE, lambda tx: users.deactivate(tx, user_id))
    assert let_in(ledger, second) is None


def test_a_token_is_issued_wholly_or_not_at_all(ledger: Ledger) -> None:
    made, before = new_token(), states(ledger)

    def breaks_off(tx: Transaction) -> None:
        commands.issue(tx, 1, digest_of(made), name="half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ledger.execute(HERE, breaks_off)
    assert states(ledger) == before
    with ledger.database.reading() as connection:
        kept = connection.execute(select(TOKEN_DIGESTS.c.digest)).scalars().all()
    assert kept == [digest_of(TOKEN)]


def test_no_event_tells_a_token_or_anything_by_which_a_guess_at_it_could_be_checked(ledger: Ledger) -> None:
    made = issued(ledger, 1)
    told = b"".join(states(ledger))
    for token in (made, TOKEN):
        for form in (token, digest_of(token), sha256(token.encode()).hexdigest()):
            assert form.encode() not in told


def test_a_name_of_a_token_goes_with_the_key_of_its_users_stream(ledger: Ledger) -> None:
    made = issued(ledger, 1, name="Karis laptop")
    assert b"Karis" not in b"".join(states(ledger))
    ledger.execute(HERE, lambda tx: tx.destroy_keys([stream_id("user", 1)]))
    ledger.event_log.stream_keys.forget()
    rebuilt(ledger)
    with ledger.reading() as reading:
        assert {row["name"] for row in tokens(reading)} == {"[erased]"}
    assert let_in(ledger, made) is not None


def test_older_events_tell_a_digest_which_goes_on_letting_in_when_the_database_is_brought_up_to_date(
    databases: Databases,
) -> None:
    with databases.fresh(founded) as url:
        of_ola = _make_older(url)
        prepare(Settings(url), wall_clock)
        ledger = make_ledger(Database(url), wall_clock)
        told = b"".join(states(ledger))
        assert all(digest_of(token).encode() in told for token in (TOKEN, of_ola)), "what is stored is never changed"
        first, ola = let_in(ledger, TOKEN), let_in(ledger, of_ola)
        assert first is not None
        assert ola is not None
        assert first.scopes == {"read", "write", "administrate", "audit", "metrics"}
        assert ola.scopes == {"read", "write", "audit"}
        rebuilt(ledger)
        assert [let_in(ledger, TOKEN), let_in(ledger, of_ola)] == [first, ola]
        with ledger.reading() as reading:
            assert [row["scopes"] for row in tokens(reading, 2)] == [["read", "write", "audit"]]
        events = [ledger.mapper.to_domain_event(each) for each in ledger.event_log.select_notifications(1, 100)]
        assert digest_of(TOKEN) not in repr([vars(event) for event in events])
        ledger.execute(HERE, lambda tx: commands.revoke(tx, first.token_id or ""))
        rights = commands.Rights(ola.scopes, ola.user_id)
        rotated = partial(
            commands.rotate, token_id=ola.token_id or "", digest="new", overlap=timedelta(), rights=rights
        )
        ledger.execute(HERE, rotated)
        assert let_in(ledger, TOKEN) is None
        ledger.database.close()


def _make_older(url: str) -> str:
    """Make of a database what the version before left: digests in events, and no table of them.

    Answers the token of a second user.
    """
    ledger = make_ledger(Database(url), wall_clock)
    token = issued(ledger, ledger.execute(HERE, lambda tx: users.add(tx, OLA))["user_id"])
    with ledger.database.writing() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        connection.exec_driver_sql(f"DROP TRIGGER events_refuse{'_update' if is_sqlite else ' ON events'}")
        digests = {row.token_id: row.digest for row in connection.execute(select(TOKEN_DIGESTS))}
        for row in connection.execute(select(EVENTS).where(EVENTS.c.topic == "TokenIssued")).mappings().all():
            state = json.loads(bytes(row["state"]))
            facts = {name: state["data"][name] for name in ("token_id", "name", "user_id")}
            older = {**state, "data": {**facts, "digest": digests[facts["token_id"]]}}
            del older["version"]
            stored = json.dumps(older, ensure_ascii=False, separators=(",", ":")).encode()
            connection.execute(update(EVENTS).where(EVENTS.c.position == row["position"]).values(state=stored))
        connection.execute(delete(READ_MODEL_DEFINITION))
        for table in {*log_tables.tables, "stream_heads", "erasures"} - THERE_BEFORE:
            connection.exec_driver_sql(f"DROP TABLE {table}")
        connection.exec_driver_sql(ERASURES_THEN)
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0005'")
    ledger.database.close()
    return token


def uses(ledger: Ledger) -> dict[str, str | None]:
    with ledger.reading() as reading:
        listed = tokens(reading)
        used = last_uses(reading.connection, [row["token_id"] for row in listed])
        return {row["name"]: used[row["token_id"]] for row in listed}


def test_the_last_use_of_a_token_is_kept_by_the_hour_and_written_once_in_each(ledger: Ledger) -> None:
    ledger.clock = Clock(NOON, step=timedelta())
    used, _ = issued(ledger, 1, name="used"), issued(ledger, 1, name="unused")
    token_id = id_of(ledger, used)
    assert write_token_uses(ledger) == 0
    for _ in range(3):
        ledger.token_uses.note(token_id)
    assert [write_token_uses(ledger), write_token_uses(ledger)] == [1, 0]
    ledger.token_uses.note(token_id)
    assert write_token_uses(ledger) == 0, "it is known to be used in this hour"
    assert uses(ledger) == {"used": "2026-11-26T12:00:00.000000Z", "unused": None, "first": None}

    ledger.clock.now += timedelta(hours=1)
    ledger.token_uses.note(token_id)
    assert write_token_uses(ledger) == 1
    assert uses(ledger)["used"] == "2026-11-26T13:00:00.000000Z"

    late = make_ledger(ledger.database, lambda: NOON)
    late.token_uses.note(token_id)
    write_token_uses(late)
    assert uses(ledger)["used"] == "2026-11-26T13:00:00.000000Z", "a process that is behind takes nothing back"
    end = len(states(ledger))
    write_token_uses(ledger)
    assert len(states(ledger)) == end, "it is no event"


def test_a_token_says_whose_it_is_and_whether_it_is_whole() -> None:
    made = new_token()
    assert made.startswith(PREFIX)
    assert made != new_token()
    assert not is_mistyped(made)
    assert not is_mistyped("chosen by somebody")
    for other in (made[:-1], f"{made}0", made.upper().replace(PREFIX.upper(), PREFIX), f"{made[:-1]}x"):
        assert is_mistyped(other)
    digit = "0" if made[20] != "0" else "1"
    assert is_mistyped(f"{made[:20]}{digit}{made[21:]}")
