"""Serves our application by our server: python -m tests.benchmarks.serving PORT."""

from __future__ import annotations

import sys

from service.http.measures import Measures
from service.log.follower import Follower
from service.server.bridge import Bridge
from service.server.journal import Journal
from service.server.preloading import preload
from service.server.server import READERS, WRITERS, Server
from service.settings import Settings
from tests.benchmarks.applications import leadledger
from tests.benchmarks.servers import WORKERS


def serve(port: int) -> None:
    """Serve until the process is told to end; nothing goes on beside the requests."""
    measures = Measures(WORKERS)

    def begin() -> Bridge:
        measures.numbers.take()
        return Bridge(leadledger(), Follower(lambda: None), Journal(measures, {}, has_lines=False), READERS, WRITERS)

    preload(Settings.from_environment())
    Server(begin, bind=f"127.0.0.1:{port}", workers=WORKERS, loglevel="warning").run()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
