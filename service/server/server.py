"""The server: one process that minds the workers, each of which puts an application together after the fork."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from service.server import limits
from service.server.bridge import Bridge
from service.server.worker import STOPPING, Worker

_MOST_HEAPS = -8
"""What glibc's ``mallopt`` calls the number of heaps, M_ARENA_MAX."""

READERS = 3
WRITERS = 8

_OPTIONS = {
    "worker_class": Worker,
    "asgi_loop": "uvloop",
    # What a client that is gone has asked for is dropped at once.
    "asgi_disconnect_grace_period": 0,
    "timeout": 60,
    "graceful_timeout": limits.GRACEFUL_SECONDS + 5,
    "keepalive": limits.KEEPALIVE_SECONDS,
    "limit_request_line": limits.REQUEST_LINE,
    "limit_request_fields": limits.HEADER_FIELDS,
    "limit_request_field_size": limits.HEADER_FIELD,
    "control_socket_disable": True,
    "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,
    "proc_name": "leadledger",
}


class Server(BaseApplication):
    """gunicorn with our settings; ``begin`` makes what a worker serves, and ``options`` are further settings."""

    def __init__(self, begin: Callable[[], Bridge], **options: Any) -> None:
        self._begin = begin
        self._options: dict[str, Any] = {**_OPTIONS, **options}
        super().__init__()

    def load_config(self) -> None:
        """Take our settings instead of the command line's and the environment's."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Bridge:
        """What one worker serves."""
        return self._begin()

    def run(self) -> None:
        """Serve until told to stop, and leave the process."""
        _share_heaps()
        _Minder(self).run()


class _Minder(Arbiter):
    """gunicorn's process that minds the workers, which loses no signal to a worker that is not there yet."""

    def spawn_worker(self) -> int:
        """Fork a worker with the signals held: up to here it would have queued them for the minder that it was.

        What there is by now is exempt from garbage collection: else that would write into nearly every page of memory,
        and so make of what the workers share a copy for each.
        """
        gc.freeze()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        try:
            pid: int = super().spawn_worker()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return pid


def _share_heaps() -> None:
    """Let all threads of a worker share two heaps, where the system's library is glibc.

    It gives each thread a heap of its own, in which much of what was freed stays: with a dozen threads, 10 MB.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_MOST_HEAPS, 2)
