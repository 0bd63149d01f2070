"""Clients that connect at the same time are shared by the workers, whatever becomes of one of these."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import ExitStack
from statistics import median

import psutil
import pytest

from service.http.measures import Measures
from service.server.listening import Listening
from service.server.vitals import Vitals
from tests import loops
from tests.served import Served
from tests.service.server.sockets import Talk

CLIENTS, ROUNDS = 16, 5


@pytest.mark.slow
def test_clients_that_connect_at_once_are_shared_by_all_workers(servers: Served) -> None:
    deadline = time.monotonic() + 60
    while min(_shares(servers)) == 0 and time.monotonic() < deadline:
        time.sleep(0.1)  # the second worker may still be on its way
    fewest = [min(_shares(servers)) for _ in range(ROUNDS)]
    assert median(fewest) >= CLIENTS * 0.3


def _shares(server: Served) -> list[int]:
    """How many clients each worker accepts of those that connect at the same time."""
    with ExitStack() as stack:
        for _ in range(CLIENTS):
            stack.enter_context(Talk(server.port))
        while sum(shares := [_established(each, server.port) for each in server.workers]) < CLIENTS:
            time.sleep(0.02)
    while any(_established(each, server.port) for each in server.workers):
        time.sleep(0.02)
    return shares


def _established(worker: psutil.Process, port: int) -> int:
    return sum(each.laddr.port == port and each.status == "ESTABLISHED" for each in worker.net_connections("tcp"))


def test_a_worker_with_more_than_its_share_accepts_too_where_nobody_else_does() -> None:
    assert loops.run(_accepted(has_many=True)) == CLIENTS


def test_who_has_connected_before_the_stop_is_accepted() -> None:
    assert loops.run(_accepted(has_many=True, stops=True)) == CLIENTS
    assert loops.run(_accepted(has_many=False, stops=True)) == CLIENTS


async def _accepted(*, has_many: bool, stops: bool = False) -> int:
    """How many of some clients are accepted: in time, or by a stop that comes at once."""
    accepted = list[object]()

    class Counted(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            accepted.append(transport)
            transport.close()

    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as stack:
        listening = Listening(asyncio.get_running_loop(), listener, Counted, lambda: has_many)
        for _ in range(CLIENTS):
            stack.enter_context(socket.create_connection(listener.getsockname()))
        deadline = time.monotonic() + 30
        while not stops and len(accepted) < CLIENTS and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        await listening.stop()
    await asyncio.sleep(0)
    return len(accepted)


def test_one_worker_alone_has_never_too_many() -> None:
    counted = Measures()
    assert counted.numbers.take()
    vitals = Vitals(counted, {})
    vitals.tell(connections=0, waiters=0)
    assert not vitals.are_many(1000)
