"""Serves one of the compared applications by our server: python -m tests.benchmarks.serving APPLICATION PORT."""

from __future__ import annotations

import sys

from service.http.measures import Measures
from service.log.follower import Follower
from service.server.bridge import Bridge
from service.server.journal import Journal
from service.server.server import READERS, WRITERS, Server
from tests.benchmarks import applications

WORKERS = 2


def serve(application: str, port: int) -> None:
    """Serve until the process is told to end; nothing goes on beside the requests."""
    make = getattr(applications, application)

    measures = Measures(WORKERS)

    def begin() -> Bridge:
        measures.numbers.take()
        return Bridge(make(), Follower(lambda: None), Journal(measures, {}, has_lines=False), READERS, WRITERS)

    Server(begin, bind=f"127.0.0.1:{port}", workers=WORKERS, loglevel="warning").run()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
