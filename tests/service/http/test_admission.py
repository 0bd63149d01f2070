"""Whom a token lets in is remembered for commands, and looked at again under the log's lock before anything is done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.commands import tokens, users
from service.ledger.ledger import Ledger, Origin, Transaction
from service.log.admission import Admission, NotAdmitted, remembered
from service.log.history import position_at
from service.tokens import digest_of, new_token
from tests.databases import Databases, PostgresDatabases
from tests.service.cutting import proxied
from tests.service.serving import client_of, founded, ledger_of, serving
from tests.service.waiting import wait_for

OPERATOR = Origin(None, "operator", "test")


@dataclass
class Hire:
    """Somebody who works here, and the token that lets him in."""

    user_id: int
    token_id: str
    client: FlaskClient

    def revoke(self, tx: Transaction) -> None:
        """Revoke the token."""
        tokens.revoke(tx, self.token_id)

    def rotate(self, tx: Transaction) -> None:
        """Put another token in its place, at once."""
        tokens.rotate(tx, self.token_id, digest_of(new_token()), overlap=timedelta(0))

    def leave(self, tx: Transaction) -> None:
        """Work here no more."""
        users.deactivate(tx, self.user_id)


Change = Callable[[Hire, Transaction], None]
CHANGES = [Hire.revoke, Hire.rotate, Hire.leave]


@pytest.fixture
def services(databases: Databases) -> Iterator[tuple[Flask, Flask]]:
    """Two services on one database, as two processes are: they share nothing else."""
    with databases.fresh(founded) as url, serving(url) as one, serving(url) as other:
        yield one, other


def hired(app: Flask) -> Hire:
    """Somebody whom the service remembers, since he has given it commands."""
    ledger, token = ledger_of(app), new_token()
    told = {"name": "Ola", "email": f"{token}@example.no", "is_admin": False, "default_currency": "NOK"}
    told |= {"locale": "nb_NO", "timezone_name": "Europe/Oslo"}
    user_id = ledger.execute(OPERATOR, lambda tx: users.add(tx, told))["user_id"]
    token_id = ledger.execute(OPERATOR, lambda tx: tokens.issue(tx, user_id, digest_of(token), name="tests"))
    client = client_of(app, token)
    for _ in range(2):
        assert add(client).status_code == 200
    return Hire(user_id, token_id, client)


def add(client: FlaskClient, **asked: object) -> TestResponse:
    return client.post("/api/v2/persons", json={"name": "Kari", **asked})


def end(ledger: Ledger) -> int:
    with ledger.reading() as reading:
        return position_at(reading.connection)


@pytest.mark.parametrize("change", CHANGES)
def test_whoever_is_let_in_no_more_by_another_process_is_refused_whatever_he_asks(
    services: tuple[Flask, Flask], change: Change
) -> None:
    one, other = services
    hire = hired(one)
    ledger_of(other).execute(OPERATOR, lambda tx: change(hire, tx))
    before = end(ledger_of(one))
    answers = [add(hire.client), add(hire.client, nonsense=True), hire.client.delete("/api/v2/persons/99")]
    assert [answer.status_code for answer in answers] == [401] * 3
    assert end(ledger_of(one)) == before


@pytest.mark.parametrize("change", CHANGES)
def test_whoever_is_let_in_no_more_while_he_waits_for_his_turn_is_refused(
    services: tuple[Flask, Flask], change: Change
) -> None:
    app, _ = services
    hire, ledger, answers = hired(app), ledger_of(app), list[TestResponse]()
    waiting = threading.Thread(target=lambda: answers.append(add(hire.client)))
    with ledger.event_log.writing() as writing:
        waiting.start()
        wait_for(ledger, 1)
        ledger.carry_out(writing, OPERATOR, lambda tx: change(hire, tx))
        changed = writing.head.position
    waiting.join()
    assert [answer.status_code for answer in answers] == [401]
    assert end(ledger) == changed


def test_what_changes_for_others_changes_nothing_for_whoever_is_remembered(services: tuple[Flask, Flask]) -> None:
    one, other = services
    hire, leaver = hired(one), hired(other)
    ledger_of(other).execute(OPERATOR, leaver.leave)
    assert add(hire.client).status_code == 200
    assert add(hire.client, nonsense=True).status_code == 400


def test_a_command_of_somebody_who_is_remembered_asks_nothing_before_it_has_the_lock(
    postgres_databases: PostgresDatabases,
) -> None:
    with postgres_databases.fresh(founded) as url, proxied(url) as (proxy, through), serving(through) as app:
        client, asked = hired(app).client, list[int]()
        for _ in range(4):
            before = proxy.round_trips
            assert add(client).status_code == 200
            asked.append(proxy.round_trips - before)
        assert min(asked) == 4  # to begin, to lock the head, to write, and to commit


def test_a_request_that_gives_two_commands_is_let_in_once(services: tuple[Flask, Flask]) -> None:
    app, _ = services
    ledger, hire = ledger_of(app), hired(app)
    admission = admission_of(ledger, hire)
    origin = Origin(hire.user_id, "a form", "test", admission=admission)
    ledger.execute(origin, hire.leave)
    ledger.execute(origin, lambda tx: None)
    assert admission.is_confirmed


class GivenUp(Exception):
    """What a transaction is rolled back for."""


def test_who_was_let_in_by_a_transaction_that_was_rolled_back_is_looked_at_again(services: tuple[Flask, Flask]) -> None:
    app, other = services
    ledger, hire = ledger_of(app), hired(app)
    admission = admission_of(ledger, hire)
    with suppress(GivenUp), ledger.event_log.writing() as writing:
        admission.confirm(ledger.event_log.kept, writing)
        raise GivenUp
    ledger_of(other).execute(OPERATOR, hire.revoke)
    with pytest.raises(NotAdmitted):
        ledger.execute(Origin(hire.user_id, "a command", "test", admission=admission), lambda tx: None)


def admission_of(ledger: Ledger, hire: Hire) -> Admission:
    """What the service remembers of somebody's token."""
    found = remembered(ledger.event_log.kept, digest_of(hire.client.environ_base["HTTP_X_API_TOKEN"]))
    assert found is not None
    return found
