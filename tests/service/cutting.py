"""A connection to PostgreSQL that is cut where a test wants it: a proxy between the service and the server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import quote

import psycopg

COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"
"""The message that commits, as the wire protocol has it."""


@dataclass(frozen=True)
class Cut:
    """How a connection ends at its next commit, or at the next message but so many that anybody sends.

    ``sent`` bytes of the message reach the server (None: all of it), ``heard`` bytes of its answer the service. One
    whose message is ``held`` ends for the service only: what becomes of it is decided by `Proxy.let_go`. Where the
    server is ``away``, all other connections end, too, and nobody is let in afterwards, until `Proxy.mend`.
    """

    at: int | None = None
    sent: int | None = None
    heard: int = 0
    held: bool = False
    away: bool = True


@dataclass
class Proxy:
    """Passes on whatever is said, until it is told to cut a connection."""

    target: str
    next_cut: Cut | None = None
    messages: int = 0
    round_trips: int = 0
    is_asked: bool = False
    is_away: bool = False
    cuts: int = 0
    has_cut: threading.Event = field(default_factory=threading.Event)
    held: list[socket.socket] = field(default_factory=list)
    opened: list[socket.socket] = field(default_factory=list)

    def expect(self, cut: Cut) -> None:
        """Cut the next connection that comes to that point."""
        self.next_cut, self.messages = cut, 0
        self.has_cut.clear()

    def mend(self) -> None:
        """Let everybody in again, and cut nobody off; who is being cut off has been, when this returns."""
        if self.next_cut is None:
            self.has_cut.wait(30)
        self.is_away, self.next_cut = False, None

    def let_go(self, *, is_committed: bool) -> None:
        """Let the servers that still wait for a held message have it, or hang up on them."""
        while self.held:
            server = self.held.pop()
            if is_committed:
                server.sendall(COMMIT)
            server.shutdown(socket.SHUT_WR)

    def serve(self, client: socket.socket) -> None:
        """Pass one connection on, in threads of its own, until either side ends it."""
        if self.is_away:
            client.close()
            return
        server = socket.socket(socket.AF_UNIX)
        server.connect(self.target)
        self.opened += [client, server]
        heard: list[int | None] = [None]
        threading.Thread(target=self._ask, args=(client, server, heard), daemon=True).start()
        threading.Thread(target=self._answer, args=(server, client, heard), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket, heard: list[int | None]) -> None:
        with suppress(OSError):
            while said := client.recv(65536):
                self.messages += 1
                self.round_trips += not self.is_asked
                self.is_asked = True
                cut = self.next_cut
                if cut is None or not (said.endswith(COMMIT) if cut.at is None else self.messages == cut.at):
                    server.sendall(said)
                    continue
                self.next_cut, self.is_away, self.cuts = None, cut.away, self.cuts + 1
                if cut.away:
                    self._end_all_but(client, server)
                if cut.held:
                    self.held.append(server)
                    client.shutdown(socket.SHUT_RDWR)
                    self.has_cut.set()
                    return
                heard[0] = cut.heard
                server.sendall(said if cut.sent is None else said[: cut.sent])
                if cut.heard == 0:
                    client.shutdown(socket.SHUT_RDWR)
                    break
        with suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _end_all_but(self, *cut: socket.socket) -> None:
        for each in [each for each in self.opened if each not in cut]:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _answer(self, server: socket.socket, client: socket.socket, heard: list[int | None]) -> None:
        with suppress(OSError):
            while said := server.recv(65536):
                self.is_asked = False
                limit = heard[0]  # read once: as soon as this answer is passed on, the message to cut at may come
                client.sendall(said[:limit])
                if limit is not None:
                    break
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        if heard[0] is not None:
            self.has_cut.set()


@contextmanager
def proxied(url: str) -> Iterator[tuple[Proxy, str]]:
    """A proxy before the server of a database that is reached over a Unix socket, and the database's URL there."""
    told = psycopg.conninfo.conninfo_to_dict(url)
    proxy = Proxy(f"{told['host']}/.s.PGSQL.{told.get('port', 5432)}")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=_accept, args=(listener, proxy.serve), daemon=True)
        accepting.start()
        port = listener.getsockname()[1]
        user, name = quote(str(told["user"])), told["dbname"]
        yield proxy, f"postgresql://{user}@127.0.0.1:{port}/{name}?sslmode=disable&gssencmode=disable"
        proxy.let_go(is_committed=False)
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join()
    for each in proxy.opened:
        each.close()


def _accept(listener: socket.socket, serve: Callable[[socket.socket], None]) -> None:
    with suppress(OSError):
        while True:
            serve(listener.accept()[0])
