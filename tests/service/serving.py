"""Makes the application on a founded database, and clients of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from service.app import create_app
from service.clock import Clock, wall_clock
from service.commands import tokens, users
from service.ledger.ledger import Ledger, Origin
from service.maintenance.startup import prepare
from service.operating import Operation
from service.settings import Settings
from service.tokens import digest_of, new_token
from tests.service.described import watch
from tests.service.waiting import Patient

TOKEN = "the-first-administrator-s-token"


def founded(url: str) -> None:
    """Bring an empty database to where every company starts; for `Databases.fresh`."""
    prepare(Settings(database_url=url, api_token=TOKEN), wall_clock)


@contextmanager
def serving(url: str, clock: Clock = wall_clock, operation: Operation | None = None) -> Iterator[Flask]:
    """The application on a founded database, in which requests may wait; its connections are given back in the end.

    It is operated as it is where nothing is set, unless it is said how. Whatever it was asked meanwhile, it must have
    answered as described.
    """
    app = create_app(Settings(database_url=url, operation=operation or Operation()), clock)
    surprises = watch(app)
    vars(app)["wsgi_app"] = Patient(app.wsgi_app)
    try:
        yield app
    finally:
        ledger_of(app).database.close()
    assert not surprises, "what is not described:\n" + "\n".join(surprises[:20])


def client_of(app: Flask, token: str = TOKEN) -> FlaskClient:
    """A client whose every request bears the token."""
    client = app.test_client()
    client.environ_base["HTTP_X_API_TOKEN"] = token
    return client


def issued(ledger: Ledger, user_id: int, **options: Any) -> str:
    """A new token of a user's, as the operator at the console would issue it."""
    made, told = new_token(), {"name": "tests", **options}
    ledger.execute(Origin(None, "issue", "test"), lambda tx: tokens.issue(tx, user_id, digest_of(made), **told))
    return made


def ledger_of(app: Flask) -> Ledger:
    """The application's way to the log."""
    ledger: Ledger = app.extensions["ledger"]
    return ledger


def user_who_left(ledger: Ledger, **facts: Any) -> int:
    """A user who was let in by the operator at the console, has a token, and works here no more."""
    told: dict[str, Any] = {"name": "Ola", "email": "ola@example.no", "is_admin": False, "default_currency": "NOK"}
    told |= {"locale": "nb_NO", "timezone_name": "Europe/Oslo", **facts}
    origin = Origin(None, "left", "test")
    number: int = ledger.execute(origin, lambda tx: users.add(tx, told))["user_id"]
    issued(ledger, number, name=told["name"])
    ledger.execute(origin, lambda tx: users.deactivate(tx, number))
    return number
