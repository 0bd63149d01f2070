"""Accepts connections at a socket that several workers listen to, so that all of them have about as many."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

_PAUSE_SECONDS = 0.005
"""How long a worker with more connections than others leaves the next one to them, who may be busy."""

_RETRY_SECONDS = 1.0
"""How long nothing is accepted after the system had no room for a connection: what asyncio's own server waits."""


class Listening:
    """A socket that is listened to from now on, until `stop`.

    Connections are kept alive, so who accepts them decides which processor works for them. uvloop's own server accepts
    all that have come at once: one worker then had 16 of 16 clients, and the other one none.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        listener: socket.socket,
        connection: Callable[[], asyncio.Protocol],
        has_many: Callable[[], bool],
    ) -> None:
        self._loop = loop
        self._listener = listener
        self._connection = connection
        self._has_many = has_many
        self._accepted = set[asyncio.Task[object]]()
        listener.setblocking(False)
        self._begin()

    async def stop(self) -> None:
        """Accept who has come, and nobody after that: the system resets whoever it let in and nobody accepted."""
        self._loop.remove_reader(self._listener)
        while self._accept():
            pass
        self._listener.close()
        await asyncio.gather(*self._accepted)

    def _begin(self) -> None:
        self._loop.add_reader(self._listener, self._accept_in_turn)

    def _accept_in_turn(self) -> None:
        if self._has_many():
            self._pause(_PAUSE_SECONDS)
        else:
            self._accept()

    def _pause(self, seconds: float) -> None:
        self._loop.remove_reader(self._listener)
        self._loop.call_later(seconds, self._go_on)

    def _go_on(self) -> None:
        """Accept whoever still waits: the other workers may be busy, or gone."""
        if self._listener.fileno() >= 0:
            self._begin()
            self._accept()

    def _accept(self) -> bool:
        """Accept one connection; False where none waits, since another worker was faster perhaps."""
        try:
            client, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return False
        except OSError:
            self._pause(_RETRY_SECONDS)
            return False
        client.setblocking(False)
        accepted = self._loop.create_task(self._loop.connect_accepted_socket(self._connection, client))
        self._accepted.add(accepted)
        accepted.add_done_callback(self._accepted.discard)
        return True
