"""Waits where a test has to: for an answer that is not there yet, as the server does, and for commands to wait."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from werkzeug.wsgi import ClosingIterator

from service.http.waiting import KEY, Waiting
from service.ledger.ledger import Ledger
from service.server.asked import ask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOOK_SECONDS = 0.05


class Patient:
    """A WSGI application that waits, in its caller's thread, for what another has not got yet."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> ClosingIterator:
        waiting = Waiting()
        answer = ask(self._application, {**environ, KEY: waiting})
        while waiting.seconds > 0:
            time.sleep(LOOK_SECONDS)
            waiting = waiting.again()
            answer = ask(self._application, {**environ, KEY: waiting})
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers]
        start_response(f"{answer.status} {answer.status}", headers)
        if answer.rest is None:
            return ClosingIterator([answer.body])
        return ClosingIterator(_told(answer.rest), answer.rest.close)


def wait_for(ledger: Ledger, commands: int) -> None:
    """Wait until so many commands of a ledger wait for the log's lock, which somebody else has."""
    while len(ledger._commits._waiting) < commands:
        time.sleep(0.001)


def _told(parts: ClosingIterator) -> Iterator[bytes]:
    for part in parts:
        if part:
            yield part
        else:
            time.sleep(LOOK_SECONDS)
