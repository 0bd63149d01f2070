"""A worker process: accepts connections on its event loop until it is told to stop, and then lets them end well."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Iterable

from gunicorn.workers.gasgi import ASGIWorker

from service.server.bridge import Bridge
from service.server.connection import Connection
from service.server.limits import GRACEFUL_SECONDS, STOP_SECONDS, most_connections
from service.server.listening import Listening

_PULSE_SECONDS = 0.25
"""How often a worker looks whether it is to stop, and whether the process that minds it is still there."""

_VITALS_SECONDS = 1.0
"""How often operators are told how a worker is."""


STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
"""The signals that tell a worker to stop. They are held for a new one until it listens, so that none is lost."""


class Worker(ASGIWorker):
    """gunicorn's worker on an event loop, with our connections.

    It stays ``alive`` until its last connection has ended: gunicorn's connections take the end of that for leave to
    hang up, though the answer just sent may have promised to go on.
    """

    alive: bool
    asgi: Bridge
    loop: asyncio.AbstractEventLoop

    def init_process(self) -> None:
        """Begin to serve, in the new process."""
        self._is_told_to_stop = False
        self.connections: dict[Connection, None] = {}
        self._most_connections = most_connections()
        super().init_process()

    def init_signals(self) -> None:
        """As gunicorn does, but hear what comes before the loop runs, too: uvloop does not.

        What was held since before the fork is heard now.
        """
        super().init_signals()
        signal.signal(signal.SIGTERM, lambda *_: self.handle_exit_signal())
        for at_once in (signal.SIGINT, signal.SIGQUIT):
            signal.signal(at_once, lambda *_: self.handle_quit_signal())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)

    def handle_exit_signal(self) -> None:
        """Begin to stop."""
        self._is_told_to_stop = True

    def load_wsgi(self) -> None:
        """Make what is served, and exempt what exists by now from garbage collection."""
        super().load_wsgi()
        gc.freeze()

    def makes_room_for(self, newcomer: Connection) -> bool:
        """Take in a connection; of those that are idle, the one that was there first gives way where there are many."""
        if len(self.connections) >= self._most_connections:
            idle = next((connection for connection in self.connections if connection.is_idle), None)
            if idle is None:
                return False
            del self.connections[idle]
            idle.hang_up()
        self.connections[newcomer] = None
        return True

    def _has_many(self) -> bool:
        """Whether other workers have fewer connections."""
        return self.asgi.journal.vitals.are_many(len(self.connections))

    async def _serve(self) -> None:
        listening = [Listening(self.loop, each.sock, lambda: Connection(self), self._has_many) for each in self.sockets]
        tells_at = 0.0
        while self.alive and not self._is_told_to_stop and self.ppid == os.getppid():
            self.notify()
            if self.loop.time() >= tells_at:
                self.asgi.tell_vitals(len(self.connections))
                tells_at = self.loop.time() + _VITALS_SECONDS
            await asyncio.sleep(_PULSE_SECONDS)
        if not self._quick_shutdown:
            await self._shutdown(listening)
        self.asgi.journal.write()
        self.alive = False

    async def _shutdown(self, listening: Iterable[Listening]) -> None:
        """Answer whoever has got through to us, begin with nothing new, and let end what has begun."""
        for each in listening:
            await each.stop()
        self.asgi.stop()
        begun = self.loop.time()
        while self.connections and self.loop.time() < begun + GRACEFUL_SECONDS and not self._quick_shutdown:
            self.notify()
            if self.loop.time() > begun + STOP_SECONDS:
                for connection in [each for each in self.connections if each.is_idle]:
                    connection.hang_up()
            await asyncio.sleep(0.05)
