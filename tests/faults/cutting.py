"""A way to a service on which every connection is cut, at some point of a request or of its answer."""

from __future__ import annotations

import random
import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

LONGEST_REQUEST = 500
LONGEST_ANSWER = 1000
"""Bytes of the requests that are sent here and of their answers, with headers and a little more."""


class CuttingProxy:
    """Passes on what clients and a service say to each other, and cuts each connection after some bytes of it.

    It serves until the end of the block; ``cuts`` is how many connections it has cut.
    """

    def __init__(self, address: str, seed: int) -> None:
        named = urlsplit(address)
        self._server = named.hostname, named.port
        self._random = random.Random(seed)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.cuts = 0

    def __enter__(self) -> CuttingProxy:
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                is_request = self._random.random() < 0.5
                most = self._random.randrange(LONGEST_REQUEST if is_request else LONGEST_ANSWER)
                threading.Thread(target=self._connect, args=(client, is_request, most), daemon=True).start()

    def _connect(self, client: socket.socket, is_request: bool, most: int) -> None:
        with client, socket.socket() as server, suppress(OSError):
            server.connect(self._server)
            answers = server, client, None if is_request else most
            answering = threading.Thread(target=self._pass_on, args=answers, daemon=True)
            answering.start()
            self._pass_on(client, server, most if is_request else None)
            answering.join()

    def _pass_on(self, source: socket.socket, target: socket.socket, most: int | None) -> None:
        """Pass on what one side says to the other; after so many bytes it is the end for both."""
        with suppress(OSError):
            while said := source.recv(65536):
                target.sendall(said if most is None else said[:most])
                if most is not None and (most := most - len(said)) <= 0:
                    self.cuts += 1
                    break
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
