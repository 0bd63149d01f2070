"""A way to PostgreSQL that can be cut, so that answers are lost on it."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

LOST_SECONDS = 0.1
"""How long answers are lost before the connections are cut: a commit takes less."""


class Proxy:
    """Passes on what is sent between its clients and the server at a URL, until the end of the block."""

    def __init__(self, url: str) -> None:
        named = {name: str(value) for name, value in conninfo_to_dict(url).items()}
        self._server = str(Path(named["host"], f".s.PGSQL.{named.get('port', '5432')}"))
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"postgresql://{named['user']}@127.0.0.1:{self._listening.getsockname()[1]}/{named['dbname']}"
        self._connections = list[socket.socket]()
        self._is_cut = False

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_cut = True
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._cut()

    def interrupt(self, seconds: float) -> None:
        """Lose the answers that are under way, cut all connections, and let nobody connect for a while."""
        self._is_cut = True
        time.sleep(LOST_SECONDS)
        self._cut()
        time.sleep(seconds)
        self._is_cut = False

    def _cut(self) -> None:
        while self._connections:
            with suppress(OSError):
                self._connections.pop().shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, suppress(OSError):
            if self._is_cut:
                return
            server.connect(self._server)
            self._connections += [client, server]
            answering = threading.Thread(target=self._pass_on, args=(server, client), kwargs={"is_answer": True})
            answering.start()
            self._pass_on(client, server)
            answering.join()

    def _pass_on(self, source: socket.socket, target: socket.socket, *, is_answer: bool = False) -> None:
        """What is asked arrives in any case."""
        with suppress(OSError):
            while said := source.recv(65536):
                if not (is_answer and self._is_cut):
                    target.sendall(said)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
