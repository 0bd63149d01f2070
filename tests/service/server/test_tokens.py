"""A token is one and the same to all workers, at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection

import pytest

from tests.databases import Databases
from tests.served import Served, leadledger
from tests.service.serving import TOKEN, founded

TOKENS = "/api/ledger/v1/tokens"

UNCOUNTED = {"LEADLEDGER_FAILED_LOGINS": "off"}
"""Whoever tries a token that was revoked may do so at both workers as often as it takes."""


class Asking:
    """One connection, which is kept, so that the same worker answers all its requests."""

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=30)

    def __call__(self, token: str, path: str = "/v1/leads", **body: object) -> tuple[int, dict[str, object]]:
        headers = {"x-api-token": token, "content-type": "application/json"}
        self.connection.request("POST" if body else "GET", path, json.dumps(body) if body else None, headers)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())

    def close(self) -> None:
        self.connection.close()


@contextmanager
def of_both_workers(server: Served) -> Iterator[list[Asking]]:
    """Connections to both workers, each of which has answered once."""
    asking: list[Asking] = []
    try:
        for _ in range(200):
            asking.append(Asking(server.port))
            assert asking[-1](TOKEN)[0] == 200
            if (
                sum(any(each.status == "ESTABLISHED" for each in worker.net_connections()) for worker in server.workers)
                == 2
            ):
                break
        else:
            pytest.fail("one worker answered all")
        yield asking
    finally:
        for each in asking:
            each.close()


@pytest.mark.slow
def test_a_token_lets_in_at_every_worker_as_soon_as_it_is_issued_and_at_none_once_it_is_revoked(
    databases: Databases,
) -> None:
    with (
        databases.fresh(founded) as url,
        leadledger(url, settings=UNCOUNTED) as server,
        of_both_workers(server) as asking,
    ):
        for first in (asking[0], asking[-1]):
            _, made = first(TOKEN, TOKENS, name="short")
            token = str(made["token"])
            assert {ask(token)[0] for ask in asking} == {200}
            with closing(Asking(server.port)) as other:
                other.connection.request("POST", f"{TOKENS}/{made['token_id']}/revoke", headers={"x-api-token": TOKEN})
                assert other.connection.getresponse().status == 200
            assert {ask(token)[0] for ask in asking} == {401}
